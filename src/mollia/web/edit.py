"""Changing any row's label: where the new word is stored, so that it means what the draw of its row says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mollia.errors import DataError
from mollia.ledger.human_table import TAKEN_BACK, UNSURE, Said
from mollia.people.changed_audit import mark_changed
from mollia.people.settled import settling
from mollia.records import Use
from mollia.web.desk import Desk, DrawnRow, Edit
from mollia.web.fit import Standing
from mollia.web.review_page import ReviewDesk
from mollia.web.seed_draw import last_batch, page_batches
from mollia.web.seed_page import SeedDesk
from mollia.web.sessions import Session
from mollia.web.undo import how_drawn

STANDS: tuple[Use, ...] = ("audit", "review", "seed")  # whose word stands where a row has several


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a new word on a row goes: its use, how the row was drawn, and under whose name.

    `blind` says that the row waits for a label that nobody's may sway.
    """

    use: Use
    how: DrawnRow
    annotator: str
    blind: bool = False


def words_on(desk: Desk, row: int) -> Mapping[Use, list[Said]]:
    """Return all that people said about a row, by use, oldest first."""
    id_ = desk.pool.ids[row]
    return {use: [each for each in desk.store.said(use) if each.text_id == id_] for use in STANDS}


def target_of(desk: Desk, standing: Standing | None, who: str, row: int) -> Target:
    """Return where a word of `who` on a row goes.

    A row that was labelled stays what it was: a seed or audit row keeps its batch and inclusion probability. A drawn
    row that waits for its label gets it as such; any other is reviewed, and speaks for no other row.

    Raises
    ------
    DataError
        Where a label would undo a draw: the text waits in the audit or in the seed file under another row.
    """
    words, seed = words_on(desk, row), SeedDesk(desk)
    use = next((use for use in STANDS if words[use]), None)
    if use is not None:
        if (
            use == "seed" and row in seed.rows and row not in seed.done(who)
        ):  # everyone labels it, each for themselves
            return Target(use=use, how=seed.how(row), annotator=who, blind=True)
        alone = {each.annotator for each in words[use]} == {who}
        return Target(use=use, how=how_drawn(words[use]), annotator=who if alone else settling(who))
    return _first_word(desk, ReviewDesk(desk, standing), seed, who, row)


def _first_word(desk: Desk, review: ReviewDesk, seed: SeedDesk, who: str, row: int) -> Target:
    text = desk.groups[row]
    if review.audit_begun and row in review.audit_rows:
        chance = review.draw.chance(review.audit_rows.index(row), review.audit_goal)
        return Target(use="audit", how=DrawnRow(chance=chance), annotator=who, blind=True)
    taken = [*(review.audit_rows if review.audit_begun else ()), *review.audited]
    same = next((each for each in taken if desk.groups[each] == text), None)
    if same is not None:
        raise DataError(
            f'This text is in the audit sample as row "{desk.pool.ids[same]}", so this row must not train.',
            hint="Label it there: Review, Audit sample.",
        )
    if seed.begun and row in seed.rows:
        return Target(use="seed", how=seed.how(row), annotator=who, blind=True)
    if text in desk.groups[desk.waiting_in_file]:
        raise DataError(
            f"This text waits for its label in the seed file {desk.task.seed.path}, drawn with a known chance.",
            hint="Fill it in there; the page reads the file when it is started.",
        )
    return Target(use="review", how=DrawnRow(batch=last_batch(desk, page_batches(desk))), annotator=who)


def change(desk: Desk, standing: Standing | None, session: Session, row: int, *, y: int, note: str) -> str:
    """Store a class number or UNSURE for any row; return what to say about it."""
    target = target_of(desk, standing, session.name, row)
    before = words_on(desk, row)[target.use]
    own = next((each for each in before if each.annotator == target.annotator), None)
    changed = target.use == "audit" and _label(before) not in {None, y}
    desk.say(row, y, use=target.use, how=target.how, who=target.annotator, note=note)
    if changed:
        mark_changed(desk.store, desk.pool.ids[row])
    desk.edits.setdefault(session.name, []).append(
        Edit(row=row, use=target.use, annotator=target.annotator, before=own, marked=changed)
    )
    said = "unsure" if y == UNSURE else desk.task.class_names[y]
    return f"Saved: {said} ({_as(target)})."


def take_back(desk: Desk, session: Session, row: int) -> str:
    """Take this person's own word on a row back, and leave what others said."""
    for use, words in words_on(desk, row).items():
        for each in words:
            if each.annotator in {session.name, settling(session.name)}:
                desk.say(row, TAKEN_BACK, use=use, how=how_drawn([each]), who=each.annotator)
                edit = Edit(row=row, use=use, annotator=each.annotator, before=each, marked=False)
                desk.edits.setdefault(session.name, []).append(edit)
                return "Your label was taken back."
    return "You have given no label here; a label of someone else can be changed, not taken back."


def _label(words: Sequence[Said]) -> int | None:
    """Return the label that stands among words, oldest first."""
    return next((each.y for each in reversed(words) if each.y >= 0), None)


def _as(target: Target) -> str:
    return {"seed": "a seed row", "review": "reviewed", "audit": "an audit row"}[target.use]
