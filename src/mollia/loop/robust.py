"""How much each row and its Y- count for the student: as set, learned from people's labels, or by trust."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mollia.arrays import Mask, Probs, Rows
from mollia.fusion.negative_labels import share_rule
from mollia.loop.labels import held_out
from mollia.loop.rounds import Given, lambda_of, training_rows
from mollia.quality.panel_labels import PanelLabels
from mollia.records import TrainingRows
from mollia.robust.meta_weights import learned_alpha, learned_lambda, out_of_fold_probs, trust_weights
from mollia.session.parts import Parts


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


def _judged(parts: Parts, lessons: TrainingRows) -> Probs:
    """Return probabilities (m, K) of the lessons' rows by students that did not learn from their texts."""
    return out_of_fold_probs(
        parts.new_student(),
        parts.pool.texts_of(lessons.rows),
        lessons.y,
        groups=parts.groups[lessons.rows],
        random_state=parts.task.run.random_state,
    )


def _learned(parts: Parts, rows: Rows, judged: Probs, lambda_: float) -> tuple[float, float]:
    """Return alpha and lambda from the human rows, judged by fusers and students that did not see them.

    With too few human labels to cross-fit, both stay near where they start.
    """
    refitted = held_out(parts)
    if refitted is None:
        nobody, no_class = np.zeros(0, bool), np.zeros((0, parts.n_classes), bool)
        return learned_alpha(nobody, nobody), learned_lambda(np.zeros(0, np.int64), no_class, lambda_)
    posteriors = refitted.posterior
    at = np.flatnonzero(np.isfinite(posteriors[rows, 0]))  # positions in `rows`
    posterior, y = posteriors[rows[at]], parts.known.y[rows[at]]
    label = posterior.argmax(1)
    differ: Mask = judged[at].argmax(1) != label
    return learned_alpha(label == y, differ), learned_lambda(y, share_rule(posterior), lambda_)
