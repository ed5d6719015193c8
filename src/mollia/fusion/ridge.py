"""The text view's model: leave-one-out ridge from text vectors to the fused posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

from mollia.arrays import Floats, Matrix, Probs, Rows, normalise

RIDGE_PENALTY = 0.3  # lambda_r, for vectors of mean squared norm 1
CLIP = 0.02  # a linear model's negative values are not evidence of absence
CHUNK = 8192  # rows summed in single precision; the sums are double


def as_probs(values: Floats) -> Probs:
    """Return a linear model's values as distributions: clipped at .02 and normalised."""
    return normalise(np.maximum(values, CLIP))


def _with_intercept(e: Matrix) -> Matrix:
    X = np.ones((len(e), e.shape[1] + 1), np.float32)
    X[:, :-1] = e
    return X


@dataclass(frozen=True, slots=True, kw_only=True)
class Ridge:
    """Coefficients (d + 1, K), the last row the intercept."""

    coef: Floats

    def predict(self, e: Matrix) -> Probs:
        """Return Q (n, K) for the vectors (n, d) of new texts."""
        return as_probs(_times(_with_intercept(e), self.coef))

    def from_words(self, words: Floats) -> Probs:
        """Return Q (n, K) for vectors whose product with the coefficients is known, (n, K)."""
        return as_probs(words + self.coef[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOneOut:
    """Ridge on fixed vectors, factorised once; each fit is then O(n d K).

    X (n, d + 1); factor is the upper Cholesky factor of X'X + lambda I; leverage (n, 1), the hat
    matrix' diagonal.
    """

    X: Matrix
    factor: Floats
    leverage: Floats

    def fit(self, T: Probs) -> tuple[Probs, Ridge]:
        """Regress T (n, K) on the vectors; return Q (n, K), each row left out, and the model."""
        coef = cho_solve((self.factor, False), _gram(self.X, T.astype(np.float32)))
        left_out = (_times(self.X, coef) - self.leverage * T) / (1.0 - self.leverage)
        return as_probs(left_out), Ridge(coef=coef)


def factorise(e: Matrix, *, penalty: float) -> LeaveOneOut:
    """Prepare leave-one-out ridge for text vectors e (n, d)."""
    X = _with_intercept(e)
    factor = cholesky(_gram(X, X) + penalty * np.eye(X.shape[1]))
    whiten = solve_triangular(factor, np.eye(X.shape[1]))  # (d + 1, d + 1)
    leverage = np.zeros((len(X), 1))
    for start in range(0, len(X), CHUNK):
        leverage[start : start + CHUNK, 0] = (_times(X[start : start + CHUNK], whiten) ** 2).sum(1)
    return LeaveOneOut(X=X, factor=factor, leverage=np.minimum(leverage, 1.0 - 1e-6))


def text_ridge(e: Matrix | None, rows: Rows) -> LeaveOneOut | None:
    """Return what learns from the vectors (n, d) of some rows, None where there are none."""
    return None if e is None else factorise(e[rows], penalty=RIDGE_PENALTY)


def _gram(X: Matrix, T: Matrix) -> Floats:
    """Return X'T in double precision."""
    total = np.zeros((X.shape[1], T.shape[1]))
    for start in range(0, len(X), CHUNK):
        total += X[start : start + CHUNK].T @ T[start : start + CHUNK]
    return total


def _times(X: Matrix, coef: Floats) -> Floats:
    return np.asarray(X @ coef.astype(np.float32), np.float64)
