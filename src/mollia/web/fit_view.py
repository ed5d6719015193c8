"""What the pages say about a fit: how far it is, and what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.estimate import Estimate
from mollia.report.numbers import shorten
from mollia.web.desk import Desk
from mollia.web.fit import STEPS, Fitter, Standing

NUDGE = 10  # labels after which a refit is worth its time (docs/fusion.md: batches of 10)
CHANGED = 8  # changed rows listed
SNIPPET = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A row whose fused label a refit changed."""

    row: int
    text: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FitView:
    """The box that says what the suggestions rest on, and starts a refit."""

    running: bool
    step: str
    steps_done: int
    steps: int
    failed: str
    n_human: int
    new_labels: int
    nudge: bool
    fitted: bool
    changed: int | None
    moved: Sequence[Moved]
    confidence: tuple[float, float] | None
    estimates: Sequence[str]


def fit_view(desk: Desk, fitter: Fitter, n_now: int) -> FitView:
    """Return the state of the fit, and what the last one changed; n_now rows have a label that trains."""
    standing, found = fitter.standing, fitter.changes
    new = 0 if standing is None else max(0, n_now - standing.n_human)
    names = desk.task.class_names
    moved = []
    if found is not None:
        moved = [
            Moved(
                row=row,
                text=shorten(desk.pool.shown[row], SNIPPET),
                before=names[before] if before >= 0 else "no label",
                after=names[after],
            )
            for row, before, after in zip(
                found.rows[:CHANGED].tolist(), found.before.tolist(), found.after.tolist(), strict=False
            )
        ]
    return FitView(
        running=fitter.running,
        step=STEPS[fitter.step],
        steps_done=fitter.step,
        steps=len(STEPS),
        failed=fitter.failed,
        n_human=0 if standing is None else standing.n_human,
        new_labels=new,
        nudge=new >= NUDGE,
        fitted=standing is not None,
        changed=None if found is None else len(found.rows),
        moved=moved,
        confidence=None if found is None else found.confidence,
        estimates=_estimates(standing, None if found is None else found.estimates[0]),
    )


def _estimates(standing: Standing | None, before: Estimate | None) -> list[str]:
    now = None if standing is None else standing.estimate
    if now is None:
        return []
    said = [f"Accuracy {now.figure}."]
    if before is not None and not np.isclose(before.value, now.value):
        said.append(f"Before: {before.value:.1%}.")
    return said
