"""Panel disagreement: rows the LLMs do not agree on, where they were asked beforehand."""

from __future__ import annotations

import numpy as np

from mollia.about import about
from mollia.arrays import Probs, normalise
from mollia.errors import DataError
from mollia.protocols import View
from mollia.query.entropy import entropies
from mollia.query.ranking import highest
from mollia.records import PanelAnswers, Picked


@about(needs=("panel",))
def vote_entropy(view: View, n: int, rng: np.random.Generator, /) -> Picked:  # noqa: ARG001  # no chance involved
    """Return the n rows with the highest entropy of the panel's mean opinion; unanswered ones last.

    Raises
    ------
    DataError
        When the panel was not asked about the pool.
    """
    return highest(entropies(opinion(view.panel)), n)


def opinion(panel: PanelAnswers | None) -> Probs:
    """Return the mean (m, K) of the LLMs' normalised votes, probabilities where they cast none.

    NaN where no LLM gave anything.

    Raises
    ------
    DataError
        Without a panel.
    """
    if panel is None:
        raise DataError(
            "This strategy needs the panel's answers to the pool, which was not asked beforehand.",
            hint='Set ask = "pool" in [run], or choose a strategy that needs the student only: entropy.',
        )
    mass = np.where(panel.c.sum(2, keepdims=True) > 0, panel.c, panel.z)  # (m, N, K)
    said = mass.sum(2) > 0
    total = (normalise(mass) * said[:, :, None]).sum(1)
    out: Probs = np.where(said.any(1)[:, None], total / np.maximum(said.sum(1), 1)[:, None], np.nan)
    return out
