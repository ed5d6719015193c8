"""A student of fused answers: the text classifier that `mollia run` leaves behind, from what is recorded already."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mollia.arrays import Rows
from mollia.errors import DataError
from mollia.loop.large_pools import MOST_LESSONS, at_most
from mollia.quality.gold_scores import scored_rows, with_student
from mollia.quality.panel_labels import labelled
from mollia.query.pool_view import distinct_rows
from mollia.randomness import generator
from mollia.strings import without_words
from mollia.student.frozen import FrozenStudent
from mollia.usecases.fuse_panel import Fusion


def teach_student(fusion: Fusion) -> tuple[Fusion, FrozenStudent]:
    """Return the fusion with a student's labels beside its own, and the student, which learned from the fused labels.

    It learns from each text once, as the last student of a run does: from all rows with a label, of a very large file
    from those that people labelled and a sample of the others.

    Raises
    ------
    DataError
        When there are no texts, or none of them has a label.
    """
    check_texts(has_texts=fusion.evidence.has_texts)
    result = fusion.result
    rows = _lessons(fusion)
    if not len(rows):
        raise DataError(
            "A student cannot learn: no row with a text has a label.", hint="Check the answers first."
        )
    negative = result.fused.negative[rows] & ~result.fused.human[rows][:, None]
    student = FrozenStudent(random_state=fusion.fuser.random_state).fit(
        result.pool.texts_of(rows), result.fused.posterior[rows], negative=negative, negative_weight=1.0
    )
    probs = student.predict_proba(result.pool.texts)
    scored = scored_rows(result.pool, fusion.evidence.known.known) & labelled(result.source)
    scores = with_student(result.scores, result.pool, probs, rows=scored)
    return replace(fusion, result=replace(result, student_probs=probs, scores=scores)), student


def check_texts(*, has_texts: bool) -> None:
    """Refuse answers that came without texts."""
    if not has_texts:
        raise DataError(
            "A student learns from texts, and no column of texts was found.",
            hint="Name the column: --text COLUMN, or leave out --student.",
        )


def _lessons(fusion: Fusion) -> Rows:
    """Return the rows (positions in the pool) to learn from."""
    result, evidence = fusion.result, fusion.evidence
    usable = labelled(result.source) & ~without_words(result.pool.texts)
    human = np.flatnonzero(evidence.known.labelled & usable)
    others = distinct_rows(evidence.groups, np.flatnonzero(evidence.known.labelled))
    rng = generator(fusion.fuser.random_state, "of a large pool", "last student")
    others = at_most(others[usable[others]], MOST_LESSONS, rng)
    rows: Rows = np.sort(np.concatenate([human, others]))
    return rows
