"""The text view's model: leave-one-out ridge from text vectors to the fused posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Floats, Probs, normalise

RIDGE_PENALTY = 0.3  # lambda_r, for vectors of mean squared norm 1
CLIP = 0.02  # a linear model's negative values are no evidence of absence


def as_probs(values: Floats) -> Probs:
    """Return a linear model's values as distributions: clipped at .02 and normalised."""
    return normalise(np.maximum(values, CLIP))


def _with_intercept(e: Floats) -> Floats:
    return np.concatenate([e, np.ones((len(e), 1))], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ridge:
    """Coefficients (d + 1, K), the last row the intercept."""

    coef: Floats

    def predict(self, e: Floats) -> Probs:
        """Return Q (n, K) for the vectors (n, d) of new texts."""
        return as_probs(_with_intercept(e) @ self.coef)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOneOut:
    """Ridge on fixed vectors, factorised once; each fit is then O(n d K).

    gain (n, d + 1) = X (X'X + lambda I)^-1 and leverage (n, 1), the hat matrix' diagonal.
    """

    X: Floats
    gain: Floats
    leverage: Floats

    def fit(self, T: Probs) -> tuple[Probs, Ridge]:
        """Regress T (n, K) on the vectors; return Q (n, K), each row left out, and the model."""
        coef = self.gain.T @ T
        left_out = (self.X @ coef - self.leverage * T) / (1.0 - self.leverage)
        return as_probs(left_out), Ridge(coef=coef)


def factorise(e: Floats, *, penalty: float) -> LeaveOneOut:
    """Prepare leave-one-out ridge for text vectors e (n, d)."""
    X = _with_intercept(e)
    gram = X.T @ X + penalty * np.eye(X.shape[1])
    gain = np.asarray(np.linalg.solve(gram, X.T).T, np.float64)
    leverage = np.minimum((X * gain).sum(1, keepdims=True), 1.0 - 1e-9)
    return LeaveOneOut(X=X, gain=gain, leverage=leverage)
