"""The page on which any row is found, read with all that is known of it, and given another label."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Mask, Rows
from mollia.errors import DataError
from mollia.ledger.human_table import UNSURE, Said
from mollia.people.settled import settling
from mollia.report.numbers import shorten
from mollia.web.blind import Blind, blind_rows
from mollia.web.browse import (
    SOURCES,
    Labels,
    Query,
    current_labels,
    find_rows,
)
from mollia.web.desk import USES, Desk
from mollia.web.edit import Target, target_of, words_on
from mollia.web.evidence import Evidence, evidence
from mollia.web.fit import Standing
from mollia.web.other_columns import Cell
from mollia.web.sessions import Session

PER_PAGE = 25
AROUND = 70  # characters of a text shown on each side of what was searched
NEAR = 5  # ids offered where one is not there
CHOICES = {
    "source": {"person": "a person", "panel": "the panel", "student": "the student", "none": "no label"},
    "split": {"some": "An LLM contradicts", "all": "All LLMs agree"},
    "order": {
        "file": "As in the file",
        "unsure": "Least confident first",
        "split": "Most contradicted first",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A text's part around what was searched: before it, itself, after it."""

    before: str
    met: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the list; `label` "" = none, `hidden` = it waits for a blind label."""

    row: int
    id: str
    snippet: Snippet
    label: str
    source: str
    confidence: int  # percent
    split: bool
    hidden: bool
    people: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsView:
    """What the list shows: one page of the rows that match."""

    query: Query
    lines: Sequence[Line]
    n_found: int
    n_rows: int
    n_hidden: int
    first: int
    page: int
    pages: int
    people: Sequence[str]
    fitted: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WordView:
    """One person's word on a row."""

    who: str
    label: str
    use: str
    note: str
    when: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """What the page of one row shows."""

    row: int
    id: str
    text: str
    blank: bool
    cells: Sequence[Cell]
    line: Line
    words: Sequence[WordView]
    label: int  # that stands now, -1 = none
    chosen: int
    note: str
    use: str  # what a label given now is stored as
    refused: str  # why none can be given here
    evidence: Evidence | None
    query: Query
    place: int  # among the rows found, from 1; 0 = not among them
    n_found: int
    before: int | None
    after: int | None
    can_undo: bool
    can_take_back: bool
    said: str


