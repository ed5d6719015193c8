"""The queue of rows that people labelled differently, and settling one."""

from __future__ import annotations

from dataclasses import dataclass

from mollia.people.settled import Conflict, conflicts, settling
from mollia.records import Use
from mollia.web.desk import Desk, Edit
from mollia.web.seed_page import SeedDesk
from mollia.web.sessions import Session
from mollia.web.undo import how_drawn

USES: tuple[Use, ...] = ("audit", "seed", "review")


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A conflict, and what the labels are for."""

    use: Use
    conflict: Conflict


def open_conflicts(desk: Desk, who: str) -> dict[int, Open]:
    """Return the rows that people disagree on, without those that `who` has yet to label for themselves."""
    seed = SeedDesk(desk)
    own_turn = set(seed.rows[: desk.overlap]) - seed.done(who)
    return {
        row: Open(use=use, conflict=each)
        for use in USES
        for each in conflicts(desk.store.said(use))
        if (row := desk.position.get(each.text_id, -1)) >= 0 and row not in own_turn
    }


def settle(desk: Desk, session: Session, row: int, y: int, note: str) -> None:
    """Store a label that stands over what people said of a row; the row stays drawn as it was."""
    found = open_conflicts(desk, session.name).get(row)
    uses: tuple[Use, ...] = USES if found is None else (found.use,)
    who = settling(session.name)
    for use in uses:
        words = [each for each in desk.store.said(use) if each.text_id == desk.pool.ids[row]]
        if words:
            desk.say(row, y, use=use, how=how_drawn(words), who=who, note=note)
            own = next((each for each in words if each.annotator == who), None)
            edit = Edit(row=row, use=use, annotator=who, before=own, marked=False)
            desk.edits.setdefault(session.name, []).append(edit)
            return
