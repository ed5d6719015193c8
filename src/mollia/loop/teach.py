"""Fitting the student on what is labelled so far (docs/method.md, sections 2.6 and 4)."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Mask, Rows
from mollia.loop.robust import lessons_of
from mollia.loop.rounds import Given
from mollia.progress import doing
from mollia.protocols import Student
from mollia.quality.panel_labels import PanelLabels
from mollia.records import TrainingRows
from mollia.robust.discrepancy import discrepant
from mollia.session.parts import Parts

TEACHING = "teaching the student"
LAST = "the last student"


def taught(parts: Parts, given: Given, labels: PanelLabels) -> Student | None:
    """Fit a student from its start weights on the rows given so far; None while there are none."""
    lessons = lessons_of(parts, given, labels)
    return fit_student(parts, lessons) if len(lessons.rows) else None


def fit_student(parts: Parts, lessons: TrainingRows, kind: str | None = None) -> Student:
    """Fit a new student, by default the one of the rounds, on the rows' soft labels, weights and Y-."""
    with doing(parts.progress, TEACHING):
        return parts.new_student(kind).fit(
            parts.pool.texts_of(lessons.rows),
            lessons.y,
            sample_weight=lessons.weight,
            negative=lessons.negative,
            negative_weight=lessons.negative_weight,
        )


def differing(parts: Parts, student: Student | None, labels: PanelLabels, batch: Rows) -> Mask:
    """Where the student, before it sees the batch, and y+ differ (docs/method.md, section 4)."""
    if student is None or not len(batch):
        return np.zeros(len(batch), bool)
    said = student.predict_proba(parts.pool.texts_of(batch))
    return discrepant(said, labels.fused.label[batch])