def show_rows(
    desk: Desk, standing: Standing | None, session: Session, query: Query, *, page: int, said: str = ""
) -> RowsView:
    """Return one page of the rows that a query finds."""
    blind = blind_rows(desk, standing, session.name)
    found = find_rows(desk, standing, query, blind)
    desk.looked[session.name] = (query.address, found.rows)
    pages = max(1, -(-len(found.rows) // PER_PAGE))
    page = min(page, pages - 1)
    shown = found.rows[page * PER_PAGE : (page + 1) * PER_PAGE]
    words = _words_by_row(desk)
    return RowsView(
        query=query,
        lines=[_line(desk, found.labels, words, blind, row=row, wanted=query.q) for row in shown.tolist()],
        n_found=len(found.rows),
        n_rows=len(desk.pool),
        n_hidden=found.n_hidden,
        first=page * PER_PAGE + 1,
        page=page,
        pages=pages,
        people=sorted({each.annotator for some in words.values() for each in some if each.annotator}),
        fitted=standing is not None,
        said=said,
    )


def show_row(
    desk: Desk, standing: Standing | None, session: Session, query: Query, *, row: int, said: str = ""
) -> RowView:
    """Return all that is known of one row, hidden where it waits for a blind label."""
    desk.hold(session, "rows", row)
    blind = blind_rows(desk, standing, session.name)
    covered = blind.hides(int(desk.groups[row]))
    labels = current_labels(desk, standing)
    by_use = words_on(desk, row)
    words = [(use, each) for use, some in by_use.items() for each in some]
    mine = [each for _, each in words if each.annotator in {session.name, settling(session.name)}]
    target, refused = _target(desk, standing, session.name, row)
    rows = _looked(desk, standing, session, query, blind)
    place = np.flatnonzero(rows == row)
    at = int(place[0]) if len(place) else -1
    return RowView(
        row=row,
        id=desk.pool.ids[row],
        text=desk.pool.shown[row],
        blank=not desk.pool.texts[row].strip(),
        cells=desk.beside(row),
        line=_line(
            desk,
            labels,
            {desk.pool.ids[row]: [each for use in USES for each in by_use[use]]},
            blind,
            row=row,
            wanted="",
        ),
        words=[]
        if covered
        else [_word(desk, session, use, each) for use, each in sorted(words, key=lambda pair: pair[1].at)],
        label=int(labels.label[row]),
        chosen=mine[-1].y if mine else -1,
        note=mine[-1].note if mine else "",
        use="" if target is None else target.use,
        refused=refused,
        evidence=None if covered or standing is None else _evidence(desk, standing, row),
        query=query,
        place=at + 1,
        n_found=len(rows),
        before=int(rows[at - 1]) if at > 0 else None,
        after=int(rows[at + 1]) if 0 <= at < len(rows) - 1 else None,
        can_undo=bool(desk.edits.get(session.name)),
        can_take_back=bool(mine),
        said=said,
    )


def near_ids(desk: Desk, written: str) -> str:
    """Return a sentence on an id that no row has: those that begin alike."""
    alike = []
    for id_ in desk.pool.ids:
        if id_.casefold().startswith(written.casefold()):
            alike.append(id_)
        if len(alike) > NEAR:
            break
    found = ", ".join(alike[:NEAR]) + (" and more" if len(alike) > NEAR else "")
    return f'There is no row with the id "{written}".' + (f" These begin so: {found}." if alike else "")


def _target(desk: Desk, standing: Standing | None, who: str, row: int) -> tuple[Target | None, str]:
    try:
        return target_of(desk, standing, who, row), ""
    except DataError as error:
        return None, str(error)


def _looked(desk: Desk, standing: Standing | None, session: Session, query: Query, blind: Blind) -> Rows:
    """Return the rows of the list this person came from: as it was, so that a new label takes no row out of it."""
    address, rows = desk.looked.get(session.name, ("", np.zeros(0, np.int64)))
    if address != query.address or not len(rows):
        rows = find_rows(desk, standing, query, blind).rows
        desk.looked[session.name] = (query.address, rows)
    return rows


def _evidence(desk: Desk, standing: Standing, row: int) -> Evidence:
    nothing: Mask = np.zeros(len(desk.pool), bool)  # no near-duplicates are offered here
    return evidence(desk, standing, row, open_rows=nothing, slip=bool(standing.known.labelled[row]))


def _words_by_row(desk: Desk) -> dict[str, list[Said]]:
    words: dict[str, list[Said]] = {}
    for use in USES:
        for each in desk.store.said(use):
            words.setdefault(each.text_id, []).append(each)
    return words


def _line(
    desk: Desk, labels: Labels, words: dict[str, list[Said]], blind: Blind, *, row: int, wanted: str
) -> Line:
    id_, label = desk.pool.ids[row], int(labels.label[row])
    hidden = blind.hides(int(desk.groups[row]))
    said = (
        []
        if hidden
        else [f"{each.annotator or 'seed file'}: {_name(desk, each.y)}" for each in words.get(id_, [])]
    )
    return Line(
        row=row,
        id=id_,
        snippet=_snippet(desk.pool.shown[row], wanted),
        label="" if hidden or label < 0 else desk.task.class_names[label],
        source=CHOICES["source"][SOURCES[labels.source[row]]],
        confidence=round(100 * float(labels.confidence[row])),
        split=bool(labels.against[row] > 0),
        hidden=hidden,
        people="; ".join(said),
    )


def _word(desk: Desk, session: Session, use: str, each: Said) -> WordView:
    return WordView(
        who=each.annotator or "seed file",
        label=_name(desk, each.y),
        use=use,
        note=each.note,
        when=time.strftime("%Y-%m-%d %H:%M", time.localtime(each.at)),
        mine=each.annotator in {session.name, settling(session.name)},
    )


def _name(desk: Desk, y: int) -> str:
    return "unsure" if y == UNSURE else desk.task.class_names[y]


def _snippet(text: str, wanted: str) -> Snippet:
    at = text.casefold().find(wanted.casefold()) if wanted else -1
    if at < 0:
        return Snippet(before=shorten(text, 3 * AROUND), met="", after="")
    end = at + len(wanted)
    start = max(0, at - AROUND)
    if start:  # at a word
        start = text.find(" ", start, at) + 1 or start
    after = text[end : end + 2 * AROUND]
    if end + len(after) < len(text):
        after = f"{after.rpartition(' ')[0] or after} …"
    return Snippet(before=("… " if start else "") + text[start:at], met=text[at:end], after=after)
