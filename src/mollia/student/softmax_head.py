"""Multinomial logistic regression on soft, weighted and negative labels.

With n rows x_i (width V), soft labels y_i (K), weights w_i, and Y-_i for the m rows that have any,

    loss = 1/n sum_i w_i sum_k -y_ik log p_ik
         + lambda/m sum_i 1/|Y-_i| sum_{k in Y-_i} -log(1 - p_ik)      (docs/method.md, sections 4 and 7.4)
         + 1/(2 C n) |W|^2
         + 1/n sum_k -1/K log p_k(x = 0).

The last term is one row without features whose label is uniform: it keeps the intercepts of classes
without a single example finite, so that one class, one row or none at all are not special cases.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import linalg, optimize, sparse

from mollia.arrays import Floats, Mask, Probs, Vector, softmax

MAX_STEPS = 500
TOLERANCE = 1e-5  # largest absolute gradient entry at the end
MOST_ROWS_IN_SPAN = 2000  # above, the (n, n) matrix costs more than it saves
JITTER = 1e-9
SURE = 1 - 1e-12  # -log(1 - p) is cut here

Features = sparse.csr_array | Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Class scores x W + b; coef (V, K), intercept (K,), rounded to float32 as they are stored."""

    coef: Floats
    intercept: Floats

    def scores(self, X: Features) -> Floats:
        """Return the scores (n, K) of rows X (n, V)."""
        out: Floats = np.asarray(X @ self.coef, np.float64) + self.intercept
        return out

    def predict_proba(self, X: Features) -> Probs:
        """Return class probabilities (n, K) of rows X (n, V)."""
        return softmax(self.scores(X))

    def shaken(self, share: float, rng: np.random.Generator) -> Head:
        """Return the head plus Gaussian noise of `share` times the weights' length."""
        noise = [rng.normal(size=self.coef.shape), rng.normal(size=self.intercept.shape)]
        length = np.hypot(np.linalg.norm(self.coef), np.linalg.norm(self.intercept))
        scale = share * length / np.hypot(np.linalg.norm(noise[0]), np.linalg.norm(noise[1]))
        return Head(coef=self.coef + scale * noise[0], intercept=self.intercept + scale * noise[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """The loss above and its gradient, as a function of [W, b] flattened ((V + 1) K,)."""

    X: Features  # (n, V)
    y: Probs  # (n, K), rows sum to 1
    weight: Vector  # (n,)
    negative: Mask  # (n, K)
    negative_weight: float
    C: float

    def __call__(self, flat: Vector) -> tuple[float, Vector]:
        """Return the loss and its gradient."""
        n, K = self.y.shape
        W = flat.reshape(-1, K)[:-1]
        b = flat.reshape(-1, K)[-1]
        scores: Floats = np.asarray(self.X @ W) + b
        p = softmax(scores)
        loss = -float(self.weight @ (self.y * np.log(np.maximum(p, 1e-300))).sum(1)) / n
        push: Floats = (p - self.y) * (self.weight / n)[:, None]  # d loss / d scores
        if self.negative_weight and self.negative.any():
            more, pull = self._negative(p)
            loss += more
            push += pull
        empty = softmax(b)
        loss += -float(np.log(empty).mean()) / n + float((W * W).sum()) / (2 * self.C * n)
        gradient = np.empty((len(W) + 1, K))
        gradient[:-1] = np.asarray(self.X.T @ push) + W / (self.C * n)
        gradient[-1] = push.sum(0) + (empty - 1 / K) / n
        return loss, gradient.ravel()

    def _negative(self, p: Probs) -> tuple[float, Floats]:
        """Return the Y- part of the loss and of d loss / d scores (n, K)."""
        size = self.negative.sum(1)
        share = self.negative_weight / np.count_nonzero(size) / np.maximum(size, 1)  # (n,)
        kept = np.where(self.negative, np.minimum(p, SURE), 0.0)
        loss = -float(share @ np.log1p(-kept).sum(1))
        odds = kept / (1 - kept)  # d -log(1 - p_k) / d scores_j = odds_k (1[j = k] - p_j)
        pull: Floats = share[:, None] * (odds - odds.sum(1, keepdims=True) * p)
        return loss, pull


def fit_head(
    X: Features, y: Probs, *, weight: Vector, negative: Mask, negative_weight: float, C: float
) -> Head:
    """Minimise the loss by L-BFGS from zero; X (n, V), y (n, K).

    With fewer rows than columns the optimum lies in the rows' span, so the search runs there: with
    X X^T = L L^T (n, n) and W = X^T L^-T U, the scores are L U and |W| = |U| (n, K).
    """
    n, V = X.shape
    loss = Objective(X=X, y=y, weight=weight, negative=negative, negative_weight=negative_weight, C=C)
    if n < V and n <= MOST_ROWS_IN_SPAN:
        exact = X.astype(np.float64)  # in float32 the gram of equal rows is not positive definite
        gram = exact @ exact.T
        gram = gram.toarray() if sparse.issparse(gram) else gram
        gram = np.asarray(gram, np.float64)
        gram[np.diag_indices(n)] += JITTER * max(float(np.trace(gram)) / n, 1.0)  # equal or empty rows
        lower = linalg.cholesky(gram, lower=True)
        inside, intercept = _minimise(replace(loss, X=lower))
        coef = np.asarray(X.T @ linalg.solve_triangular(lower, inside, lower=True, trans="T"))
    else:
        coef, intercept = _minimise(loss)
    return Head(coef=_rounded(coef), intercept=_rounded(intercept))


def _minimise(loss: Objective) -> tuple[Floats, Vector]:
    """Return the best W and b from a start at zero."""
    wide = loss.X.shape[1] > MOST_ROWS_IN_SPAN
    K = loss.y.shape[1]
    options = {"maxiter": MAX_STEPS, "gtol": 10 * TOLERANCE if wide else TOLERANCE, "ftol": 1e-9}
    options["maxcor"] = 5 if wide else 10  # with 100,000 columns the history costs more than the loss
    start = np.zeros((loss.X.shape[1] + 1) * K)
    found: Any = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options=options)  # type: ignore[call-overload]  # the stubs know no jac=True with a callable object
    weights: Floats = found.x.reshape(-1, K)
    return weights[:-1], weights[-1]


def _rounded(values: Floats) -> Floats:
    """Return the values as they will read after being stored in float32."""
    return values.astype(np.float32).astype(np.float64)
