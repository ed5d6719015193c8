"""Students that read the texts beside the fused scores: taught what the fuser knows so far, and weighed without an LLM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Floats, Matrix, PanelMass
from mollia.fusion.confusion import Settings
from mollia.fusion.cross_fit import with_human
from mollia.fusion.ridge import text_ridge
from mollia.fusion.student_view import StudentMaker, StudentView, teach_view
from mollia.fusion.view_weight import MOST_ROWS, HeldOut, choose_weight, scores_without


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPool:
    """What students are made with and taught on: n texts, observations o (n, N, K), labels y (n,), vectors e (n, d) or None."""

    make: StudentMaker
    texts: Sequence[str]
    o: PanelMass
    y: Classes
    e: Matrix | None


def taught_students(
    pool: TextPool,
    scores: Floats,
    held_out: Floats,
    *,
    rounds: int,
    settings: Settings,
    rng: np.random.Generator,
) -> StudentView:
    """Teach students the scores (n, K) of all rows; `held_out` (m, K) are those of human rows without their labels.

    Raises
    ------
    OutOfTime
        When no student is ready in the time that is allowed.
    """
    o, y = pool.o, pool.y
    rows = with_human(y, MOST_ROWS, rng)
    human = np.flatnonzero(y >= 0)[: len(held_out)]
    compared = HeldOut(
        rows=rows,
        o=o[rows],
        without=scores_without(o[rows], y[rows], text_ridge(pool.e, rows), rounds=rounds, settings=settings),
        human=human,
        held_out=held_out,
        y=y[human],
    )
    return teach_view(
        pool.make, pool.texts, scores, y, choose_weight=lambda Q: choose_weight(compared, Q), rng=rng
    )
