"""Opening a task for the pages."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from mollia.data import duplicates
from mollia.ledger.sqlite_store import SqliteStore, open_store
from mollia.people.ledger_sync import seed_labels
from mollia.session.run_folder import LEDGER
from mollia.session.task_pool import pool_of
from mollia.task.config import Task
from mollia.web.desk import Desk
from mollia.web.fit import Fitter

STATE = "random state of the pages"  # in the ledger's manifest


@contextmanager
def open_desk(task: Task, *, goal: int = 50, overlap: int = 0) -> Iterator[tuple[Desk, Fitter]]:
    """Read the task's rows and open its ledger, beside a run if one goes on.

    Raises
    ------
    MolliaError
        When the data, the seed file or the ledger is wrong.
    """
    pool = pool_of(task)
    groups = duplicates.group(pool.texts)
    with open_store(task.run.out / LEDGER, beside=True) as store:
        seed_labels(task, pool, groups, store)
        desk = Desk(
            task=task,
            pool=pool,
            groups=groups,
            store=store,
            random_state=_state(task, store),
            goal=goal,
            overlap=overlap,
        )
        fitter = Fitter(desk)
        try:
            yield desk, fitter
        finally:
            fitter.close()


def _state(task: Task, store: SqliteStore) -> int:
    """Return the task's random state; where it leaves that to chance, one that the ledger keeps."""
    if task.run.random_state is not None:
        return task.run.random_state
    noted = store.manifest().get(STATE)
    if isinstance(noted, int):
        return noted
    state = secrets.randbelow(2**31)
    store.note({STATE: state})
    return state
