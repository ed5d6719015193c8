"""The fused labels of the rows asked so far, and what checks them, as the rounds need them."""

from __future__ import annotations

from dataclasses import replace

from mollia.honest.cross_fit import CrossFitted
from mollia.quality.estimate import cross_fit
from mollia.quality.evidence import StudentMaker
from mollia.quality.panel_labels import PanelLabels, fuse_evidence
from mollia.session.encoder import encoder_name
from mollia.session.parts import Parts
from mollia.session.text_view import text_view

CROSS_FIT = "cross-fitting the human labels"


def last_view(parts: Parts) -> tuple[StudentMaker | None, str]:
    """Return the text view of a run's last fit, None = the method's own, and a sentence on it."""
    if parts.fuser.encoder is not None:
        return None, f"The rows were read as vectors ({encoder_name(parts.task, parts.pool)})."
    return text_view(
        parts.task.fuse.text_view,
        method=parts.task.fuse.method,
        model=parts.task.student.model,
        n_rows=int(parts.evidence().rows.size),
        random_state=parts.task.run.random_state,
        progress=parts.progress,
    )


def fuse_asked(parts: Parts, *, view: StudentMaker | None = None) -> PanelLabels:
    """Fit the task's fuser on the rows asked so far and the human labels, with a student as text view or TF-IDF."""
    return fuse_evidence(parts.evidence(), replace(parts.fuser, text_view=view))


def held_out(parts: Parts) -> CrossFitted | None:
    """Cross-fit the fuser on the human rows: the posterior of each (n, K), NaN in all others.

    It is kept until more rows are shown to the panel or people say more.
    """
    state = (int(parts.shown.sum()), parts.known.y.tobytes())
    if parts.held_out is None or parts.held_out[0] != state:
        parts.progress(CROSS_FIT, 0, 1)
        parts.held_out = (state, cross_fit(parts.evidence(), parts.fuser))
        parts.progress(CROSS_FIT, 1, 1)
    return parts.held_out[1]
