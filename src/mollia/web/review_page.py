"""The page on which people check what the panel is unsure about."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from mollia.arrays import Mask
from mollia.ledger.human_table import TAKEN_BACK, UNSURE, Said
from mollia.ledger.leases import MINUTES
from mollia.people.settled import is_settling, settling
from mollia.records import Use
from mollia.report.numbers import shorten
from mollia.web.conflict_queue import Open, open_conflicts, settle
from mollia.web.desk import USES, Desk, DrawnRow
from mollia.web.draw import Draw, next_row
from mollia.web.evidence import Evidence, evidence
from mollia.web.fit import Fitter, Standing
from mollia.web.fit_view import FitView, fit_view
from mollia.web.other_columns import Cell
from mollia.web.outputs_page import accepted_rows
from mollia.web.review_queues import (
    BY_ID,
    QUEUES,
    QueueName,
    audit_draw,
    first_of_group,
    orders,
    still_waiting,
)
from mollia.web.seed_draw import last_batch, page_batches
from mollia.web.sessions import Session
from mollia.web.undo import undo_edit, was_edit

AUDIT_GOAL = "audit draw of the page"  # in the ledger's manifest
AUDIT_ROWS = 50
RECENT = 6
SNIPPET = 80
PAGE = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLink:
    """A queue with how many rows wait in it."""

    queue: QueueName
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One of a person's last reviews."""

    row: int
    queue: str
    text: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """What the template shows."""

    queue: QueueName
    queues: Sequence[QueueLink]
    row: int | None
    text: str
    cells: Sequence[Cell]
    blank: bool
    evidence: Evidence | None
    words: Sequence[tuple[str, str, str]]  # who, label and note, where people disagree
    human: str  # who labelled the row before, and how; "" = nobody
    chosen: int
    accept: int
    note: str
    waiting: bool
    lease_minutes: int
    audit_done: int
    audit_goal: int
    recent: Sequence[Done]
    fit: FitView
    said: str


class ReviewDesk:
    """Reviews and audits as they stand in the ledger; made again for each request."""

    def __init__(self, desk: Desk, standing: Standing | None) -> None:
        self._desk = desk
        self.standing = standing
        self._by_use = {use: self._words(use) for use in USES}

    def _words(self, use: Use) -> list[Said]:
        return [each for each in self._desk.store.said(use) if each.text_id in self._desk.position]

    def of(self, who: str) -> list[tuple[Use, Said]]:
        """One person's reviews and audits, oldest first."""
        uses: tuple[Use, ...] = ("review", "audit", "seed")
        said = [
            (use, each)
            for use in uses
            for each in self._by_use[use]
            if each.annotator == settling(who) or (each.annotator == who and use != "seed")
        ]
        return sorted(said, key=lambda pair: pair[1].at)

    @cached_property
    def draw(self) -> Draw:
        """The audit's random draw."""
        return audit_draw(self._desk, self.standing, [*self._by_use["seed"], *self._by_use["review"]])

    @cached_property
    def audit_begun(self) -> bool:
        """Whether anyone has opened the audit or labelled in it: from then on its rows' labels are hidden."""
        return bool(self._by_use["audit"]) or AUDIT_GOAL in self._desk.store.manifest()

    @cached_property
    def audit_goal(self) -> int:
        """How many rows the audit is to have."""
        noted = self._desk.store.manifest().get(AUDIT_GOAL)
        return min(noted if isinstance(noted, int) else AUDIT_ROWS, len(self.draw.rows))

    @cached_property
    def audit_rows(self) -> list[int]:
        """The audit's rows, in drawn order."""
        return [int(row) for row in self.draw.rows[: self.audit_goal]]

    @cached_property
    def audited(self) -> set[int]:
        """Rows of the audit that someone has labelled or was unsure about."""
        return {self._desk.position[each.text_id] for each in self._by_use["audit"]}

    def rows(self, queue: str, who: str = "") -> list[int]:
        """Return the rows that wait in a queue for `who`, best first."""
        if queue == "conflicts":
            return list(open_conflicts(self._desk, who))
        if queue == "audit":
            return [row for row in self.audit_rows if row not in self.audited]
        if self.standing is None:
            return []
        words = self._by_use["review"]
        if queue != "slips":
            words = [*self._by_use["seed"], *words, *self._by_use["audit"]]
        rows = orders(self._desk, self.standing)[queue]
        if queue != "slips":
            rows = rows[~accepted_rows(self._desk, self.standing)[rows]]
        return still_waiting(rows, self._desk, words)

    @cached_property
    def open_rows(self) -> Mask:
        """Rows (n,) that nobody has said anything about."""
        rows = first_of_group(self._desk)
        for words in self._by_use.values():
            rows[[self._desk.position[each.text_id] for each in words]] = False
        if self.standing is not None:
            rows &= ~self.standing.known.known
        return rows

    def n_training(self) -> int:
        """How many rows have a label that trains."""
        labelled = {each.text_id for use in ("seed", "review") for each in self._by_use[use] if each.y >= 0}
        return len(labelled)


