"""The page on which the guideline grows: what the task says, examples with why, and the classes most often confused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mollia.ledger.human_table import UNSURE
from mollia.people.guideline import EVERY, Entry, entries
from mollia.report.numbers import shorten
from mollia.web.blind import Blind, blind_rows, hidden
from mollia.web.confused import most_confused
from mollia.web.desk import USES, ClassButton, Desk
from mollia.web.fit import Standing
from mollia.web.sessions import Session

SNIPPET = 160
NOTES = 20  # newest notes shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPart:
    """A class with its examples."""

    name: str
    description: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLink:
    """A row as a line: its number, id, text, and what is said of it."""

    row: int
    id: str
    text: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairView:
    """Two classes that are taken for each other, and rows to discuss."""

    first: str
    second: str
    expected: int
    rows: Sequence[RowLink]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineView:
    """What the template shows."""

    general: Sequence[Entry]
    parts: Sequence[ClassPart]
    pairs: Sequence[PairView]
    notes: Sequence[RowLink]
    removed: str  # the key of an entry that was just removed
    fitted: bool
    said: str


def show_guideline(
    desk: Desk, standing: Standing | None, session: Session, *, removed: str = "", said: str = ""
) -> GuidelineView:
    """Return the guideline as it stands."""
    found = entries(desk.store)
    blind = blind_rows(desk, standing, session.name)
    return GuidelineView(
        general=[each for each in found if each.class_name == EVERY],
        parts=[_part(each, found) for each in desk.classes],
        pairs=[] if standing is None else _pairs(desk, standing, blind),
        notes=_notes(desk, blind),
        removed=removed,
        fitted=standing is not None,
        said=said,
    )


def _part(each: ClassButton, found: Sequence[Entry]) -> ClassPart:
    own = [entry for entry in found if entry.class_name == each.name]
    return ClassPart(name=each.name, description=each.description, entries=own)


def _pairs(desk: Desk, standing: Standing, blind: Blind) -> list[PairView]:
    names = desk.task.class_names
    return [
        PairView(
            first=names[pair.first],
            second=names[pair.second],
            expected=round(pair.expected),
            rows=[
                RowLink(
                    row=row,
                    id=desk.pool.ids[row],
                    text=shorten(desk.pool.texts[row], SNIPPET),
                    about=f"{names[pair.first]} {standing.posterior[row, pair.first]:.0%}, "
                    f"{names[pair.second]} {standing.posterior[row, pair.second]:.0%}",
                )
                for row in pair.rows
            ],
        )
        for pair in most_confused(standing, hidden=hidden(desk, blind))
    ]


def _notes(desk: Desk, blind: Blind) -> list[RowLink]:
    """Return the newest notes that people gave with labels."""
    said = sorted(
        (each for use in USES for each in desk.store.said(use) if each.note), key=lambda each: -each.at
    )
    out = []
    for each in said:
        row = desk.position.get(each.text_id, -1)
        if row < 0 or blind.hides(int(desk.groups[row])):
            continue
        label = "unsure" if each.y == UNSURE else desk.task.class_names[each.y]
        about = f"{label}: {each.note} ({each.annotator or 'seed file'})"
        out.append(
            RowLink(row=row, id=each.text_id, text=shorten(desk.pool.texts[row], SNIPPET), about=about)
        )
    return out[:NOTES]
