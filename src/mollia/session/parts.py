"""From a task to the parts of a run, opened and closed together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mollia.annotate.ask_panel import AskResult, ask_panel
from mollia.annotate.question_keys import BLOCK
from mollia.arrays import Mask, Rows, at_rest
from mollia.data import duplicates
from mollia.fusion.carried import CarriedRows
from mollia.fusion.known_llms import KnownLLMs
from mollia.honest.cross_fit import CrossFitted
from mollia.ledger.panel_matrix import PanelMatrix
from mollia.ledger.sqlite_store import SqliteStore
from mollia.people.known_rows import KnownRows, known_rows
from mollia.people.ledger_sync import PeopleSaid, people_said
from mollia.progress import Progress, doing
from mollia.protocols import Annotator, Encoder, Engine, QueryStrategy, Student
from mollia.quality.evidence import Evidence, FuserChoice
from mollia.records import HumanLabels, PanelAnswers, Pool, Question, Round
from mollia.registry import find
from mollia.session.answers import panel_answers
from mollia.session.carried import carried_mark, read_carried
from mollia.session.encoder import encoder_name, of_no_words, task_encoder
from mollia.session.open_task import OpenTask, open_task
from mollia.session.priors import priors_mark, task_priors
from mollia.session.questions import prices, questions_at
from mollia.session.recorded_columns import RecordedColumns, note_recorded
from mollia.session.run_state import watched
from mollia.session.spending import caps_of, spent_on
from mollia.session.students import check_students, new_student, said_of, start_weights
from mollia.session.task_pool import pool_of
from mollia.task.config import Task

ROUNDS_OF = "rounds belong to"
READING = "reading the texts and the task's files"
# What of a task cannot change its rounds. Texts, seed and questions can, and are marked as they were read: the
# question keys hold what the LLMs are asked, and how.
NOT_IN_ROUNDS: Any = {
    "name": True,
    "instruction": True,
    "guidelines": True,
    "data": True,
    "classes": True,
    "seed": True,
    "panel": True,
    "examples": True,
    "budget": True,
    "fuse": {"priors", "carried", "text_view", "text_view_minutes"},  # the last two are of the last fit alone
    "run": {"out", "spreadsheet"},
}


@dataclass(slots=True, kw_only=True)
class Parts:
    """What a run works with; positions are the pool's."""

    task: Task
    pool: Pool
    groups: Rows  # (n,) equal texts share a number
    store: SqliteStore
    people: PeopleSaid  # when the parts were made
    known: KnownRows
    annotators: Sequence[Annotator]
    questions: Mapping[str, Sequence[Question]]  # by LLM, in the pool's order
    keys: Mapping[str, Sequence[str]]  # of the LLMs whose answers the ledger holds
    recorded: Sequence[RecordedColumns] = ()  # the others, whose answers stay in their files
    encoder: Encoder
    weights: Mapping[str, str]  # by kind of student: where fine-tuning starts
    strategy: QueryStrategy
    progress: Progress
    ask: bool
    notes: tuple[str, ...]  # what was left out while files were read, and how they were read
    shown: Mask  # (n,) rows put to the panel in this run; others stay unseen even if the ledger has them
    priors: KnownLLMs | None = None  # what earlier tasks showed of the LLMs
    carried: CarriedRows | None = None  # rows that people labelled in one
    results: list[AskResult] = field(default_factory=list)
    read: PanelMatrix | None = None
    spread: PanelAnswers | None = None  # what `panel` made of `read`
    held_out: tuple[object, CrossFitted | None] | None = None  # what `labels.held_out` keeps

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names in the task's order."""
        return self.task.class_names

    @property
    def seed(self) -> HumanLabels:
        """The labels that may train."""
        return self.people.trains

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.task.classes)

    @property
    def fuser(self) -> FuserChoice:
        """The task's fuser, with its own view of the texts."""
        return FuserChoice(
            method=self.task.fuse.method,
            random_state=self.task.run.random_state,
            encoder=self.encoder if of_no_words(encoder_name(self.task, self.pool)) else None,
            known=self.priors if self.carried is None else self.carried,  # a task has one of them at most
        )

    @property
    def partial(self) -> str:
        """Why the panel was not asked everything, "" when it was."""
        return " ".join(dict.fromkeys(result.partial for result in self.results if result.partial))

    def ask_for(self, rows: Rows, *, llms: Sequence[str] | None = None) -> None:
        """Put rows to the panel, or to some of its LLMs; the ledger answers what it holds already."""
        self.shown[rows] = True
        self.read = None
        if not self.ask or not len(rows):
            return
        stopped = {llm for result in self.results for llm in result.stopped}  # for the rest of this run
        note_recorded(self.store, self.recorded)
        wanted = [each for each in self.annotators if llms is None or each.name in llms]
        annotators = [each for each in wanted if each.name in self.keys and each.name not in stopped]
        questions = {each.name: questions_at(self.questions[each.name], rows) for each in annotators}
        self.results.append(
            ask_panel(
                questions,
                annotators,
                self.store,
                budget=caps_of(self.task),
                spent=spent_on(self.task, self.store),
                prices=prices(self.task),
                progress=self.progress,
            )
        )

    def show_all(self) -> None:
        """Let every row be seen, with the answers the ledger holds; nothing is asked."""
        self.shown[:] = True
        self.read = None

    @property
    def llms(self) -> tuple[str, ...]:
        """The LLMs' names, in the task's order."""
        return tuple(each.name for each in self.annotators)

    def panel_read(self) -> PanelMatrix:
        """The answers of the rows shown so far, with what could not be used."""
        if self.read is None:
            self.read = self.answers_to(None if self.shown.all() else np.flatnonzero(self.shown))
            self.spread = None
        return self.read

    def answers_to(self, rows: Rows | None) -> PanelMatrix:
        """The answers to rows (positions in the pool; None = all) that are at hand, with what could not be used."""
        labels = self.task.labels
        return panel_answers(
            self.store, self.keys, self.recorded, self.pool.ids, labels, rows=rows, llms=self.llms
        )

    def panel(self) -> PanelAnswers:
        """The answers in the pool's order; rows not shown are not asked."""
        found = self.panel_read().answers
        if len(found) == len(self.pool):
            return found
        if self.spread is None:
            n, rows = len(self.pool), np.flatnonzero(self.shown)
            shape = (n, len(self.llms), self.n_classes)
            z, c = (np.zeros(shape, at_rest(n)) for _ in range(2))
            asked = np.zeros(shape[:2], bool)
            z[rows], c[rows], asked[rows] = found.z, found.c, found.asked
            self.spread = PanelAnswers(ids=self.pool.ids, llms=self.llms, z=z, c=c, asked=asked)
        return self.spread

    def names_none(self) -> Mask:
        """The answers (n, N), in the pool's order, that name something which is not a class."""
        out = np.zeros((len(self.pool), len(self.annotators)), bool)
        out[self.shown] = self.panel_read().names_none
        return out

    def evidence(self) -> Evidence:
        """What the labels of the rows shown so far rest on."""
        return Evidence(
            pool=self.pool,
            groups=self.groups,
            answers=self.panel(),
            has_texts=True,
            classes=self.classes,
            labels=self.people.by_use,
            known=self.known,
        )

    def new_student(self, kind: str | None = None) -> Student:
        """Return a student with its start weights, by default the one of the rounds."""
        kind = kind or self.task.student.kinds[0]
        return new_student(
            kind,
            encoder=self.encoder,
            weights=self.weights.get(kind),
            random_state=self.task.run.random_state,
            progress=self.progress,
        )

    def stored_rounds(self) -> list[Round]:
        """Return the rounds of an earlier run of the same settings; others are dropped."""
        mark = _mark(self)
        if self.store.manifest().get(ROUNDS_OF) != mark:
            self.store.forget_rounds()
            self.store.note({ROUNDS_OF: mark})
        return self.store.rounds()


