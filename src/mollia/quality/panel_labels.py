"""The fused labels of a pool, in its order, and where each comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Mask, Probs
from mollia.data.label_columns import COPY, EMPTY_TEXT, FAILED, HUMAN, PANEL, STUDENT, UNLABELLED
from mollia.fusion import fuse
from mollia.note import Note
from mollia.people.known_rows import KnownRows
from mollia.quality.evidence import Evidence, FuserChoice
from mollia.quality.gold_scores import llm_labels
from mollia.records import Fused
from mollia.registry import takes
from mollia.strings import taken, without_words


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelLabels:
    """`fused` (n rows; uniform where nothing is known) and `usable` (n,), where it holds a label.

    `by_student` (n,) marks rows that take a student's prediction; None = none does.
    """

    fused: Fused
    usable: Mask
    by_student: Mask | None = None

    def noting(self, *notes: str) -> PanelLabels:
        """Return the labels with more notes."""
        return replace(
            self, fused=replace(self.fused, notes=(*self.fused.notes, *map(Note, filter(None, notes))))
        )

    def predicted(self, probs: Probs, rows: Mask) -> PanelLabels:
        """Return the labels with a student's probabilities (n, K) in some rows (n,)."""
        posterior = np.where(rows[:, None], probs, self.fused.posterior)
        return replace(self, fused=replace(self.fused, posterior=posterior), by_student=rows)

    def sources(self, known: KnownRows, texts: Sequence[str] | None = None) -> tuple[str, ...]:
        """Return where each row's label comes from, in the words of labels.csv; `texts` where the rows have some."""
        source = np.where(self.usable, PANEL, FAILED).astype(object)
        if texts is not None:
            failed = np.flatnonzero(~self.usable)
            empty = without_words(taken(texts, failed))
            source[failed[empty]] = EMPTY_TEXT
        if self.by_student is not None:
            source[self.by_student] = STUDENT
        source[known.copies] = COPY
        source[known.labelled] = HUMAN
        return tuple(source.tolist())


def labelled(source: Sequence[str]) -> Mask:
    """Return which rows (n,) have a label, by where it comes from."""
    return np.array([where not in UNLABELLED for where in source], bool)


def fuse_evidence(evidence: Evidence, fuser: FuserChoice) -> PanelLabels:
    """Fit the fuser on the rows that were asked and the human labels.

    A row that no LLM answered usably and no person labelled is not usable: a failure is never
    turned into a label.
    """
    answers, known, rows = evidence.answers, evidence.known, evidence.rows
    answered = np.any(llm_labels(answers) >= 0, axis=1)
    n, n_classes = len(evidence.pool), answers.n_classes
    found = fuse(
        evidence.answers_of(rows),
        known.y[rows],
        texts=evidence.texts_of(rows),
        method=fuser.method,
        text_view=fuser.text_view or (fuser.encoder if takes("fuser", fuser.method, "encoder") else None),
        classes=evidence.classes,
        known=fuser.known,
        random_state=fuser.random_state,
    )
    posterior = np.full((n, n_classes), 1.0 / n_classes, found.posterior.dtype)
    negative = np.zeros((n, n_classes), bool)
    posterior[rows], negative[rows] = found.posterior, found.negative
    return PanelLabels(
        fused=replace(found, posterior=posterior, negative=negative, human=known.known),
        usable=answered | known.known,
    )
