"""The page on which people label rows drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mollia.arrays import Rows
from mollia.ledger.human_table import TAKEN_BACK, UNSURE, Said
from mollia.records import Use
from mollia.web.agreement import agreement
from mollia.web.desk import Desk
from mollia.web.draw import Draw, next_row
from mollia.web.guard import Session
from mollia.web.leases import MINUTES

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
    chosen: int
    note: str
    done: int
    unsure: int
    goal: int
    more: int
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
    def draw(self) -> Draw:
        """The draw without rows that were labelled elsewhere: in the seed file or in a review."""
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
        return min(goal, len(self.draw.rows))

    @cached_property
    def rows(self) -> list[int]:
        """The drawn rows, in order."""
        drawn: Rows = self.draw.rows[: self.goal]
        return [int(row) for row in drawn]

    def of(self, who: str) -> list[Said]:
        """What one person said, oldest first."""
        return [each for each in self.mine_or_others if each.annotator == who]

    def done(self, who: str) -> set[int]:
        """Rows that need nothing more from this person."""
        position, shared = self._desk.position, set(self.rows[: self._desk.overlap])
        said = {position[each.text_id] for each in self.mine_or_others}
        return (said - shared) | {position[each.text_id] for each in self.of(who)}

    def chance(self, row: int) -> float:
        """The row's inclusion probability, NaN for a row outside the draw."""
        return self.draw.chance(self.rows.index(row), self.goal) if row in self.rows else float("nan")

    def may(self, row: int, who: str) -> bool:
        """Whether the row is in the draw or already labelled by this person."""
        return row in self.rows or any(self._desk.position[each.text_id] == row for each in self.of(who))


def show(desk: Desk, session: Session, *, row: int | None = None, said: str = "") -> SeedView:
    """Return the view for one person; `row` asks for a certain one, else the next is leased to them."""
    seed, who = SeedDesk(desk), session.name
    waiting = False
    if row is None:
        skipped = desk.skipped.get((session.id, QUEUE), [])
        done = seed.done(who)
        row = next_row(seed.rows, done=done, taken=desk.leases.taken(session.id), skipped=skipped)
        waiting = row is None and any(each not in done for each in seed.rows)
    if row is None:
        desk.leases.drop(session.id)
    else:
        desk.leases.take(session.id, row)
    mine = seed.of(who)
    before = next((w for w in mine if row is not None and desk.position[w.text_id] == row), None)
    labelled = desk.store.human("seed")
    counts = np.bincount(labelled.y, minlength=len(desk.task.classes)).tolist()
    words = {each.text_id: each for each in seed.mine_or_others}
    drawn = {desk.pool.ids[each] for each in seed.rows}
    text = "" if row is None else desk.pool.texts[row]
    return SeedView(
        row=row,
        text=text,
        blank=not text.strip(),
        chosen=-1 if before is None else before.y,
        note="" if before is None else before.note,
        done=sum(words[id_].y >= 0 for id_ in drawn & words.keys()),
        unsure=sum(words[id_].y == UNSURE for id_ in drawn & words.keys()),
        goal=seed.goal,
        more=min(MORE, len(seed.draw.rows) - seed.goal),
        waiting=waiting,
        lease_minutes=MINUTES,
        counts=counts,
        widths=[round(100 * count / max(1, *counts)) for count in counts],
        recent=[_recent(desk, each) for each in reversed(mine[-RECENT:])],
        agreement=agreement(seed.mine_or_others),
        said=said,
    )


def label(desk: Desk, session: Session, row: int, y: int, note: str) -> str:
    """Store a class number or UNSURE for a row; return what to say about it."""
    seed = SeedDesk(desk)
    desk.say(row, y, use="seed", chance=seed.chance(row), who=session.name, note=note)
    return "Noted as unsure." if y == UNSURE else f"Saved: {desk.task.class_names[y]}."


def undo(desk: Desk, session: Session) -> tuple[int | None, str]:
    """Take this person's last label back; return its row."""
    mine = SeedDesk(desk).of(session.name)
    if not mine:
        return None, "There is nothing to undo."
    row = desk.position[mine[-1].text_id]
    desk.say(row, TAKEN_BACK, use="seed", chance=mine[-1].chance, who=session.name)
    return row, "Taken back; here is the row again."


def draw_more(desk: Desk) -> str:
    """Make the draw larger; every label given in it gets its new inclusion probability."""
    goal = min(SeedDesk(desk).goal + MORE, len(SeedDesk(desk).draw.rows))
    desk.store.note({GOAL: goal})
    seed = SeedDesk(desk)
    for each in seed.mine_or_others:
        row = desk.position[each.text_id]
        again = replace(each, chance=seed.chance(row))
        desk.say(row, again.y, use="seed", chance=again.chance, who=again.annotator, note=again.note)
    return f"The draw now has {goal} rows."


def _recent(desk: Desk, each: Said) -> Recent:
    row = desk.position[each.text_id]
    return Recent(
        row=row,
        text=desk.pool.texts[row][:SNIPPET],
        label="unsure" if each.y == UNSURE else desk.task.class_names[each.y],
        note=each.note,
    )
