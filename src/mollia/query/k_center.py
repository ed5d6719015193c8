"""Greedy k-center: cover the rows with as small a radius as possible."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mollia.arrays import Matrix, Rows, Vector

CHUNK = 16_384  # rows whose distances to the centres are held at a time
Squared = NDArray[np.float32]  # (m,)


def k_center(vectors: Matrix, centres: Matrix, n: int) -> tuple[Rows, Vector]:
    """Return n positions in `vectors` (m, d), each the farthest from all centres before it.

    The second value holds each pick's distance when it was picked (never rising; the first is inf
    without `centres` (l, d), where the row nearest to the mean begins). Each row keeps its running
    minimum, so the cost is O(m d (l + n)). Sener and Savarese, ICLR 2018, algorithm 1.
    """
    lengths = squared_lengths(vectors)
    nearest = _to_nearest(vectors, lengths, centres)
    free = np.ones(len(vectors), bool)
    rows = np.zeros(min(n, len(vectors)), np.int64)
    radii = np.zeros(len(rows))
    for at in range(len(rows)):
        if np.isinf(nearest[0]):  # nothing covers anything yet
            row = int(_squared(vectors, lengths, vectors.mean(0)).argmin())
        else:
            row = int(np.where(free, nearest, -1.0).argmax())
        rows[at], radii[at] = row, np.sqrt(nearest[row])
        free[row] = False
        np.minimum(nearest, _squared(vectors, lengths, vectors[row]), out=nearest)
    return rows, radii


def squared_lengths(vectors: Matrix) -> Squared:
    """Return |x|^2 (m,) of each row."""
    out: Squared = np.einsum("ij,ij->i", vectors, vectors)
    return out


def _squared(vectors: Matrix, lengths: Squared, point: Matrix) -> Squared:
    """Return |x - point|^2 (m,), never below 0."""
    out: Squared = vectors @ (-2 * point)
    out += lengths
    out += point @ point
    return np.maximum(out, 0, out=out)


def _to_nearest(vectors: Matrix, lengths: Squared, centres: Matrix) -> Squared:
    """Return each row's squared distance to the nearest centre (m,), inf without centres."""
    nearest = np.full(len(vectors), np.inf, np.float32)
    if not len(centres):
        return nearest
    offsets = squared_lengths(centres)
    for at in range(0, len(vectors), CHUNK):
        part = vectors[at : at + CHUNK] @ (-2 * centres.T)
        part += offsets
        nearest[at : at + CHUNK] = part.min(1) + lengths[at : at + CHUNK]
    return np.maximum(nearest, 0, out=nearest)
