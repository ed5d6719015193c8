"""Opening a task for the pages."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from mollia.arrays import Rows
from mollia.data import duplicates
from mollia.errors import DataError, did_you_mean
from mollia.invocation import command
from mollia.ledger.leases import Leases
from mollia.ledger.sqlite_store import SqliteStore, open_store
from mollia.people.ledger_sync import people_said
from mollia.people.seed_file import waiting_rows
from mollia.people.seed_rows import DOUBT, RANDOM
from mollia.records import Pool
from mollia.session.run_folder import LEDGER
from mollia.session.task_pool import pool_of
from mollia.task.config import Task
from mollia.web.desk import Desk
from mollia.web.fit import Fitter

PAGE = (DOUBT, RANDOM)
STRATEGY = "seed strategy of the pages"  # in the ledger's manifest
STATE = "random state of the pages"  # in the ledger's manifest


@contextmanager
def open_desk(
    task: Task, *, goal: int = 50, overlap: int = 0, strategy: str | None = None
) -> Iterator[tuple[Desk, Fitter]]:
    """Read the task's rows and open its ledger, beside a run if one goes on.

    `strategy` draws the seed's rows: `doubt` (the default) or `random`. A draw that was begun keeps its own.

    Raises
    ------
    MolliaError
        When the data, the seed file or the ledger is wrong.
    """
    pool = pool_of(task)
    groups = duplicates.group(pool.texts)
    with open_store(task.run.out / LEDGER, beside=True) as store:
        people_said(task, pool, groups, store)
        waiting, last = _in_file(task, pool)
        leases = Leases(store.path)
        desk = Desk(
            strategy=_strategy(task, store, strategy),
            waiting_in_file=waiting,
            last_in_file=last,
            task=task,
            pool=pool,
            groups=groups,
            store=store,
            leases=leases,
            random_state=_state(task, store),
            goal=goal,
            overlap=overlap,
        )
        fitter = Fitter(desk)
        desk.answers = fitter.answers
        try:
            yield desk, fitter
        finally:
            desk.jobs.close()
            fitter.close()
            leases.close()


def _strategy(task: Task, store: SqliteStore, wanted: str | None) -> str:
    """Return the strategy of the page's draw; the ledger keeps it from the first label on."""
    begun = any(each.annotator for each in store.said("seed"))
    noted = store.manifest().get(STRATEGY, RANDOM)  # ledgers of before drew at random
    if not begun:
        found = wanted or DOUBT
        if found not in PAGE:
            raise DataError(
                f'The page has no strategy "{found}".{did_you_mean(found, PAGE)}',
                hint=f"It draws by {' or '.join(PAGE)}; this knows more: {command('seed', task.file)}",
            )
        store.note({STRATEGY: found})
        return found
    if wanted is not None and wanted != noted:
        raise DataError(
            f'The rows of this page were drawn by "{noted}", and people have labelled some of them.',
            hint=f"Leave --strategy out, or draw further rows with: {command('seed', task.file, '--strategy', wanted)}",
        )
    return str(noted)


def _in_file(task: Task, pool: Pool) -> tuple[Rows, int]:
    """Return the rows that wait for a label in the task's seed file, and the number of its last batch."""
    if task.seed.path is None:
        return np.zeros(0, np.int64), 0
    return waiting_rows(
        task.seed.path,
        pool,
        id=task.seed.id,
        label=task.seed.label,
        text_format=task.seed_format,
    )


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
