"""What the stopping rules look at: a stop set that no round picks from, and its figures round by round.

The figures are stored with the rounds, so a run that goes on stops where an unbroken one would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mollia.arrays import Rows
from mollia.estimate import Estimate
from mollia.honest.intervals import wilson_bounds
from mollia.kappa import cohen_kappa
from mollia.loop.stopping import FlatAccuracy, StablePredictions
from mollia.protocols import Student
from mollia.quality.panel_labels import PanelLabels
from mollia.query.pool_view import distinct_rows
from mollia.randomness import generator
from mollia.records import Round
from mollia.session.parts import Parts

SIZE = 200  # rows of the stop set
MOST = 0.25  # of the rows without a human label
LEVEL = 0.95
KAPPA = "agrees with the round before on the stop set (kappa)"
PREDICTED = "predicted accuracy on the stop set"
NO_ROW = "The pool has no row left to pick."

Say = Callable[[str], None]


def stop_set(parts: Parts) -> Rows:
    """Draw the stop set from the texts that nobody labelled (positions in the pool); empty under "budget"."""
    if parts.task.run.stop == "budget":
        return np.zeros(0, np.int64)
    free = distinct_rows(parts.groups, np.flatnonzero(parts.known.known))
    size = min(SIZE, int(MOST * len(free)))
    rng = generator(parts.task.run.random_state, "stop set")
    return np.sort(rng.choice(free, size, replace=False)).astype(np.int64)


def figures(
    parts: Parts, rows: Rows, before: Student | None, after: Student | None, labels: PanelLabels
) -> dict[str, float]:
    """Return what the task's rule needs of a round, from the students before and after it."""
    if not len(rows) or after is None:
        return {}
    texts = parts.pool.texts_of(rows)
    said = after.predict_proba(texts).argmax(1)
    if parts.task.run.stop == "kappa":
        return {} if before is None else {KAPPA: cohen_kappa(before.predict_proba(texts).argmax(1), said)}
    labelled = np.flatnonzero(labels.usable[rows])
    if not len(labelled):
        return {}
    return {PREDICTED: float(labels.fused.posterior[rows[labelled], said[labelled]].mean())}


def why_to_stop(parts: Parts, rows: Rows, rounds: Sequence[Round], *, warn: Say) -> str:
    """Say why the rounds so far are enough, or ""."""
    match parts.task.run.stop:
        case "kappa":
            agreement = [each.scores[KAPPA] for each in rounds if KAPPA in each.scores]
            return StablePredictions().reason_of(agreement, warn=warn)
        case "plateau":
            return FlatAccuracy().reason(
                [_estimate(each, len(rows)) for each in rounds if PREDICTED in each.scores]
            )
        case _:
            return ""


def _estimate(round_: Round, n: int) -> Estimate:
    """Return a round's predicted accuracy; the interval is that of a share seen in the stop set's n rows."""
    value = round_.scores[PREDICTED]
    low, high = wilson_bounds(value, n, LEVEL)
    return Estimate(
        value=value,
        low=low,
        high=high,
        level=LEVEL,
        n_human=0,
        n_rows=n,
        method="fused posterior on the stop set",
    )
