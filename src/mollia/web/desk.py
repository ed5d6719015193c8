"""What the pages work on: the task's rows, the ledger, and who does what at the moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from mollia.arrays import Rows
from mollia.data import duplicates
from mollia.data.read import read_pool
from mollia.ledger.sqlite_store import SqliteStore, open_store
from mollia.loop.build import LEDGER
from mollia.loop.seed import seed_labels
from mollia.records import HumanLabels, Pool, Use
from mollia.task.config import Task
from mollia.web.leases import Leases

KEYS = "123456789abcdefghijk"  # of the first 20 classes


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassButton:
    """A class as the pages show it; `key` "" beyond 20."""

    name: str
    description: str
    key: str


@dataclass(slots=True, kw_only=True)
class Desk:
    """The open task; positions are the pool's. `turn` guards what one request does in several steps."""

    task: Task
    pool: Pool
    groups: Rows  # (n,) equal texts share a number
    store: SqliteStore
    goal: int  # rows of the seed's draw to start with
    overlap: int = 0  # rows of it that every person gets
    leases: Leases = field(default_factory=Leases)
    skipped: dict[tuple[str, str], list[int]] = field(default_factory=dict)  # (session, queue) -> rows
    turn: threading.RLock = field(default_factory=threading.RLock)
    position: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.position = {id_: row for row, id_ in enumerate(self.pool.ids)}

    @property
    def classes(self) -> list[ClassButton]:
        """The K classes with their keys."""
        keys = [*KEYS] + [""] * len(self.task.classes)
        return [
            ClassButton(name=each.name, description=each.description, key=key)
            for each, key in zip(self.task.classes, keys, strict=False)
        ]

    def say(self, row: int, y: int, *, use: Use, chance: float, who: str, note: str = "") -> None:
        """Store one person's word on one row; it is on the disk when this returns."""
        labels = HumanLabels(ids=(self.pool.ids[row],), y=np.array([y]), chance=np.array([chance]), use=use)
        self.store.add_human(labels, annotator=who, note=note)


@contextmanager
def open_desk(task: Task, *, goal: int = 50, overlap: int = 0) -> Iterator[Desk]:
    """Read the task's rows and open its ledger, beside a run if one goes on.

    Raises
    ------
    MolliaError
        When the data, the seed file or the ledger is wrong.
    """
    data = task.data
    pool = read_pool(
        data.path,
        text=data.text,
        id=data.id,
        gold=data.gold,
        classes=task.labels,
        encoding=data.encoding,
        delimiter=data.delimiter,
    )
    groups = duplicates.group(pool.texts)
    with open_store(task.run.out / LEDGER, beside=True) as store:
        seed_labels(task, pool, groups, store)
        yield Desk(task=task, pool=pool, groups=groups, store=store, goal=goal, overlap=overlap)
