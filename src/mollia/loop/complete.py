"""Whether a run did what its task asks for."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Mask
from mollia.quality.completeness import Completeness, completeness, rows_labelled
from mollia.session.parts import Parts


def completeness_of(
    parts: Parts, labelled: Mask, by_student: Mask | None = None, *, trained_on: int = 0
) -> Completeness:
    """Judge which rows (n,) are `labelled`, those of them `by_student`, which learned from `trained_on` rows.

    Where the panel is asked in batches, or in a cascade, rows that it was not asked about are as they should be.
    """
    in_batches = parts.task.run.ask != "pool"
    if in_batches:
        labelled = labelled | ~parts.shown
    return completeness(
        parts.panel_read(),
        rows_labelled(labelled, parts.pool.texts, by_student=None if in_batches else by_student),
        shown=np.flatnonzero(parts.shown),
        in_full=not in_batches and not parts.task.run.cascade,
        partial=parts.partial,
        trained_on=trained_on,
    )
