"""Putting a label that was changed back to what the same person had said before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mollia.ledger.human_table import TAKEN_BACK, Said
from mollia.people.changed_audit import unmark
from mollia.records import Use
from mollia.web.desk import Desk, DrawnRow
from mollia.web.sessions import Session


def undo_edit(desk: Desk, session: Session) -> tuple[int | None, str]:
    """Put what this person changed last back to what it was; return its row."""
    edits = desk.edits.get(session.name, [])
    if not edits:
        return None, "There is nothing to undo."
    edit = edits.pop()
    before = edit.before
    desk.say(
        edit.row,
        TAKEN_BACK if before is None else before.y,
        use=edit.use,
        how=DrawnRow() if before is None else how_drawn([before]),
        who=edit.annotator,
        note="" if before is None else before.note,
    )
    if edit.marked:
        unmark(desk.store, desk.pool.ids[edit.row])
    return edit.row, "Put back as it was."


def was_edit(desk: Desk, session: Session, use: Use, word: Said) -> bool:
    """Tell whether a person's word is what they changed last."""
    last = desk.edits.get(session.name, [])[-1:]
    return any(
        (each.use, each.annotator, desk.pool.ids[each.row]) == (use, word.annotator, word.text_id)
        for each in last
    )


def how_drawn(words: Sequence[Said]) -> DrawnRow:
    """Return how a row was drawn, by the newest of its words that says so."""
    known = [each for each in words if np.isfinite(each.chance)] or list(words)
    return DrawnRow(chance=known[-1].chance, batch=known[-1].batch, size=known[-1].size)