def show(
    desk: Desk, fitter: Fitter, session: Session, queue: str, *, row: int | None = None, said: str = ""
) -> ReviewView:
    """Return the view for one person; `row` asks for a certain one, else the next is leased to them."""
    if queue == "audit" and not ReviewDesk(desk, fitter.standing).audit_begun:
        desk.store.note({AUDIT_GOAL: AUDIT_ROWS}, first=True)
    if row is None:
        row = desk.lend(session, PAGE, lambda taken: _next(desk, fitter, session, queue, taken))
    else:
        desk.hold(session, PAGE, row)
    review = ReviewDesk(desk, fitter.standing)
    waiting = {each.id: review.rows(each.id, session.name) for each in QUEUES}
    blocked = row is None and bool(waiting[queue])
    mine = review.of(session.name)
    before = next((each for _, each in mine if row is not None and desk.position[each.text_id] == row), None)
    standing = review.standing
    slip = queue == "slips"
    shown = None
    if row is not None and standing is not None and not BY_ID[queue].blind:
        shown = evidence(desk, standing, row, open_rows=review.open_rows, slip=slip)
    labelled = -1 if row is None or standing is None else int(standing.known.y[row])
    return ReviewView(
        queue=BY_ID[queue],
        queues=[QueueLink(queue=each, waiting=len(waiting[each.id])) for each in QUEUES],
        row=row,
        text="" if row is None else desk.pool.shown[row],
        cells=[] if row is None else desk.beside(row),
        blank=row is not None and not desk.pool.texts[row].strip(),
        evidence=shown,
        words=_said_by(desk, open_conflicts(desk, session.name).get(row))
        if queue == "conflicts" and row is not None
        else [],
        human=desk.task.class_names[labelled] if slip and labelled >= 0 else "",
        chosen=-1 if before is None else before.y,
        accept=_accepted(shown, labelled if slip else -1),
        note="" if before is None else before.note,
        waiting=blocked,
        lease_minutes=MINUTES,
        audit_done=len(review.audited & set(review.audit_rows)),
        audit_goal=review.audit_goal,
        recent=[_done(desk, use, each) for use, each in reversed(mine[-RECENT:])],
        fit=fit_view(desk, fitter, review.n_training()),
        said=said,
    )


def _next(desk: Desk, fitter: Fitter, session: Session, queue: str, taken: AbstractSet[int]) -> int | None:
    """Return the first row that waits in a queue and that nobody else has open."""
    rows = ReviewDesk(desk, fitter.standing).rows(queue, session.name)
    return next_row(rows, done=(), taken=taken, skipped=desk.skipped.get((session.name, queue), []))


