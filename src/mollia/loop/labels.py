"""The fused labels of the rows asked so far, in the pool's order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Mask, Rows
from mollia.fusion import fuse
from mollia.quality.gold_scores import llm_labels
from mollia.records import Fused
from mollia.session.parts import Parts
from mollia.session.text_view import StudentMaker, text_view


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelLabels:
    """`fused` (n rows; uniform where nothing is known) and `usable` (n,), where it holds a label."""

    fused: Fused
    usable: Mask

    def noting(self, *sentences: str) -> PanelLabels:
        """Return the labels with more notes."""
        return replace(self, fused=replace(self.fused, notes=(*self.fused.notes, *filter(None, sentences))))


def last_view(parts: Parts) -> tuple[StudentMaker | None, str]:
    """Return the text view of a run's last fit, None = the method's own, and a sentence on it."""
    return text_view(
        parts.task.fuse.text_view,
        method=parts.task.fuse.method,
        model=parts.task.student.model,
        n_rows=int(_rows(parts).size),
        random_state=parts.task.run.random_state,
        progress=parts.progress,
    )


def _rows(parts: Parts) -> Rows:
    """Return the rows that were asked, or that a person labelled."""
    return np.flatnonzero(parts.panel().asked.any(1) | parts.known.known)


def fuse_asked(parts: Parts, *, view: StudentMaker | None = None) -> PanelLabels:
    """Fit the task's fuser on the rows asked so far and the human labels, with a student as text view or TF-IDF.

    A row that no LLM answered usably and no person labelled is not usable: a failure is never
    turned into a label.
    """
    panel, known = parts.panel(), parts.known
    answered = np.any(llm_labels(panel) >= 0, axis=1)
    rows = _rows(parts)
    n, n_classes = len(parts.pool), parts.n_classes
    found = fuse(
        panel[rows],
        known.y[rows],
        texts=[parts.pool.texts[row] for row in rows],
        method=parts.task.fuse.method,
        text_view=view,
        classes=parts.classes,
        random_state=parts.task.run.random_state,
    )
    posterior = np.full((n, n_classes), 1.0 / n_classes)
    negative = np.zeros((n, n_classes), bool)
    posterior[rows], negative[rows] = found.posterior, found.negative
    return PanelLabels(
        fused=replace(found, posterior=posterior, negative=negative, human=known.known),
        usable=answered | known.known,
    )
