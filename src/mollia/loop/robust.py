"""How much each row and its Y- count for the student: as set, learned from people's labels, or by trust."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mollia.arrays import Mask, Probs, Rows
from mollia.fusion.negative_labels import share_rule
from mollia.loop.labels import PanelLabels
from mollia.loop.rounds import Given, lambda_of, training_rows
from mollia.quality.estimate import estimated
from mollia.records import TrainingRows
from mollia.robust.meta_weights import learned_alpha, learned_lambda, out_of_fold_probs, trust_weights
from mollia.session.parts import Parts

CROSS_FIT = "cross-fitting the human labels"


def lessons_of(parts: Parts, given: Given, labels: PanelLabels) -> TrainingRows:
    """Return what the student learns from, weighed as the task says (`[student] robust`).

    "learned" and "trust" train the rounds' student five times more: each row is judged by one that did
    not learn from it.
    """
    spec = parts.task.student
    alpha, lambda_ = spec.alpha, lambda_of(given, parts.task.query.rounds, spec.lambda_start, spec.lambda_end)
    lessons = training_rows(given, labels.fused, labels.usable, alpha=alpha, lambda_=lambda_)
    if spec.robust != "fixed" and len(lessons.rows):
        judged = _judged(parts, lessons)
        human = labels.fused.human[lessons.rows]
        if spec.robust == "trust":
            alpha = 1.0
            trust = trust_weights(lessons.y, judged)
            lessons = replace(lessons, weight=np.where(human, 1.0, trust))
        else:
            alpha, lambda_ = _learned(parts, lessons.rows, judged, lambda_)
            lessons = training_rows(given, labels.fused, labels.usable, alpha=alpha, lambda_=lambda_)
    given.alpha, given.lambda_ = alpha, lambda_
    return lessons


def cross_fit(parts: Parts) -> Probs | None:
    """Cross-fit the fuser on the human rows: the posterior of each (n, K), NaN in all others.

    It is kept until more rows are shown to the panel or people say more.
    """
    known = parts.known
    state = (int(parts.shown.sum()), known.y.tobytes())
    if parts.held_out is None or parts.held_out[0] != state:
        parts.held_out = (state, _cross_fitted(parts))
    return parts.held_out[1]


def _cross_fitted(parts: Parts) -> Probs | None:
    known, panel = parts.known, parts.panel()
    rows = np.flatnonzero(panel.asked.any(1) | known.known)
    parts.progress(CROSS_FIT, 0, 1)
    posterior, _ = estimated(
        panel[rows],
        np.where(known.labelled, known.y, -1)[rows],
        [parts.pool.texts[row] for row in rows],
        parts.groups[rows],
        method=parts.task.fuse.method,
        random_state=parts.task.run.random_state,
    )
    parts.progress(CROSS_FIT, 1, 1)
    if posterior is None:
        return None
    full = np.full((len(parts.pool), parts.n_classes), np.nan)
    full[rows] = posterior
    return full


def _judged(parts: Parts, lessons: TrainingRows) -> Probs:
    """Return probabilities (m, K) of the lessons' rows by students that did not learn from their texts."""
    return out_of_fold_probs(
        parts.new_student(),
        [parts.pool.texts[row] for row in lessons.rows],
        lessons.y,
        groups=parts.groups[lessons.rows],
        random_state=parts.task.run.random_state,
    )


def _learned(parts: Parts, rows: Rows, judged: Probs, lambda_: float) -> tuple[float, float]:
    """Return alpha and lambda from the human rows, judged by fusers and students that did not see them.

    With too few human labels to cross-fit, both stay near where they start.
    """
    held_out = cross_fit(parts)
    if held_out is None:
        nobody, no_class = np.zeros(0, bool), np.zeros((0, parts.n_classes), bool)
        return learned_alpha(nobody, nobody), learned_lambda(np.zeros(0, np.int64), no_class, lambda_)
    at = np.flatnonzero(np.isfinite(held_out[rows, 0]))  # positions in `rows`
    posterior, y = held_out[rows[at]], parts.known.y[rows[at]]
    label = posterior.argmax(1)
    differ: Mask = judged[at].argmax(1) != label
    return learned_alpha(label == y, differ), learned_lambda(y, share_rule(posterior), lambda_)
