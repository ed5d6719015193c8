"""The page on which people label the seed: rows that mollia draws for it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mollia.arrays import Rows
from mollia.ledger.human_table import TAKEN_BACK, UNSURE, Said
from mollia.ledger.leases import MINUTES
from mollia.people.seed_rows import DOUBT
from mollia.people.settled import settling
from mollia.records import Use
from mollia.report.numbers import shorten
from mollia.web.agreement import agreement
from mollia.web.desk import Desk, DrawnRow
from mollia.web.draw import Draw, next_row
from mollia.web.other_columns import Cell
from mollia.web.seed_draw import PageBatch, draw_batch, open_texts, page_batches
from mollia.web.sessions import Session
from mollia.web.undo import undo_edit, was_edit

GOAL = "seed draw of the page"  # in the ledger's manifest: how many rows are to be labelled
MORE = 25  # rows by which a finished draw grows
RECENT = 8
SNIPPET = 80  # characters of a text in a list
QUEUE = "seed"
OTHERS: tuple[Use, ...] = ("audit", "review")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """One of a person's last rows."""

    row: int
    text: str
    label: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedView:
    """What the template shows."""

    row: int | None
    text: str
    blank: bool
    cells: Sequence[Cell]
    chosen: int
    note: str
    done: int
    unsure: int
    goal: int
    more: int
    by_chance: bool
    waiting: bool
    lease_minutes: int
    counts: Sequence[int]
    widths: Sequence[int]
    recent: Sequence[Recent]
    agreement: Sequence[str]
    said: str


