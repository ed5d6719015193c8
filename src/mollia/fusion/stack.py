"""The stack: a log-linear pool of views plus a linear term in the LLMs' log answers.

    S_k = sum_j w_j F_jk + (X W)_k + b_k,  w >= 0

fitted on the human rows by L-BFGS with penalties
    cross-entropy + pull |w - w0|^2 + lambda/2 |W|^2 + 4 |b|^2    (FUSION, step 3).

The optimum is one point; of very many weights the way there is in single precision, and ends closer to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import DTypeLike
from scipy.optimize import Bounds, minimize

from mollia.arrays import Classes, Floats, Probs, Vector, one_hot
from mollia.fusion.descent import Loss, descend

PULL = 10.0
BIAS_PENALTY = 4.0
MAX_ITERATIONS = 300
MANY = 40_000  # weights in all above which `descend` takes SciPy's place
CLOSE = 2e-6  # its tolerance; SciPy's is 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Fitted weights: w (J,) of the views, W (d, K) of the answers, b (K,)."""

    w: Vector
    W: Floats
    b: Vector

    def scores(self, views: Floats, X: Floats) -> Floats:
        """Return S (n, K) for views (n, J, K) and X (n, d)."""
        out: Floats = np.einsum("njk,j->nk", views, self.w) + X @ self.W + self.b
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
    quick: bool = False,
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
    quick : bool
        Whether to compute in single precision, as of more than MANY weights.
    """
    m, n_views, n_classes = views.shape
    # |W|^2 keeps W in the row space of X, whose dimension is at most m: where that is less than d, fit there.
    turn, basis = None, X
    if m < X.shape[1]:
        turn, R = np.linalg.qr(X.T)
        basis = R.T  # (m, m): X times `turn`
    Y, counts = one_hot(y, n_classes), (np.ones(len(y)) if weight is None else weight)[:, None]
    if held is not None:
        Y, counts = np.concatenate([Y, held[0]]), np.concatenate([counts, held[1][:, None]])
    at_b, at_W = n_views, n_views + n_classes
    start = np.concatenate([w0, np.zeros(n_classes + basis.shape[1] * n_classes)])
    quick = quick or len(start) > MANY
    kind: DTypeLike = np.float32 if quick else np.float64
    loss = partial(
        _loss,
        views=np.ascontiguousarray(views.transpose(1, 0, 2).reshape(n_views, m * n_classes), kind),
        basis=np.ascontiguousarray(basis, kind),
        Y=Y.astype(kind, copy=False),
        weight=counts.astype(kind, copy=False),
        w0=w0,
        penalty=penalty,
    )
    if quick:
        theta = descend(loss, start, n_bounded=n_views, most_steps=MAX_ITERATIONS, tolerance=CLOSE)
    else:
        theta = _by_scipy(loss, start, n_views)
    B = theta[at_W:].reshape(-1, n_classes)
    return Stack(w=theta[:at_b], W=B if turn is None else turn @ B, b=theta[at_b:at_W])


def _by_scipy(loss: Loss, start: Vector, n_views: int) -> Vector:
    least = np.append(np.zeros(n_views), np.full(len(start) - n_views, -np.inf))
    theta: Vector = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds(least, np.inf),
        options={"maxiter": MAX_ITERATIONS, "ftol": 1e-5},
    ).x
    return theta


def _loss(
    theta: Vector, *, views: Floats, basis: Floats, Y: Probs, weight: Floats, w0: Vector, penalty: float
) -> tuple[float, Vector]:
    """Return the penalised cross-entropy of theta = [w, b, B] and its gradient.

    `views` (J, m K) lie side by side; W is the basis' rows turned back, times B. Products are taken in the precision of
    what is given, sums in double.
    """
    kind, (n_views, n_classes) = basis.dtype, (len(views), Y.shape[1])
    at_b, at_W = n_views, n_views + n_classes
    w, b, B = theta[:at_b], theta[at_b:at_W], theta[at_W:].reshape(-1, n_classes)
    S = (w.astype(kind) @ views).reshape(-1, n_classes)
    S += basis @ B.astype(kind, copy=False)
    S += b.astype(kind)
    S -= S.max(1, keepdims=True)
    G = np.exp(S)
    total = G.sum(1, keepdims=True)
    said = np.einsum("mk,mk->m", Y, S)[:, None]
    value = float((weight * (np.log(total) - said)).sum(dtype=np.float64))
    value += PULL * ((w - w0) ** 2).sum() + BIAS_PENALTY * (b**2).sum() + penalty / 2 * (B**2).sum()
    G /= total
    G -= Y
    G *= weight
    gradient = np.concatenate(
        [
            views @ G.ravel() + 2 * PULL * (w - w0),
            G.sum(0, dtype=np.float64) + 2 * BIAS_PENALTY * b,
            (basis.T @ G + penalty * B).ravel(),
        ]
    )
    return float(value), gradient
