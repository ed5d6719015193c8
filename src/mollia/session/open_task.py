"""The panel of an open task: who is asked, what, and under which keys the ledger holds the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from mollia.annotate.question_keys import panel_keys
from mollia.ledger.panel_matrix import PanelMatrix
from mollia.ledger.sqlite_store import SqliteStore, open_store
from mollia.protocols import Annotator, Engine
from mollia.records import Pool, Question
from mollia.session.annotators import build_annotators
from mollia.session.answers import panel_answers
from mollia.session.inputs import check_outputs
from mollia.session.questions import questions_by_llm
from mollia.session.recorded_columns import RecordedColumns
from mollia.session.run_folder import LEDGER
from mollia.session.task_pool import pool_of
from mollia.task.config import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPanel:
    """One annotator per panel member; by LLM and in the pool's order, its questions and their keys.

    `recorded` are LLMs whose answers stay in their files (`recorded_columns`).
    """

    annotators: Sequence[Annotator]
    questions: Mapping[str, Sequence[Question]]
    keys: Mapping[str, Sequence[str]]  # of the LLMs whose answers the ledger holds
    recorded: Sequence[RecordedColumns] = ()  # the others
    notes: tuple[str, ...] = ()  # how recorded files were read

    @property
    def llms(self) -> tuple[str, ...]:
        """The LLMs' names, in the task's order."""
        return tuple(each.name for each in self.annotators)

    @property
    def to_ask(self) -> list[Annotator]:
        """The LLMs whose answers the ledger holds."""
        return [each for each in self.annotators if each.name in self.keys]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """A task's rows, its panel and its ledger."""

    task: Task
    pool: Pool
    panel: OpenPanel
    store: SqliteStore

    def answers(self) -> PanelMatrix:
        """Return the answers to every row, with what could not be used."""
        panel = self.panel
        return panel_answers(
            self.store, panel.keys, panel.recorded, self.pool.ids, self.task.labels, llms=panel.llms
        )


@contextmanager
def open_panel(task: Task, pool: Pool, *, engine: Engine | None = None) -> Iterator[OpenPanel]:
    """Make the task's annotators and questions; what the annotators hold is released in the end.

    They ask from where the `engine` works, by default from here.

    Raises
    ------
    MolliaError
        When a panel member, a recorded file or the examples are wrong.
    """
    notes: list[str] = []
    annotators = build_annotators(task, pool, say=notes.append, engine=engine)
    try:
        questions = questions_by_llm(task, pool)
        recorded = [each for each in annotators if isinstance(each, RecordedColumns)]
        keys = panel_keys(questions, [each for each in annotators if each not in recorded])
        yield OpenPanel(
            annotators=annotators, questions=questions, keys=keys, recorded=recorded, notes=tuple(notes)
        )
    finally:
        for annotator in annotators:
            annotator.close()


@contextmanager
def open_task(task: Task, *, pool: Pool | None = None, engine: Engine | None = None) -> Iterator[OpenTask]:
    """Read the task's rows, unless they were read before, and open its panel and its ledger.

    Raises
    ------
    MolliaError
        When the data, a panel member or the ledger is wrong.
    """
    check_outputs(task)
    pool = pool_of(task) if pool is None else pool
    with open_panel(task, pool, engine=engine) as panel, open_store(task.run.out / LEDGER) as store:
        yield OpenTask(task=task, pool=pool, panel=panel, store=store)