@contextmanager
def open_parts(task: Task, *, ask: bool, progress: Progress, engine: Engine | None = None) -> Iterator[Parts]:
    """Read the data, open the ledger and the annotators; close all of it in the end.

    LLMs are asked from, and many texts encoded, where the `engine` works, by default here.

    Raises
    ------
    MolliaError
        When the data, the seed, a panel member or the ledger is wrong.
    """
    with watched(task.run.out, progress) as told, _opened(task, told, ask=ask, engine=engine) as parts:
        yield parts


@contextmanager
def open_answered(task: Task, *, progress: Progress) -> Iterator[Parts]:
    """Open a task as `open_parts` does, with all answers that cost nothing: the ledger's, and recorded ones."""
    with open_parts(task, ask=False, progress=progress) as parts:
        parts.ask = not any(annotator.live for annotator in parts.annotators)
        parts.ask_for(np.arange(len(parts.pool)))
        yield parts


@contextmanager
def _opened(task: Task, progress: Progress, *, ask: bool, engine: Engine | None) -> Iterator[Parts]:
    with doing(progress, READING):
        pool = pool_of(task)
        groups = duplicates.group(pool.texts)
        weights = start_weights(task, pool.texts)
        check_students(task, weights)
    with open_task(task, pool=pool, engine=engine) as opened:
        people = people_said(task, pool, groups, opened.store)
        shown = np.zeros(len(pool), bool)
        yield make_parts(
            opened,
            groups,
            people=people,
            weights=weights,
            progress=progress,
            ask=ask,
            shown=shown,
            engine=engine,
        )