class SeedDesk:
    """The seed as it stands in the ledger; made again for each request."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.words = [each for each in desk.store.said("seed") if each.text_id in desk.position]
        self.mine_or_others = [each for each in self.words if each.annotator]  # given on this page

    @cached_property
    def batches(self) -> list[PageBatch]:
        """The batches drawn so far."""
        return page_batches(self._desk)

    @property
    def begun(self) -> bool:
        """Whether anyone has labelled on this page, or been given rows of a batch."""
        return bool(self.mine_or_others) or (self.by_chance and bool(self.batches))

    @property
    def by_chance(self) -> bool:
        """Whether rows come in batches with known chances, not in one random order."""
        return self._desk.strategy == DOUBT

    @cached_property
    def draw(self) -> Draw:
        """The random draw without rows that were labelled elsewhere: in the seed file or in a review."""
        desk = self._desk
        here = {each.text_id for each in self.mine_or_others}
        elsewhere = {each.text_id for each in self.words if not each.annotator}
        for use in OTHERS:
            elsewhere.update(each.text_id for each in desk.store.said(use) if each.text_id in desk.position)
        return desk.draw("seed page").without([desk.position[id_] for id_ in elsewhere - here], desk.groups)

    @cached_property
    def goal(self) -> int:
        """How many rows are to be labelled."""
        noted = self._desk.store.manifest().get(GOAL)
        goal = noted if isinstance(noted, int) else self._desk.goal
        return min(goal, self.most)

    @cached_property
    def most(self) -> int:
        """How many rows could be drawn in all."""
        if not self.by_chance:
            return len(self.draw.rows)
        free = open_texts(self._desk, self.batches)
        return len(self.rows) + len(np.unique(self._desk.groups[free]))

    @cached_property
    def rows(self) -> list[int]:
        """The drawn rows, in order."""
        if not self.by_chance:
            drawn: Rows = self.draw.rows[: self.goal]
            return [int(row) for row in drawn]
        desk = self._desk
        elsewhere = {each.text_id for each in self.words if not each.annotator} - {
            each.text_id for each in self.mine_or_others
        }
        for use in OTHERS:
            elsewhere.update(each.text_id for each in desk.store.said(use))
        return [row for batch in self.batches for row in batch.rows if desk.pool.ids[row] not in elsewhere]

    def more(self) -> None:
        """Draw the next batch, unless the goal is reached."""
        if self.by_chance and len(self.rows) < self.goal:
            draw_batch(self._desk, self.batches, self.goal - len(self.rows))

    def of(self, who: str) -> list[Said]:
        """What one person said, oldest first."""
        return [each for each in self.mine_or_others if each.annotator == who]

    def done(self, who: str) -> set[int]:
        """Rows that need nothing more from this person."""
        position, shared = self._desk.position, set(self.rows[: self._desk.overlap])
        said = {position[each.text_id] for each in self.mine_or_others}
        own = [
            *self.of(who),
            *self.of(settling(who)),
        ]  # who has seen others' labels has no word of their own to give
        return (said - shared) | {position[each.text_id] for each in own}

    def how(self, row: int) -> DrawnRow:
        """How the row was drawn."""
        if not self.by_chance:
            if row not in self.rows:
                return DrawnRow()
            return DrawnRow(chance=self.draw.chance(self.rows.index(row), self.goal), size=self.goal)
        for batch in self.batches:
            if row in batch.rows:
                at = batch.rows.index(row)
                return DrawnRow(chance=batch.chance[at], batch=batch.number, size=batch.size)
        return DrawnRow()

    def may(self, row: int, who: str) -> bool:
        """Whether the row is in the draw or already labelled by this person."""
        return row in self.rows or any(self._desk.position[each.text_id] == row for each in self.of(who))


def show(desk: Desk, session: Session, *, row: int | None = None, said: str = "") -> SeedView:
    """Return the view for one person; `row` asks for a certain one, else the next is leased to them."""
    who = session.name
    if row is None:
        row = desk.lend(session, QUEUE, lambda taken: _next(desk, who, taken))
    else:
        desk.hold(session, QUEUE, row)
    seed = SeedDesk(desk)
    done = seed.done(who)
    waiting = row is None and any(each not in done for each in seed.rows)
    mine = seed.of(who)
    before = next((w for w in mine if row is not None and desk.position[w.text_id] == row), None)
    labelled = desk.store.human("seed")
    counts = np.bincount(labelled.y, minlength=len(desk.task.classes)).tolist()
    words = {each.text_id: each for each in seed.mine_or_others}
    drawn = {desk.pool.ids[each] for each in seed.rows}
    text = "" if row is None else desk.pool.shown[row]
    return SeedView(
        row=row,
        text=text,
        blank=row is None or not desk.pool.texts[row].strip(),
        cells=[] if row is None else desk.beside(row),
        chosen=-1 if before is None else before.y,
        note="" if before is None else before.note,
        done=sum(words[id_].y >= 0 for id_ in drawn & words.keys()),
        unsure=sum(words[id_].y == UNSURE for id_ in drawn & words.keys()),
        goal=seed.goal,
        more=min(MORE, seed.most - seed.goal),
        by_chance=seed.by_chance,
        waiting=waiting,
        lease_minutes=MINUTES,
        counts=counts,
        widths=[round(100 * count / max(1, *counts)) for count in counts],
        recent=[_recent(desk, each) for each in reversed(mine[-RECENT:])],
        agreement=agreement(seed.mine_or_others),
        said=said,
    )


def _next(desk: Desk, who: str, taken: AbstractSet[int]) -> int | None:
    """Return the first row that this person may be given; where none is left, from rows drawn now."""
    seed = SeedDesk(desk)
    row = _free_row(desk, who, seed, taken, fresh=True)
    if row is not None:
        return row
    seed.more()
    return _free_row(desk, who, SeedDesk(desk), taken)


def _free_row(
    desk: Desk, who: str, seed: SeedDesk, taken: AbstractSet[int], *, fresh: bool = False
) -> int | None:
    """Return the first row that is neither done nor taken; those they skipped come last, or not at all (`fresh`)."""
    skipped = desk.skipped.get((who, QUEUE), [])
    rows = [row for row in seed.rows if not (fresh and seed.by_chance and row in skipped)]
    return next_row(rows, done=seed.done(who), taken=taken, skipped=skipped)


def label(desk: Desk, session: Session, row: int, y: int, note: str) -> str:
    """Store a class number or UNSURE for a row; return what to say about it."""
    desk.say(row, y, use="seed", how=SeedDesk(desk).how(row), who=session.name, note=note)
    return "Noted as unsure." if y == UNSURE else f"Saved: {desk.task.class_names[y]}."


def undo(desk: Desk, session: Session) -> tuple[int | None, str]:
    """Take this person's last label back; return its row."""
    mine = SeedDesk(desk).of(session.name)
    if not mine:
        return None, "There is nothing to undo."
    if was_edit(desk, session, "seed", mine[-1]):
        return undo_edit(desk, session)
    row = desk.position[mine[-1].text_id]
    desk.say(row, TAKEN_BACK, use="seed", how=DrawnRow(chance=mine[-1].chance), who=session.name)
    return row, "Taken back; here is the row again."


def draw_more(desk: Desk) -> str:
    """Make the draw larger; in a random one every label given gets its new inclusion probability."""
    before = SeedDesk(desk)
    goal = min(before.goal + MORE, before.most)
    desk.store.note({GOAL: goal})
    seed = SeedDesk(desk)
    for each in [] if seed.by_chance else seed.mine_or_others:
        row = desk.position[each.text_id]
        desk.say(row, each.y, use="seed", how=seed.how(row), who=each.annotator, note=each.note)
    return f"The draw now has {goal} rows."


def _recent(desk: Desk, each: Said) -> Recent:
    row = desk.position[each.text_id]
    return Recent(
        row=row,
        text=shorten(desk.pool.shown[row], SNIPPET),
        label="unsure" if each.y == UNSURE else desk.task.class_names[each.y],
        note=each.note,
    )
