"""What the pages work on: the task's rows, the ledger, and who does what at the moment."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from mollia.arrays import Rows
from mollia.ledger.human_table import Said
from mollia.ledger.leases import Leases
from mollia.ledger.sqlite_store import SqliteStore
from mollia.people.seed_pool import seed_pool
from mollia.people.seed_rows import DOUBT, SeedPool
from mollia.people.settled import PREFIX, is_settling
from mollia.records import HumanLabels, PanelAnswers, Pool, Use
from mollia.session.encoder import view_encoder
from mollia.task.config import Task
from mollia.web.draw import Draw, make_draw
from mollia.web.job import Jobs
from mollia.web.other_columns import Cell, cells_beside, neutral_columns
from mollia.web.sessions import Session

USES: tuple[Use, ...] = ("seed", "review", "audit")
KEYS = "123456789abcdefghijk"  # more classes than these are found by typing, their keys are the page's


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassButton:
    """A class as the pages show it; `key` "" where there are more than 20."""

    name: str
    description: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRow:
    """How a row came: its inclusion probability (NaN = it was picked), its batch, the rows of that batch."""

    chance: float = float("nan")
    batch: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change of a label that can be undone: what the same person had said `before`, None = nothing."""

    row: int
    use: Use
    annotator: str
    before: Said | None
    marked: bool  # as an audit label that was changed later


@dataclass(kw_only=True, eq=False)  # compared by identity
class Desk:
    """The open task; positions are the pool's. `turn` guards what one request does in several steps."""

    task: Task
    pool: Pool
    groups: Rows  # (n,) equal texts share a number
    store: SqliteStore
    leases: Leases
    random_state: int  # of the pages' draws
    goal: int  # rows of the seed's draw to start with
    # Of the panel, at no cost; given once it can be opened.
    answers: Callable[[], PanelAnswers] = field(init=False)
    overlap: int = 0  # rows of it that every person gets
    strategy: str = DOUBT  # of the seed's draw
    # Rows that a seed file asks about.
    waiting_in_file: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    last_in_file: int = 0  # number of its last batch
    skipped: dict[tuple[str, str], list[int]] = field(default_factory=dict)  # (person, queue) -> rows
    edits: dict[str, list[Edit]] = field(default_factory=dict)  # by person, the newest last
    looked: dict[str, tuple[str, Rows]] = field(
        default_factory=dict
    )  # by person, their last search and its rows
    turn: threading.RLock = field(default_factory=threading.RLock)
    closing: threading.Event = field(default_factory=threading.Event)  # set when the server stops
    draws: dict[str, Draw] = field(default_factory=dict)
    jobs: Jobs = field(init=False)
    position: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.jobs = Jobs(self.task.file)
        self.position = {id_: row for row, id_ in enumerate(self.pool.ids)}

    @cached_property
    def columns_beside(self) -> tuple[str, ...]:
        """The columns that may be shown beside a text that is labelled blind."""
        return neutral_columns(self.task, self.pool)

    def beside(self, row: int) -> list[Cell]:
        """Return what a row's other columns hold."""
        return cells_beside(self.pool, self.columns_beside, row)

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
            encoder=view_encoder(self.task, self.pool),
        )

    def say(self, row: int, y: int, *, use: Use, how: DrawnRow, who: str, note: str = "") -> None:
        """Store one person's word on one row; it is on the disk when this returns."""
        labels = HumanLabels(
            ids=(self.pool.ids[row],),
            y=np.array([y]),
            chance=np.array([how.chance]),
            use=use,
            batch=np.array([how.batch]),
            size=np.array([how.size]),
        )
        self.store.add_human(labels, annotator=who, note=note)

    def lend(
        self, session: Session, page: str, choose: Callable[[AbstractSet[int]], int | None]
    ) -> int | None:
        """Return the row that `choose` picks beside those that others have open, held for this person.

        `choose` reads the ledger itself: a row labelled after it was told what is open is no longer open to it.
        A text that is open is open in all its rows.
        """
        while True:
            taken = [self.position.get(text_id, -1) for text_id in self.leases.taken(session.name)]
            texts = self.groups[[row for row in taken if row >= 0]]
            row = choose({int(each) for each in np.flatnonzero(np.isin(self.groups, texts))})
            if row is None:
                self.leases.drop(session.name, page)
                return None
            if self.hold(session, page, row):
                return row

    def hold(self, session: Session, page: str, row: int) -> bool:
        """Keep a row's text for this person; False when someone else has it open."""
        first = int(np.argmax(self.groups == self.groups[row]))  # one id for the whole text
        return self.leases.take(session.name, page, self.pool.ids[first])

    def person(self, name: str) -> str:
        """Return a name as this person wrote it before; case and the form of accents make no difference."""
        while is_settling(_fold(name)):  # what is stored for them alone
            name = name[len(PREFIX) :]
        known = [each.annotator for use in USES for each in self.store.said(use) if each.annotator]
        known += self.leases.people()
        return next((each for each in known if _fold(each) == _fold(name)), name)

    def skip(self, session: Session, queue: str, row: int) -> str:
        """Put a row at the end of this person's queue; return what to say about it."""
        later = self.skipped.setdefault((session.name, queue), [])
        if row in later:
            later.remove(row)
        later.append(row)
        return "Skipped; it comes again at the end."


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
