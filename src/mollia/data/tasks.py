"""Rows on their way to another labelling tool, each with what mollia thinks of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Vector, read_only
from mollia.data.files import existing, file_batches
from mollia.data.table import Table
from mollia.data.write_table import replacing
from mollia.errors import DataError, did_you_mean

ID, CHANCE = "mollia_id", "mollia_chance"  # travel with a task and come back with its label
QUESTION, TEXT = "label", "text"  # how the tools call what is asked, and what is shown
DIGITS, CHANCE_DIGITS = 4, 9  # of a score, of an inclusion probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Where a tool's export keeps what is needed: the text, the row's id, and the question asked.

    None: `text` is the key "text" or the only string, `question` the only one.
    """

    text: str | None = None
    id: str = "id"
    question: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One row of Tasks; None where there is no proposal or the row was not drawn."""

    id: str
    text: str
    label: str | None
    score: float | None
    chance: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """n rows to label: `label` (n,) is the proposal, -1 = none; `score` (n,) its confidence, NaN = none.

    `chance` (n,) is each row's inclusion probability, NaN where the rows were not drawn. `model` names
    what proposed, with its version.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    classes: tuple[str, ...]
    label: Classes
    score: Vector
    chance: Vector
    model: str
    instruction: str = ""

    def __post_init__(self) -> None:
        for name, dtype in (("label", np.int64), ("score", np.float64), ("chance", np.float64)):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype))

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[TaskRow]:
        for row, (id_, text) in enumerate(zip(self.ids, self.texts, strict=True)):
            k = int(self.label[row])
            yield TaskRow(
                id=id_,
                text=text,
                label=self.classes[k] if k >= 0 else None,
                score=_known(self.score[row], DIGITS),
                chance=_known(self.chance[row], CHANCE_DIGITS),
            )


def _known(value: float, digits: int) -> float | None:
    return None if math.isnan(value) else round(float(value), digits)


def records_of(path: Path) -> tuple[Table, list[tuple[str, Mapping[str, object]]]]:
    """Read an export (.json: one list; .jsonl: one object a line); return each record with its place.

    Raises
    ------
    DataError
        When the file is no such list.
    """
    (table,) = file_batches(existing(path))
    rows = zip(*table.columns.values(), strict=True)
    return table, [
        (table.where(row), dict(zip(table.columns, cells, strict=True))) for row, cells in enumerate(rows)
    ]


def write_json(path: Path, value: object) -> None:
    """Write JSON for people to read; the file appears whole or not at all."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text; the file appears whole or not at all."""
    with replacing(path) as unfinished:
        unfinished.write_text(text, "utf-8")


def text_of(fields: Mapping[str, object], name: str | None) -> str | None:
    """Return the text among a task's fields: `name`, else "text", else the only string; None if unclear."""
    for key in (name, TEXT):
        if key is not None and isinstance(fields.get(key), str):
            return str(fields[key])
    strings = [
        value for key, value in fields.items() if isinstance(value, str) and not key.startswith("mollia_")
    ]
    return strings[0] if len(strings) == 1 else None


def only(questions: Iterable[str], wanted: str | None, source: str) -> str | None:
    """Return the question to read: `wanted`, or the only one; None without any.

    Raises
    ------
    DataError
        When there are several and none is named, or the one named is not there.
    """
    found = list(dict.fromkeys(questions))
    if wanted is None and len(found) < 2:  # noqa: PLR2004  # no choice
        return found[0] if found else None
    if wanted in found:
        return wanted
    listed = ", ".join(f'"{name}"' for name in found) or "none"
    asked = f'no question "{wanted}"{did_you_mean(wanted, found)}' if wanted else "several questions"
    raise DataError(
        f"{source} has {asked}: its questions are {listed}.",
        hint="Name the one with the label: --question NAME.",
    )


def chance_of(value: object) -> float:
    """Return an inclusion probability that travelled with a task, NaN where it is none."""
    usable = isinstance(value, (int, float)) and 0 < value <= 1
    return float(value) if usable and isinstance(value, (int, float)) else math.nan


def first_known(*values: object) -> str | None:
    """Return the first value that is not None, as a string."""
    return next((str(value) for value in values if value is not None), None)
