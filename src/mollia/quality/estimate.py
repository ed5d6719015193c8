"""The accuracy figure of a run: from people's audit sample, or from its own human labels by cross-fitting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mollia.arrays import Probs
from mollia.estimate import Estimate
from mollia.honest.accuracy import CROSS_FITTED, REFIT, WORTH, cross_fitted_accuracy, estimate_accuracy
from mollia.honest.cross_fit import cross_fitted_posterior
from mollia.honest.prediction_powered import prediction_powered
from mollia.people.known_rows import KnownRows
from mollia.protocols import Fuser
from mollia.quality.evidence import Evidence, FuserChoice
from mollia.quality.judging import LEAST, Judging
from mollia.records import Fused
from mollia.registry import find, takes

NO_STUDENTS = (
    "it is the figure of the labels without the students that read the texts, who would have to be taught "
    "five times more; an audit sample judges the labels as they are"
)


def cross_fit(evidence: Evidence, fuser: FuserChoice) -> Probs | None:
    """Return the cross-fitted posterior (n, K) of the rows that people labelled, NaN in all others.

    Copies of a labelled text do not train the fuser that judges it. None with too few labels.
    """
    rows, known, groups = evidence.rows, evidence.known, evidence.groups
    y = np.where(known.labelled, known.y, -1)
    if len(np.unique(groups[known.labelled])) < LEAST:
        return None
    settings = {"random_state": fuser.random_state} if takes("fuser", fuser.method, "random_state") else {}
    estimator: Fuser = find("fuser", fuser.method)(**settings)
    found = cross_fitted_posterior(
        estimator,
        evidence.answers[rows],
        y[rows],
        evidence.texts_of(rows),
        random_state=fuser.random_state,
        groups=groups[rows],
    )
    posterior = np.full((len(y), evidence.answers.n_classes), np.nan)
    posterior[rows[y[rows] >= 0]] = found
    return posterior


def figure(judging: Judging | None, fused: Fused, known: KnownRows) -> Estimate | None:
    """Return the accuracy of the fused labels by the rows that may judge, None without any.

    From an audit sample it is prediction-powered: the confidence on all rows that did not train helps.
    Cross-fitting goes without students that read the texts, and says so.
    """
    if judging is None:
        return None
    found = _figure(judging, fused.posterior, known)
    if found is None or judging.audit or not fused.by_students:
        return found
    return replace(found, caveats=(*found.caveats, NO_STUDENTS))


def students_note(estimate: Estimate | None) -> tuple[str, ...]:
    """Return the sentence for every output where the figure goes without the students, else nothing."""
    held_out = estimate is not None and NO_STUDENTS in estimate.caveats
    return (f"The accuracy figure: {NO_STUDENTS}.",) if held_out else ()


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
    nothing = np.full(others + len(judging), 0.5)  # no prediction helps: the rows count by 1 / chance alone
    found = prediction_powered(
        judging.right, nothing[: len(judging)], nothing, chance=judging.chance, worth=WORTH
    )
    return replace(found, n_rows=others, method=f"{CROSS_FITTED}, weighted by chance", caveats=(REFIT,))
