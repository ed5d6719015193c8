"""A task opened for asking alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from mollia.ledger.sqlite_store import SqliteStore, open_store
from mollia.protocols import Annotator
from mollia.records import Pool, Question
from mollia.session.annotators import build_annotators
from mollia.session.questions import questions_by_llm
from mollia.session.run_folder import LEDGER
from mollia.session.task_pool import pool_of
from mollia.task.config import Task


@contextmanager
def opened(
    task: Task,
) -> Iterator[tuple[Pool, Sequence[Annotator], Mapping[str, Sequence[Question]], SqliteStore]]:
    """Open a task for asking: pool, annotators, each LLM's questions, the ledger."""
    pool = pool_of(task)
    annotators = build_annotators(task, pool)
    try:
        with open_store(task.run.out / LEDGER) as store:
            yield pool, annotators, questions_by_llm(task, pool), store
    finally:
        for annotator in annotators:
            annotator.close()
