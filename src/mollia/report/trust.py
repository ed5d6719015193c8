"""How far the labels may be trusted without a look, and what it takes to reach a target."""

from __future__ import annotations

from mollia.honest.auto_accept import auto_accept
from mollia.honest.drift import drift
from mollia.honest.error_curve import learn_error_curve, reviews_needed
from mollia.loop.result import RunResult
from mollia.report.class_tables import has_label, judged_by_people
from mollia.report.words import percent

TARGET = 0.95
LEAST = 10  # human rows below which no forecast is made


def sentences(result: RunResult) -> list[str]:
    """Say what may be accepted at the target, and how many reviews all rows would take."""
    human = judged_by_people(result)
    open_rows = ~result.fused.human & has_label(result)
    if human is None or len(human.truth) < LEAST or not open_rows.any():
        return []
    confidence, right = human.probs.max(1), human.label == human.truth
    pool = result.fused.confidence[open_rows]
    accepted = str(auto_accept(pool, confidence, right, target=TARGET))
    reviews = reviews_needed(learn_error_curve(confidence, right), pool, target=TARGET)
    return [
        f"Without a look: {accepted}.",
        f"For {TARGET:.0%} on all rows, least certain rows reviewed first: {reviews}.",
    ]


def drift_warning(result: RunResult) -> list[str]:
    """Warn when the human-labelled rows do not look like a random draw from the pool."""
    human = judged_by_people(result)
    if human is None:
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
