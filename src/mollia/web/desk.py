"""What the pages work on: the task's rows, the ledger, and who does what at the moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from mollia.arrays import Rows
from mollia.ledger.sqlite_store import SqliteStore
from mollia.people.seed_pool import seed_pool
from mollia.people.seed_rows import DOUBT, SeedPool
from mollia.records import HumanLabels, PanelAnswers, Pool, Use
from mollia.task.config import Task
from mollia.web.draw import Draw, make_draw
from mollia.web.guard import Session
from mollia.web.leases import Leases

KEYS = "123456789abcdefghijk"  # more classes than these are found by typing, their keys are the page's


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassButton:
    """A class as the pages show it; `key` "" where there are more than 20."""

    name: str
    description: str
    key: str


@dataclass(slots=True, kw_only=True, eq=False)  # compared by identity
class Desk:
    """The open task; positions are the pool's. `turn` guards what one request does in several steps."""

    task: Task
    pool: Pool
    groups: Rows  # (n,) equal texts share a number
    store: SqliteStore
    random_state: int  # of the pages' draws
    goal: int  # rows of the seed's draw to start with
    answers: Callable[[], PanelAnswers] = field(
        init=False
    )  # of the panel, at no cost; given once it can be opened
    overlap: int = 0  # rows of it that every person gets
    strategy: str = DOUBT  # of the seed's draw
    waiting_in_file: Rows = field(
        default_factory=lambda: np.zeros(0, np.int64)
    )  # rows a seed file asks about
    last_in_file: int = 0  # number of its last batch
    leases: Leases = field(default_factory=Leases)
    skipped: dict[tuple[str, str], list[int]] = field(default_factory=dict)  # (session, queue) -> rows
    turn: threading.RLock = field(default_factory=threading.RLock)
    closing: threading.Event = field(default_factory=threading.Event)  # set when the server stops
    draws: dict[str, Draw] = field(default_factory=dict)
    position: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.position = {id_: row for row, id_ in enumerate(self.pool.ids)}

    @property
    def classes(self) -> list[ClassButton]:
        """The K classes with their keys."""
        n = len(self.task.classes)
        keys = [*KEYS] if n <= len(KEYS) else [""] * n
        return [
            ClassButton(name=each.name, description=each.description, key=key)
            for each, key in zip(self.task.classes, keys, strict=False)
        ]

    def draw(self, purpose: str) -> Draw:
        """Return the random order of all texts that belongs to a purpose; the same in every session."""
        if purpose not in self.draws:
            self.draws[purpose] = make_draw(self.groups, self.random_state, purpose)
        return self.draws[purpose]

    def seed_pool(self) -> SeedPool:
        """Return the pool as the seed's draw sees it, with the answers that the ledger holds now."""
        return seed_pool(
            self.answers,
            self.pool.texts,
            groups=self.groups,
            n_classes=len(self.task.classes),
            random_state=self.random_state,
        )

    def say(
        self,
        row: int,
        y: int,
        *,
        use: Use,
        chance: float,
        who: str,
        note: str = "",
        batch: int = 0,
        size: int = 0,
    ) -> None:
        """Store one person's word on one row; it is on the disk when this returns."""
        labels = HumanLabels(
            ids=(self.pool.ids[row],),
            y=np.array([y]),
            chance=np.array([chance]),
            use=use,
            batch=np.array([batch]),
            size=np.array([size]),
        )
        self.store.add_human(labels, annotator=who, note=note)

    def skip(self, session: Session, queue: str, row: int) -> str:
        """Put a row at the end of this session's queue; return what to say about it."""
        later = self.skipped.setdefault((session.id, queue), [])
        if row in later:
            later.remove(row)
        later.append(row)
        return "Skipped; it comes again at the end."