def label(
    desk: Desk,
    fitter: Fitter,
    session: Session,
    queue: str,
    *,
    row: int,
    y: int,
    note: str = "",
    twins: Sequence[int] = (),
) -> str:
    """Store a class number or UNSURE for a row, and the same for near-duplicates of it."""
    if queue == "conflicts":
        settle(desk, session, row, y, note)
        return f"Settled: {'unsure' if y == UNSURE else desk.task.class_names[y]}."
    review = ReviewDesk(desk, fitter.standing)
    use: Use = "audit" if queue == "audit" else "review"
    chance = float("nan")
    if use == "audit":
        place = review.audit_rows.index(row) if row in review.audit_rows else None
        chance = chance if place is None else review.draw.chance(place, review.audit_goal)
    last = 0 if use == "audit" else last_batch(desk, page_batches(desk))  # picked after that draw
    desk.say(row, y, use=use, how=DrawnRow(chance=chance, batch=last), who=session.name, note=note)
    also = [] if use == "audit" or y == UNSURE else [each for each in twins if review.open_rows[each]]
    for each in also:
        copied = f"nearly the same text as {desk.pool.ids[row]}"
        desk.say(each, y, use=use, how=DrawnRow(batch=last), who=session.name, note=copied)
    if y == UNSURE:
        return "Noted as unsure."
    more = f", and {len(also)} nearly equal texts" if also else ""
    return f"Saved: {desk.task.class_names[y]}{more}."


def undo(desk: Desk, fitter: Fitter, session: Session) -> tuple[str | None, int | None, str]:
    """Take this person's last review back; return its queue and row."""
    mine = ReviewDesk(desk, fitter.standing).of(session.name)
    if not mine:
        return None, None, "There is nothing to undo."
    use, last = mine[-1]
    queue = _queue_of(use, last)
    if was_edit(desk, session, use, last):
        return queue, *undo_edit(desk, session)
    row = desk.position[last.text_id]
    desk.say(row, TAKEN_BACK, use=use, how=DrawnRow(chance=last.chance), who=last.annotator)
    return queue, row, "Taken back; here is the row again."


def audit_more(desk: Desk, fitter: Fitter) -> str:
    """Make the audit's draw larger; every label in it gets its new inclusion probability."""
    goal = ReviewDesk(desk, fitter.standing).audit_goal + AUDIT_ROWS // 2
    desk.store.note({AUDIT_GOAL: goal})
    review = ReviewDesk(desk, fitter.standing)
    place = {row: i for i, row in enumerate(review.audit_rows)}
    for each in desk.store.said("audit"):
        row = desk.position.get(each.text_id)
        if row in place:
            chance = review.draw.chance(place[row], review.audit_goal)
            desk.say(
                row, each.y, use="audit", how=DrawnRow(chance=chance), who=each.annotator, note=each.note
            )
    return f"The audit now has {review.audit_goal} rows."


def may_label(desk: Desk, fitter: Fitter, session: Session, queue: str, row: int) -> bool:
    """Whether a row may get a label in a queue: audit rows were drawn at random; a row that trained the labels cannot be one."""
    review = ReviewDesk(desk, fitter.standing)
    if queue == "conflicts":
        settled = {each.text_id for _, each in review.of(session.name) if is_settling(each.annotator)}
        return row in open_conflicts(desk, session.name) or desk.pool.ids[row] in settled
    if queue != "audit":
        return bool(desk.groups[row] not in desk.groups[list(review.audited)])
    mine = {desk.position[each.text_id] for use, each in review.of(session.name) if use == "audit"}
    return row in review.audit_rows or row in mine


def _accepted(shown: Evidence | None, human: int) -> int:
    """What Enter stores: the suggestion, or for a slip the label the person gave (it was right)."""
    if human >= 0:
        return human
    return -1 if shown is None else shown.suggestion


def _done(desk: Desk, use: Use, each: Said) -> Done:
    row = desk.position[each.text_id]
    label_ = "unsure" if each.y == UNSURE else desk.task.class_names[each.y]
    return Done(
        row=row,
        queue=_queue_of(use, each) or "useful",
        text=shorten(desk.pool.shown[row], SNIPPET),
        label=label_,
    )


def _queue_of(use: Use, each: Said) -> str | None:
    """Return the queue in which a word was given, None for those that all store reviews."""
    if is_settling(each.annotator):
        return "conflicts"
    return "audit" if use == "audit" else None


def _said_by(desk: Desk, found: Open | None) -> list[tuple[str, str, str]]:
    """Return who said what of a row that people disagree on, with their notes."""
    words = () if found is None else found.conflict.words
    return [(each.annotator or "seed file", desk.task.class_names[each.y], each.note) for each in words]
