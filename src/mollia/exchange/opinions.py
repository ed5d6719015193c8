"""What people said in another labelling tool, matched to the pool's rows and the task's classes."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mollia.data.cells import Alike
from mollia.data.matching import UNKNOWN, ClassNames, LabelMatcher
from mollia.data.table import shown
from mollia.errors import DataError, NotEnoughLabels
from mollia.records import HumanLabels, Use

MOST_LISTED = 5  # rows named in one sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One person's label of one text; `place` says where it stands, for messages.

    `spellings` are the ways the tool writes the label, the likeliest first. `id` is the row's id where
    the tool kept it; `ours` that mollia put it there. `when` sorts a person's words on a row.
    """

    text: str
    spellings: tuple[str, ...]
    place: str
    who: str = ""
    when: str = ""
    id: str | None = None
    ours: bool = False
    chance: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The words in an export; `left_out` counts what gives no label, by reason; `hint` for when nothing does."""

    source: str
    words: tuple[Word, ...]
    left_out: Mapping[str, int]
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinions:
    """`agreed` has one label per row: the one most people gave; `split` are rows without one.

    `said` holds each person's newest label of each row that is agreed on. `notes` are sentences.
    """

    agreed: HumanLabels
    said: Mapping[str, HumanLabels]
    split: tuple[str, ...]
    notes: tuple[str, ...]


def gathered(source: str, found: Iterable[Word | str], hints: Mapping[str, str]) -> Export:
    """Return words apart from reasons why there is none; the weightiest reason in `hints` gives the hint."""
    words, left_out = [], Counter[str]()
    for each in found:
        if isinstance(each, str):
            left_out[each] += 1
        else:
            words.append(each)
    hint = next((hint for reason, hint in hints.items() if reason in left_out), "")
    return Export(source=source, words=tuple(words), left_out=left_out, hint=hint)


def opinions(
    export: Export, *, classes: ClassNames, ids: Sequence[str], texts: Sequence[str], use: Use = "seed"
) -> Opinions:
    """Match an export's words to rows (n,) and classes, and find what people agree on.

    A row is found by its id where the text agrees (or mollia gave the id), else by its text.

    Raises
    ------
    NotEnoughLabels
        When the export holds no label; the message says why.
    DataError
        On a label that is not a class and a text that is not in the data, with places.
    """
    if not export.words:
        raise NotEnoughLabels(
            f"{export.source} holds no label: {_counted(export.left_out) or 'it is empty'}.",
            hint=export.hint or "Label some tasks and export again.",
        )
    rows, repeated = _rows(export, ids, texts)
    y = _classes(export, LabelMatcher(classes))
    newest: dict[tuple[int, str], int] = {}  # (row, person) -> position of the word
    for position in sorted(range(len(y)), key=lambda at: export.words[at].when):
        newest[rows[position], export.words[position].who] = position
    by_row: dict[int, list[int]] = {}
    for (row, _), position in newest.items():
        by_row.setdefault(row, []).append(position)
    agreed = {
        row: found for row, at in by_row.items() if (found := _majority([y[p] for p in at])) is not None
    }
    split = tuple(ids[row] for row in by_row if row not in agreed)
    chance = {row: max((export.words[p].chance for p in by_row[row]), default=math.nan) for row in agreed}
    people = dict.fromkeys(export.words[position].who for position in newest.values())
    said = {
        who: _labels(
            {row: y[p] for (row, name), p in newest.items() if name == who and row in agreed},
            ids,
            chance,
            use,
        )
        for who in people
    }
    return Opinions(
        agreed=_labels(agreed, ids, chance, use),
        said=said,
        split=split,
        notes=tuple(_notes(export, len(agreed), len(people), split, repeated)),
    )


def _labels(
    of_row: Mapping[int, int], ids: Sequence[str], chance: Mapping[int, float], use: Use
) -> HumanLabels:
    return HumanLabels(
        ids=tuple(ids[row] for row in of_row),
        y=np.array(list(of_row.values()), np.int64),
        chance=np.array([chance[row] for row in of_row], np.float64),
        use=use,
    )


def _majority(labels: Sequence[int]) -> int | None:
    """Return the label given most often; None on a tie."""
    (first, most), *others = Counter(labels).most_common(2)
    return None if others and others[0][1] == most else first


def plain(text: str) -> str:
    """Return a text as tools may give it back: NFC, white space runs as one blank."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _rows(export: Export, ids: Sequence[str], texts: Sequence[str]) -> tuple[list[int], int]:
    """Return each word's row (m,), and how many words fit several rows with the same text."""
    row_of = Alike((id_, row) for row, id_ in enumerate(ids))
    with_text: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        with_text.setdefault(plain(text), []).append(row)
    rows, lost, repeated = [], [], 0
    for word in export.words:
        named = row_of(word.id)
        alike = with_text.get(plain(word.text), [])
        if named is not None and (word.ours or named in alike):
            rows.append(named)
        elif alike:
            rows.append(alike[0])
            repeated += len(alike) > 1
        else:
            lost.append(word)
    if lost:
        more = (
            f" {len(lost) - 1} more: {', '.join(word.place for word in lost[1:MOST_LISTED])}."
            if lost[1:]
            else ""
        )
        raise DataError(
            f"{lost[0].place}: the text “{lost[0].text[:60]}” is not in the data.{more}",
            hint="Import into the task whose rows were labelled; name the text's key with --text if it is another.",
        )
    return rows, repeated


def _classes(export: Export, matcher: LabelMatcher) -> list[int]:
    y, unknown = [], []
    for word in export.words:
        found = next((k for k in map(matcher, word.spellings) if k >= 0), UNKNOWN)
        if found == UNKNOWN:
            unknown.append(word)
        y.append(found)
    if unknown:
        error = matcher.refusal(unknown[0].spellings[0], unknown[0].place)
        others = Counter(word.spellings[0] for word in unknown)
        listed = ", ".join(
            f'"{shown(label)}" ({number})' for label, number in others.most_common(MOST_LISTED)
        )
        raise DataError(
            f"{error.args[0]} Labels that are not classes, with their numbers: {listed}.",
            hint=f"{error.hint.split(' Leave')[0]} Add another spelling as an alias of its class in the task.",
        )
    return y


def _notes(export: Export, n_rows: int, n_people: int, split: Sequence[str], repeated: int) -> list[str]:
    rows, people = "row" if n_rows == 1 else "rows", "person" if n_people == 1 else "people"
    out = [f"{n_rows} {rows} labelled by {n_people} {people}."]
    if export.left_out:
        out.append(f"Left out: {_counted(export.left_out)}.")
    if split:
        more = f" and {len(split) - MOST_LISTED} more" if len(split) > MOST_LISTED else ""
        out.append(
            f"{len(split)} {'row' if len(split) == 1 else 'rows'} got no label, for people gave different ones equally often: "
            f"{', '.join(split[:MOST_LISTED])}{more}."
        )
    if repeated:
        out.append(f"{repeated} labels are of a text that several rows have; its first row got them.")
    return out


def _counted(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in left_out.items())
