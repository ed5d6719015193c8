"""Rows drawn at random, each equally likely."""

from __future__ import annotations

import numpy as np

from mollia.about import about
from mollia.protocols import View
from mollia.records import Picked


@about(needs=(), method="at random")
def random_draw(view: View, n: int, rng: np.random.Generator, /) -> Picked:
    """Return n rows drawn without replacement; the order is random too."""
    rows = rng.permutation(len(view))[:n].astype(np.int64)
    return Picked(rows=rows)
