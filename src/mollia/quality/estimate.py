"""The accuracy figure of a run: from people's audit sample, or from its own human labels by cross-fitting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mollia.arrays import Probs
from mollia.errors import NotEnoughLabels
from mollia.estimate import Estimate
from mollia.honest.accuracy import REFIT, cross_fitted_accuracy, estimate_accuracy
from mollia.honest.batch_draws import WORTH, batch_accuracy
from mollia.honest.cross_fit import CrossFitted, cross_fitted
from mollia.note import Note
from mollia.people.known_rows import KnownRows
from mollia.protocols import Fuser
from mollia.quality.evidence import Evidence, FuserChoice
from mollia.quality.judging import LEAST, Judging
from mollia.records import Fused
from mollia.registry import find

SKIPPED = 0.1  # of the drawn rows left without a label, from which on the figure says so
WEIGHTED = "the rows were drawn with unequal, known chances, and each counts for the rows it stands for"
ALL_LABELLED = (
    "Every row has a label from a person: there is no other row that an accuracy figure could speak for."
)
NO_STUDENTS = (
    "it is the figure of the labels without the students that read the texts, who would have to be taught "
    "five times more; an audit sample judges the labels as they are"
)


def cross_fit(evidence: Evidence, fuser: FuserChoice) -> CrossFitted | None:
    """Return the cross-fitted posterior (n, K) of the rows that people labelled, NaN in all others.

    Copies of a labelled text do not train the fuser that judges it. None with too few labels.
    """
    rows, known, groups = evidence.rows, evidence.known, evidence.groups
    y = np.where(known.labelled, known.y, -1)
    if len(np.unique(groups[known.labelled])) < LEAST:
        return None
    estimator: Fuser = find("fuser", fuser.method)(**fuser.settings())
    found = cross_fitted(
        estimator,
        evidence.answers_of(rows),
        y[rows],
        evidence.texts_of(rows),
        random_state=fuser.random_state,
        groups=groups[rows],
        open_rows=~known.known[rows],
    )
    posterior = np.full((len(y), evidence.answers.n_classes), np.nan)
    posterior[rows[y[rows] >= 0]] = found.posterior
    return replace(found, posterior=posterior)


def figure(judging: Judging | None, fused: Fused, known: KnownRows) -> Estimate | None:
    """Return the accuracy of the fused labels by the rows that may judge, None without any.

    From an audit sample it is prediction-powered: the confidence on all rows that did not train helps. A seed
    whose rows do not all stand for as many others is weighted (`honest.batch_draws`). Cross-fitting goes without
    students that read the texts, and says so.
    """
    if judging is None or known.known.all():
        return None  # a figure speaks for rows that nobody labelled
    found = _figure(judging, fused.posterior, known)
    if found is None or judging.audit or not fused.by_students:
        return found
    return replace(found, caveats=(*found.caveats, NO_STUDENTS))


def all_labelled_note(known: KnownRows) -> tuple[str, ...]:
    """Return the sentence for every output where people labelled all rows, else nothing."""
    return (Note(ALL_LABELLED),) if len(known.y) and known.known.all() else ()


def students_note(estimate: Estimate | None) -> tuple[str, ...]:
    """Return the sentence for every output where the figure goes without the students, else nothing."""
    held_out = estimate is not None and NO_STUDENTS in estimate.caveats
    return (Note(f"The accuracy figure: {NO_STUDENTS}."),) if held_out else ()


def _figure(judging: Judging, posterior: Probs, known: KnownRows) -> Estimate | None:
    if judging.audit:
        y = np.full(len(posterior), -1)
        y[judging.rows] = judging.y
        chance = np.full(len(posterior), np.nan)
        chance[judging.rows] = judging.chance
        return estimate_accuracy(
            posterior.argmax(1),
            y,
            trained=known.known,
            posterior=posterior,
            chance=None if judging.even else chance,
        )
    others = int((~known.known).sum())
    if judging.even:
        return cross_fitted_accuracy(judging.probs, judging.y, n_rows=others)
    try:
        found = batch_accuracy(
            judging.right,
            judging.confidence,
            judging.weight,
            open_confidence=judging.open_confidence,
            n_open=others,
            worth=WORTH,
        )
    except NotEnoughLabels:
        return None  # so few rows are open that those drawn speak for none
    return replace(found, n_human=int(judging.drawn.sum()), caveats=(REFIT, *_what_it_rests_on(judging)))


def _what_it_rests_on(judging: Judging) -> tuple[str, ...]:
    """Say how the rows were drawn, which of the labelled rows speak for no other, and what is missing."""
    said = [WEIGHTED]
    picked = int((~judging.drawn).sum())
    if picked:
        said.append(
            f"{picked} more rows with a human label were picked by a rule or in a review, or nobody wrote how: they "
            "speak for no other row, and what they took out of the rest is taken off"
        )
    if judging.skipped > SKIPPED * judging.asked:
        said.append(
            f"{judging.skipped} of {judging.asked} drawn rows were left without a label; if they are harder than the "
            "others, the figure is too high"
        )
    return tuple(said)
