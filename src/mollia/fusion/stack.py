"""The stack: a log-linear pool of views plus a linear term in the LLMs' log answers.

    S_k = sum_j w_j F_jk + (X W)_k + b_k,  w >= 0

fitted on the human rows by L-BFGS with penalties
    cross-entropy + pull |w - w0|^2 + lambda/2 |W|^2 + 4 |b|^2    (FUSION, step 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import Bounds, minimize

from mollia.arrays import Classes, Floats, Probs, Vector, one_hot, softmax

PULL = 10.0
BIAS_PENALTY = 4.0
MAX_ITERATIONS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Fitted weights: w (J,) of the views, W (d, K) of the answers, b (K,)."""

    w: Vector
    W: Floats
    b: Vector

    def scores(self, views: Floats, X: Floats) -> Floats:
        """Return S (n, K) for views (n, J, K) and X (n, d)."""
        out: Floats = np.tensordot(views, self.w, axes=(1, 0)) + X @ self.W + self.b
        return out


def prior_stack(w0: Vector, width: int, n_classes: int) -> Stack:
    """Return the stack before any human label: w = w0, W = b = 0."""
    return Stack(w=w0, W=np.zeros((width, n_classes)), b=np.zeros(n_classes))


def fit_stack(
    views: Floats,
    X: Floats,
    y: Classes,
    *,
    w0: Vector,
    penalty: float,
    held: tuple[Probs, Vector] | None = None,
    weight: Vector | None = None,
) -> Stack:
    """Fit the stack on human rows, and on rows that are held at a distribution.

    Parameters
    ----------
    views : (m, J, K)
    X : (m, d)
    y : (m - h,), all >= 0
    w0 : (J,)
        Prior weights, the centre of the pull.
    penalty : float
        lambda, on W.
    held : (h, K) and (h,), optional
        What the last h rows are held at, and their weights.
    weight : (m - h,), optional
        How much each human row counts; by default 1.
    """
    _, n_views, n_classes = views.shape
    # |W|^2 keeps W in the row space of X, whose dimension is at most m: fit there.
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    keep = s > 1e-9 * max(float(s.max(initial=0.0)), 1.0)
    basis = U[:, keep] * s[keep]  # (m, r)
    Y, counts = one_hot(y, n_classes), (np.ones(len(y)) if weight is None else weight)[:, None]
    if held is not None:
        Y, counts = np.concatenate([Y, held[0]]), np.concatenate([counts, held[1][:, None]])
    at_b, at_W = n_views, n_views + n_classes
    loss = partial(_loss, views=views, basis=basis, Y=Y, weight=counts, w0=w0, penalty=penalty)
    start = np.concatenate([w0, np.zeros(n_classes + basis.shape[1] * n_classes)])
    least = np.append(np.zeros(n_views), np.full(len(start) - n_views, -np.inf))
    theta = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds(least, np.inf),
        options={"maxiter": MAX_ITERATIONS, "ftol": 1e-5},
    ).x
    B = theta[at_W:].reshape(-1, n_classes)
    return Stack(w=theta[:at_b], W=Vt[keep].T @ B, b=theta[at_b:at_W])


def _loss(
    theta: Vector, *, views: Floats, basis: Floats, Y: Probs, weight: Floats, w0: Vector, penalty: float
) -> tuple[float, Vector]:
    """Return the penalised cross-entropy of theta = [w, b, B] and its gradient; W is the basis' transpose times B."""
    _, n_views, n_classes = views.shape
    at_b, at_W = n_views, n_views + n_classes
    w, b, B = theta[:at_b], theta[at_b:at_W], theta[at_W:].reshape(-1, n_classes)
    S = np.tensordot(views, w, axes=(1, 0)) + basis @ B + b
    P = softmax(S)
    G = weight * (P - Y)
    value = -(weight * Y * np.log(np.maximum(P, 1e-300))).sum()
    value += PULL * ((w - w0) ** 2).sum() + BIAS_PENALTY * (b**2).sum() + penalty / 2 * (B**2).sum()
    gradient = np.concatenate(
        [
            np.tensordot(views, G, axes=([0, 2], [0, 1])) + 2 * PULL * (w - w0),
            G.sum(0) + 2 * BIAS_PENALTY * b,
            (basis.T @ G + penalty * B).ravel(),
        ]
    )
    return float(value), gradient
