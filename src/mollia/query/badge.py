"""BADGE: diverse and uncertain rows by their gradients (Ash et al., ICLR 2020)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mollia.about import VECTORS_OF, about
from mollia.arrays import Matrix, Rows
from mollia.protocols import View
from mollia.query.k_center import squared_lengths
from mollia.query.ranking import among, finite
from mollia.records import Picked


@about(
    needs=("probs", "vectors"),
    most=VECTORS_OF,
    sources=(
        "Ash, J. T. et al. (2020). Deep Batch Active Learning by Diverse, Uncertain Gradient Lower Bounds. ICLR 2020.",
    ),
)
def badge(view: View, n: int, rng: np.random.Generator, /) -> Picked:
    """Return n rows by k-means++ on the gradients g_i = (p_i - e_argmax) x_i^T of the head.

    The outer products (m, K d) are never built: |g_i - g_j|^2 = |a_i|^2 |x_i|^2 + |a_j|^2 |x_j|^2
    - 2 (a_i . a_j)(x_i . x_j). The first pick has the longest gradient, the others are drawn with
    probability proportional to the squared distance from the picks before.
    """
    probs, vectors = view.probs, view.vectors
    push = probs.astype(np.float32)
    at_top = (np.arange(len(push)), np.nan_to_num(probs).argmax(1))
    push[at_top] -= 1
    usable = finite(probs) & finite(vectors)

    def spread(rows: Rows, wanted: int) -> Rows:
        if len(rows) == len(vectors):
            return _plus_plus(push, vectors, wanted, rng)
        return _plus_plus(push[rows], vectors[rows], wanted, rng)

    return Picked(rows=among(usable, n, spread))


def _plus_plus(a: NDArray[np.float32], x: Matrix, n: int, rng: np.random.Generator) -> Rows:
    """Return n distinct rows of the gradients a_i x_i^T; a (m, K), x (m, d)."""
    lengths = squared_lengths(a) * squared_lengths(x)
    nearest = np.full(len(x), np.inf, np.float32)
    free = np.ones(len(x), bool)
    rows = np.zeros(n, np.int64)
    for at in range(n):
        rows[at] = int(lengths.argmax()) if at == 0 else _draw(nearest, free, rng)
        row = rows[at]
        free[row] = False
        distance = x @ (-2 * x[row])
        distance *= a @ a[row]
        distance += lengths
        distance += lengths[row]
        np.minimum(nearest, np.maximum(distance, 0), out=nearest)
        nearest[row] = 0
    return rows


def _draw(nearest: NDArray[np.float32], free: NDArray[np.bool_], rng: np.random.Generator) -> int:
    """Draw a free row with probability proportional to `nearest`; evenly when all are 0."""
    mass = np.cumsum(np.where(free, nearest, 0), dtype=np.float64)
    if mass[-1] <= 0:
        return int(rng.choice(np.flatnonzero(free)))
    return int(np.searchsorted(mass, rng.random() * mass[-1], side="right"))
