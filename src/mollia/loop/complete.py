"""Whether a run did what its task asks for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mollia.data.label_columns import STUDENT
from mollia.quality.completeness import Completeness, completeness, rows_labelled
from mollia.quality.panel_labels import labelled
from mollia.session.parts import Parts


def completeness_of(parts: Parts, source: Sequence[str], *, trained_on: int = 0) -> Completeness:
    """Judge by where each row's label comes from, (n,); a student's learned from `trained_on` rows.

    Where the panel is asked in batches, or in a cascade, rows that it was not asked about are as they should be.
    """
    has_label = labelled(source)
    by_student = np.array([where == STUDENT for where in source], bool)
    in_batches = parts.task.run.ask != "pool"
    if in_batches:
        has_label |= ~parts.shown
        by_student[:] = False
    return completeness(
        parts.panel_read(),
        rows_labelled(has_label, parts.pool.texts, by_student=by_student),
        shown=np.flatnonzero(parts.shown),
        in_full=not in_batches and not parts.task.run.cascade,
        partial=parts.partial,
        trained_on=trained_on,
    )
