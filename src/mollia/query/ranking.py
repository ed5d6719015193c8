"""From scores to picks: ties, NaN and the end of the pool in one place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mollia.arrays import Mask, Rows, Vector
from mollia.records import Picked

CHUNK = 16_384  # rows looked at together


def highest(scores: Vector, n: int) -> Picked:
    """Return the n highest scores' positions, best first.

    Equal scores keep the order of the rows; NaN, a row that could not be judged, comes last;
    when fewer than n rows are left, all of them are returned.
    """
    order = np.argsort(-scores, kind="stable")[:n]  # numpy sorts NaN to the end
    return Picked(rows=order.astype(np.int64), scores=scores[order])


def finite(rows: NDArray[np.floating]) -> Mask:
    """Return which rows (m,) of (m, d) hold finite numbers only."""
    out = np.zeros(len(rows), bool)
    for at in range(0, len(rows), CHUNK):
        out[at : at + CHUNK] = np.isfinite(rows[at : at + CHUNK]).all(1)
    return out


def among(usable: Mask, n: int, pick: Callable[[Rows, int], Rows]) -> Rows:
    """Let `pick` choose among the usable rows (m,), then add the others in their order.

    `pick(rows, n)` gets the usable positions in the view and how many it is to choose, and returns
    distinct positions *in rows*.
    """
    rows = np.flatnonzero(usable)
    wanted = min(n, len(rows))
    chosen = rows[pick(rows, wanted)] if wanted else rows[:0]
    out: Rows = np.concatenate([chosen, np.flatnonzero(~usable)[: n - wanted]]).astype(np.int64)
    return out
