"""The records of another labelling tool's export: where the text, the id and the label of each are found."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mollia.data.files import existing, file_batches
from mollia.data.table import Table
from mollia.errors import DataError, did_you_mean
from mollia.exchange.tasks import TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Where a tool's export keeps what is needed: the text, the row's id, and the question asked.

    None: `text` is the key "text" or the only string, `question` the only one.
    """

    text: str | None = None
    id: str = "id"
    question: str | None = None


def records_of(path: Path) -> tuple[Table, list[tuple[str, Mapping[str, object]]]]:
    """Read an export (.json: one list; .jsonl: one object a line); return each record with its place.

    Raises
    ------
    DataError
        When the file is not such a list.
    """
    (table,) = file_batches(existing(path))
    rows = zip(*table.columns.values(), strict=True)
    return table, [
        (table.where(row), dict(zip(table.columns, cells, strict=True))) for row, cells in enumerate(rows)
    ]


def text_of(fields: Mapping[str, object], name: str | None) -> str | None:
    """Return the text among a task's fields: `name`, else "text", else the only string; None if unclear."""
    for key in (name, TEXT):
        if key is not None and isinstance(fields.get(key), str):
            return str(fields[key])
    strings = [
        value for key, value in fields.items() if isinstance(value, str) and not key.startswith("mollia_")
    ]
    return strings[0] if len(strings) == 1 else None


def needed_text(fields: Mapping[str, object], name: str | None, place: str, *, what: str = "line") -> str:
    """Return the text among a task's fields, found as by `text_of`.

    Raises
    ------
    DataError
        When there is none, or it is unclear which one it is.
    """
    found = text_of(fields, name)
    if found is None:
        raise DataError(f"{place}: no text in this {what}.", hint="Name the key that holds it: --text KEY.")
    return found


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
