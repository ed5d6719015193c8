"""Students that read the texts beside the fused scores: taught what the fuser knows so far, and weighed without an LLM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Floats, Matrix, PanelMass, Vector
from mollia.fusion.carried import own_rows
from mollia.fusion.confusion import Settings
from mollia.fusion.cross_fit import with_human
from mollia.fusion.ridge import text_ridge
from mollia.fusion.student_view import StudentMaker, StudentView, teach_view
from mollia.fusion.view_weight import MOST_ROWS, HeldOut, choose_weight, scores_without


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPool:
    """What students are made with and taught on: n texts, observations o (n, N, K), labels y (n,), vectors e (n, d) or None.

    `carried` (n,) is 0 for the pool's rows and the weight of a carried one; None where no row is.
    """

    make: StudentMaker
    texts: Sequence[str]
    o: PanelMass
    y: Classes
    e: Matrix | None
    carried: Vector | None = None


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
    o, y, carried = pool.o, pool.y, pool.carried
    learning = with_human(y, MOST_ROWS, rng)
    old = None if carried is None else carried[learning]
    without = scores_without(
        o[learning],
        y[learning],
        text_ridge(pool.e, learning),
        rounds=rounds,
        settings=settings,
        carried=old,
    )
    own = own_rows(old)  # carried rows teach; what a student's word is worth, the pool's rows tell
    human = np.flatnonzero(y >= 0)[: len(held_out)]
    judging = own_rows(None if carried is None else carried[human])
    compared = HeldOut(
        rows=learning[own],
        o=o[learning[own]],
        without=[scores[own] for scores in without],
        human=human[judging],
        held_out=held_out[judging],
        y=y[human[judging]],
    )
    return teach_view(
        pool.make,
        pool.texts,
        scores,
        y,
        choose_weight=lambda Q: choose_weight(compared, Q),
        rng=rng,
        carried=carried,
    )
