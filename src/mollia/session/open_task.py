"""The panel of an open task: who is asked, what, and under which keys the ledger holds the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from mollia.annotate.ask_panel import panel_keys
from mollia.ledger.panel_matrix import PanelMatrix, panel_matrix
from mollia.ledger.sqlite_store import SqliteStore, open_store
from mollia.protocols import Annotator, Engine
from mollia.records import Pool, Question
from mollia.replies.parse import parse_reply
from mollia.session.annotators import build_annotators
from mollia.session.inputs import check_outputs
from mollia.session.questions import questions_by_llm
from mollia.session.run_folder import LEDGER
from mollia.session.task_pool import pool_of
from mollia.task.config import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPanel:
    """One annotator per panel member; by LLM and in the pool's order, its questions and their keys."""

    annotators: Sequence[Annotator]
    questions: Mapping[str, Sequence[Question]]
    keys: Mapping[str, Sequence[str]]
    notes: tuple[str, ...] = ()  # how recorded files were read


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """A task's rows, its panel and its ledger."""

    task: Task
    pool: Pool
    panel: OpenPanel
    store: SqliteStore

    def answers(self) -> PanelMatrix:
        """Return the ledger's answers to every row, with what could not be used."""
        return panel_matrix(self.store, self.panel.keys, self.pool.ids, self.task.labels, parse=parse_reply)


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
        keys = panel_keys(questions, annotators)
        yield OpenPanel(annotators=annotators, questions=questions, keys=keys, notes=tuple(notes))
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
