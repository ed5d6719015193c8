"""Fitting the fuser and the student on what people have said so far, in the background."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from mollia.arrays import Classes, Floats, Mask, Probs, Rows
from mollia.asking.ask_task import free_answers
from mollia.errors import MolliaError
from mollia.estimate import Estimate
from mollia.loop.complete import completeness_of
from mollia.loop.labels import fuse_asked, held_out
from mollia.loop.teach import fit_student
from mollia.people.known_rows import KnownRows, known_rows
from mollia.people.ledger_sync import NOBODY, people_said
from mollia.progress import quiet
from mollia.quality.completeness import Completeness
from mollia.quality.gold_scores import llm_labels
from mollia.quality.judging import Judging
from mollia.quality.outcome import outcome
from mollia.quality.panel_labels import PanelLabels
from mollia.records import PanelAnswers, TrainingRows
from mollia.session.open_task import OpenTask, open_panel
from mollia.session.parts import Parts, make_parts
from mollia.session.students import start_weights
from mollia.web.desk import Desk

PATIENCE = 60.0  # seconds a fit that goes on gets when the page is closed
STEPS = ("reading the panel's answers", "fusing", "checking the human labels", "training the student")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # compared by identity
class Standing:
    """What is known of each of the n rows after a fit; positions are the pool's.

    `own` (n, N) is each LLM's label, -1 = none; `student` (n, K) or None without lessons;
    `checked` (n, K) is the posterior of each human-labelled row from a fuser that did not see its
    label, NaN elsewhere; `vectors` (n, d) have length 1 (0 for a text without a known word).
    """

    panel: PanelAnswers
    own: Classes
    labels: PanelLabels
    known: KnownRows
    student: Probs | None
    checked: Probs | None
    vectors: Floats
    estimate: Estimate | None
    judging: Judging | None
    completeness: Completeness
    n_human: int
    seconds: float

    @property
    def posterior(self) -> Probs:
        """The fused posterior (n, K); one-hot where a person labelled."""
        return self.labels.fused.posterior

    @property
    def label(self) -> Classes:
        """y+ (n,), -1 where nothing is known."""
        label: Classes = np.where(self.labels.usable, self.labels.fused.label, -1)
        return label


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a fit changed against the one before: rows whose fused label moved, and the figures."""

    rows: Rows
    before: Classes
    after: Classes
    confidence: tuple[float, float]  # mean over rows nobody labelled
    estimates: tuple[Estimate | None, Estimate | None]
    n_human: tuple[int, int]


class Fitter:
    """Holds the newest standing and makes a new one in a thread of its own."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._parts: Parts | None = None
        self._opened = ExitStack()  # the panel, once a fit has opened it
        self._task: OpenTask | None = None
        self._opening = threading.Lock()  # a fit and a draw may both come first
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None
        self.standing: Standing | None = None
        self.changes: Changes | None = None
        self.step = 0  # of STEPS
        self.failed = ""

    @property
    def running(self) -> bool:
        """Whether a fit goes on."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def made_parts(self) -> Parts | None:
        """The run's parts, once a fit has made them."""
        return self._parts

    def start(self) -> None:
        """Begin a fit unless one goes on."""
        with self._turn:
            if not self.running:
                self.failed, self.step = "", 0
                self._thread = threading.Thread(target=self._fit, name="refit", daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait for a fit that goes on; return whether it is over."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.running

    def _fit(self) -> None:
        try:
            new = self._stand()
        except MolliaError as error:
            self.failed = str(error)
            return
        except Exception as error:
            self.failed = f"A fault in mollia: {type(error).__name__}: {error}"
            raise
        old, self.standing = self.standing, new
        self.changes = None if old is None else changes(old, new)

    def _stand(self) -> Standing:
        began = time.monotonic()
        desk = self._desk
        parts = self._with_labels(self.parts())
        panel = parts.panel()
        self.step = 1
        labels = fuse_asked(parts)
        self.step = 2
        found = outcome(parts.evidence(), parts.fuser, labels=labels, held_out=partial(held_out, parts))
        self.step = 3
        student = self._student(parts, labels)
        vectors = np.asarray(parts.encoder.encode(desk.pool.texts), np.float64)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return Standing(
            panel=panel,
            own=llm_labels(panel),
            labels=labels,
            known=parts.known,
            student=student,
            checked=found.cross_fitted,
            vectors=vectors / np.where(length > 0, length, 1.0),
            estimate=found.estimate,
            judging=found.judging,
            completeness=completeness_of(parts, found.source),
            n_human=len(parts.seed),
            seconds=time.monotonic() - began,
        )

    def close(self) -> None:
        """Wait for a fit that goes on, and release what the annotators hold."""
        self.wait(PATIENCE)
        self._opened.close()

    def parts(self) -> Parts:
        """Return the run's parts without asking anyone; made once."""
        opened = self._open_task()
        with self._opening:
            if self._parts is None:
                self._parts = make_parts(
                    opened,
                    self._desk.groups,
                    people=NOBODY,
                    weights=start_weights(opened.task, opened.pool.texts),
                    progress=quiet,
                    ask=False,
                    shown=np.ones(len(self._desk.pool), bool),
                )
            return self._parts

    def _open_task(self) -> OpenTask:
        """Return the desk's task with its panel, opened once."""
        desk = self._desk
        with self._opening:
            if self._task is None:
                panel = self._opened.enter_context(open_panel(desk.task, desk.pool))
                self._task = OpenTask(task=desk.task, pool=desk.pool, panel=panel, store=desk.store)
            return self._task

    def answers(self) -> PanelAnswers:
        """Return the panel's answers that cost no call, as the ledger holds them now."""
        return free_answers(self._open_task())

    def _with_labels(self, parts: Parts) -> Parts:
        people = people_said(parts.task, parts.pool, parts.groups, parts.store)
        known = known_rows(parts.pool, people.trains, parts.groups)
        return replace(parts, people=people, known=known, read=None)

    def _student(self, parts: Parts, labels: PanelLabels) -> Probs | None:
        """The student as a run's last one: it learns from one row of each text that has a label."""
        first = np.unique(parts.groups, return_index=True)[1]
        rows = first[labels.usable[first]]
        if not len(rows):
            return None
        human = labels.fused.human[rows]
        lessons = TrainingRows(
            rows=rows,
            y=labels.fused.posterior[rows],
            weight=np.ones(len(rows)),
            negative=labels.fused.negative[rows] & ~human[:, None],
            negative_weight=parts.task.student.lambda_end,
        )
        return fit_student(parts, lessons).predict_proba(parts.pool.texts)


def changes(old: Standing, new: Standing) -> Changes:
    """Compare two standings of the same pool."""
    moved = np.flatnonzero((old.label != new.label) & (new.label >= 0))
    open_rows: Mask = ~new.known.known & new.labels.usable

    def confidence(standing: Standing) -> float:
        return float(standing.posterior[open_rows].max(1).mean()) if open_rows.any() else float("nan")

    return Changes(
        rows=moved,
        before=old.label[moved],
        after=new.label[moved],
        confidence=(confidence(old), confidence(new)),
        estimates=(old.estimate, new.estimate),
        n_human=(old.n_human, new.n_human),
    )
