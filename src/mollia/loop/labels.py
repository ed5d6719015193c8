"""The fused labels of the rows asked so far, in the pool's order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Mask
from mollia.fusion import fuse
from mollia.loop.build import Parts
from mollia.loop.scores import llm_labels
from mollia.loop.text_view import text_view
from mollia.records import Fused


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelLabels:
    """`fused` (n rows; uniform where nothing is known) and `usable` (n,), where it holds a label."""

    fused: Fused
    usable: Mask


def fuse_asked(parts: Parts, *, last: bool = False) -> PanelLabels:
    """Fit the task's fuser on the rows asked so far and the human labels; a slow text view is for the `last` fit.

    A row that no LLM answered usably and no person labelled is not usable: a failure is never
    turned into a label.
    """
    panel, known = parts.panel(), parts.known
    answered = np.any(llm_labels(panel) >= 0, axis=1)
    rows = np.flatnonzero(panel.asked.any(1) | known.known)
    n, n_classes = len(parts.pool), parts.n_classes
    view, said = None, ""
    if last:
        view, said = text_view(
            parts.task.fuse.text_view,
            model=parts.task.student.model,
            n_rows=len(rows),
            random_state=parts.task.run.random_state,
            progress=parts.progress,
        )
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
        fused=replace(
            found,
            notes=(*found.notes, *filter(None, [said])),
            posterior=posterior,
            negative=negative,
            human=known.known,
        ),
        usable=answered | known.known,
    )
