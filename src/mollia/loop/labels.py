"""The fused labels of the rows asked so far, and what checks them, as the rounds need them."""

from __future__ import annotations

from dataclasses import replace

from mollia.data.table import Say
from mollia.data.table import quiet as silent
from mollia.honest.cross_fit import CrossFitted
from mollia.invocation import command
from mollia.progress import CHECKING, FUSING, doing
from mollia.quality.estimate import cross_fit
from mollia.quality.evidence import StudentMaker
from mollia.quality.panel_labels import PanelLabels, fuse_evidence
from mollia.session.encoder import VECTORS, encoder_name
from mollia.session.parts import Parts
from mollia.session.text_view import TFIDF, text_view
from mollia.session.timed_students import Terms


def last_view(parts: Parts, say: Say = silent) -> tuple[StudentMaker | None, str]:
    """Return the text view of a run's last fit, None = the method's own, and a sentence on why; `say` hears what it takes.

    What its students say is kept beside the vectors: a run that was killed teaches none of them twice.
    """
    task = parts.task
    if parts.fuser.encoder is not None:
        return None, f"The rows were read as vectors ({encoder_name(task, parts.pool)})."
    minutes = task.fuse.text_view_minutes
    return text_view(
        task.fuse.text_view,
        method=task.fuse.method,
        model=task.student.model,
        n_rows=int(parts.evidence().rows.size),
        random_state=task.run.random_state,
        terms=Terms(
            seconds=None if minutes is None else 60 * minutes,
            memory=task.run.out / VECTORS,
            progress=parts.progress,
            say=say,
            skip=f'write text_view = "tfidf" under [fuse] in {task.file}, or: {command("run", task.file, "--text-view", TFIDF)}',
        ),
    )


def fuse_asked(parts: Parts, *, view: StudentMaker | None = None) -> PanelLabels:
    """Fit the task's fuser on the rows asked so far and the human labels, with a student as text view or TF-IDF."""
    with doing(parts.progress, FUSING):
        return fuse_evidence(parts.evidence(), replace(parts.fuser, text_view=view))


def held_out(parts: Parts) -> CrossFitted | None:
    """Cross-fit the fuser on the human rows: the posterior of each (n, K), NaN in all others.

    It is kept until more rows are shown to the panel or people say more.
    """
    state = (int(parts.shown.sum()), parts.known.y.tobytes())
    if parts.held_out is None or parts.held_out[0] != state:
        with doing(parts.progress, CHECKING):
            parts.held_out = (state, cross_fit(parts.evidence(), parts.fuser))
    return parts.held_out[1]