def make_parts(
    opened: OpenTask,
    groups: Rows,
    *,
    people: PeopleSaid,
    weights: Mapping[str, str],
    progress: Progress,
    ask: bool,
    shown: Mask,
    engine: Engine | None = None,
) -> Parts:
    """Return a run's parts, made from what was opened for it."""
    task, pool, panel = opened.task, opened.pool, opened.panel
    priors, notes = task_priors(task)
    carried = None if task.fuse.carried is None else read_carried(task.fuse.carried, task.labels)
    return Parts(
        task=task,
        pool=pool,
        groups=groups,
        store=opened.store,
        people=people,
        known=known_rows(pool, people.trains, groups),
        annotators=panel.annotators,
        questions=panel.questions,
        keys=panel.keys,
        recorded=panel.recorded,
        encoder=task_encoder(task, pool, engine=engine),
        weights=weights,
        strategy=find("query", task.query.strategy),
        progress=progress,
        ask=ask,
        notes=(*pool.notes, *panel.notes, *notes, *said_of(weights, task.student.model)),
        shown=shown,
        priors=priors,
        carried=carried,
    )


def _mark(parts: Parts) -> str:
    """A hash of all that the rounds depend on."""
    content: list[object] = [
        parts.task.model_dump(mode="json", exclude=NOT_IN_ROUNDS),
        sorted(parts.weights.items()),
        parts.classes,
        [parts.seed.ids, parts.seed.y.tolist()],
        {llm: _digest(keys) for llm, keys in parts.keys.items()}
        | {each.name: each.content for each in parts.recorded},
        _digest(parts.pool.ids, parts.pool.texts, between="\0"),
        *priors_mark(parts.priors),
        *carried_mark(parts.carried),
    ]
    if parts.pool.vectors is not None:
        content.append(parts.encoder.name)
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _digest(*columns: Sequence[str], between: str = "") -> str:
    """Return a hash of strings that follow each other, joined some thousands at a time."""
    found, first = hashlib.sha256(), True
    for column in columns:
        for start in range(0, len(column), BLOCK):
            some = between.join(column[start : start + BLOCK])
            found.update((some if first else between + some).encode())
            first = False
    return found.hexdigest()
