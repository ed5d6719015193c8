"""Student against panel: rows where the two are sure of different classes."""

from __future__ import annotations

import numpy as np

from mollia.about import JUDGED_ONCE, about
from mollia.protocols import View
from mollia.query.bald import mutual_information
from mollia.query.ranking import highest
from mollia.query.vote_entropy import opinion
from mollia.records import Picked


@about(needs=("probs", "panel"), most=JUDGED_ONCE)
def student_versus_panel(view: View, n: int, rng: np.random.Generator, /) -> Picked:  # noqa: ARG001  # no chance involved
    """Return the n rows with the highest Jensen-Shannon divergence of student and panel's mean opinion.

    Raises
    ------
    DataError
        When the panel was not asked about the pool.
    """
    return highest(mutual_information(np.stack([view.probs, opinion(view.panel)])), n)
