"""From scores to picks: ties, NaN and the end of the pool in one place."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Vector
from mollia.records import Picked


def highest(scores: Vector, n: int) -> Picked:
    """Return the n highest scores' positions, best first.

    Equal scores keep the order of the rows; NaN, a row that could not be judged, comes last;
    when fewer than n rows are left, all of them are returned.
    """
    order = np.argsort(-scores, kind="stable")[:n]  # numpy sorts NaN to the end
    return Picked(rows=order.astype(np.int64), scores=scores[order])
