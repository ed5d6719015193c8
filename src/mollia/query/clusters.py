"""k-means for large pools: centres from a sample, then one pass over all rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mollia.arrays import Matrix, Rows
from mollia.query.k_center import squared_lengths

SAMPLE = 10_000  # rows the centres are learned from
STEPS = 10
CHUNK = 16_384


def k_means(vectors: Matrix, k: int, rng: np.random.Generator) -> tuple[Matrix, Rows]:
    """Return centres (at most k, d) and each row's nearest centre (m,).

    Lloyd's algorithm for a fixed number of steps from distinct random rows; a centre that loses all
    rows stays where it is.
    """
    m = len(vectors)
    sample = vectors if m <= SAMPLE else vectors[np.sort(rng.choice(m, SAMPLE, replace=False))]
    distinct = (
        np.unique(sample, axis=0, return_index=True)[1] if len(sample) <= SAMPLE else np.arange(len(sample))
    )
    starts = rng.permutation(np.sort(distinct))[:k]
    centres = sample[starts].copy()
    for _ in range(STEPS):
        of = nearest(sample, centres)
        sizes = np.bincount(of, minlength=len(centres))
        sums = np.zeros_like(centres)
        order = np.argsort(of, kind="stable")
        filled = np.flatnonzero(sizes)
        begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])[filled]
        sums[filled] = np.add.reduceat(sample[order], begins, axis=0)
        centres[filled] = sums[filled] / sizes[filled, None]
    return centres, nearest(vectors, centres)


def nearest(vectors: Matrix, centres: Matrix) -> Rows:
    """Return the position of each row's nearest centre (m,)."""
    half = squared_lengths(centres) / 2
    out = np.zeros(len(vectors), np.int64)
    for at in range(0, len(vectors), CHUNK):
        part: NDArray[np.float32] = vectors[at : at + CHUNK] @ centres.T
        part -= half
        out[at : at + CHUNK] = part.argmax(1)
    return out
