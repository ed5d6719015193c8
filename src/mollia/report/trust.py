"""How far the labels may be trusted without a review, and what it takes to reach a target."""

from __future__ import annotations

import numpy as np

from mollia.honest.drift import drift
from mollia.loop.outputs import promised
from mollia.loop.result import RunResult
from mollia.report.class_tables import has_label
from mollia.report.numbers import percent

TARGET = 0.95


def notes(result: RunResult, target: float | None = None) -> list[str]:
    """Say what may be accepted at the target, and how many reviews all rows would take."""
    if result.judging is None and target is None:
        return []
    return promised(result, target or TARGET).notes


def drift_warning(result: RunResult) -> list[str]:
    """Warn when human-labelled rows that came without a chance do not look like a random draw from the pool.

    Rows with one were drawn by mollia, or by whoever wrote the chances: there is nothing to suspect.
    """
    human = result.judging
    if human is None or np.isfinite(human.chance).any():
        return []
    found = drift(human.probs, result.fused.posterior[~result.fused.human & has_label(result)])
    if found is None or not found.alarming:
        return []
    return [
        (
            "The human-labelled rows do not look like a random draw from the pool, so no figure here can be "
            f"trusted to speak for it: “{result.classes[found.widest]}” has {percent(found.in_seed, 0)} of the "
            f"predicted mass among them and {percent(found.in_pool, 0)} in the pool."
        )
    ]
