"""Human labels as a notebook holds them: a column, a list, a Series, a dict, a file; names or numbers, most of them missing."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mollia.arrays import Classes
from mollia.data.cells import number_of
from mollia.data.frames import is_frame
from mollia.data.human_labels import labels_by_use
from mollia.data.matching import BLANK, UNKNOWN, LabelMatcher
from mollia.data.table import Say, as_text, is_blank, quiet
from mollia.errors import DataError, a_kind, did_you_mean
from mollia.records import HumanLabels, Use

MISSING = frozenset({"NAType", "NaTType"})  # pandas' own gaps, known by name so that pandas need not be there
FORMS = "a column's name, one label per row, a Series, a dict from id to label, or a file with the columns id and label"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The n rows that labels are given for: their ids, the index of the data frame they came in, and its columns."""

    ids: Sequence[str]
    index: Sequence[object] | None = None  # pandas'
    columns: Mapping[str, Sequence[object]] | None = None


def given_labels(
    human: object, rows: Rows, classes: Sequence[str], *, say: Say = quiet
) -> Mapping[Use, HumanLabels]:
    """Return the labels given for some of the rows, by use; only a file or frame can name uses other than "seed".

    A label is a class's name or its number; NaN, None, "" and -1 mean that the row is not labelled. Numbers are
    class numbers, unless the class names are numbers themselves.

    Raises
    ------
    DataError
        When there is nothing of that name, lengths differ, an index or id is unknown, or a label is not a class.
    """
    if human is None:
        return {}
    if isinstance(human, HumanLabels):
        _check_ids(human.ids, rows)
        return {human.use: human}
    if isinstance(human, os.PathLike) or (is_frame(human) and hasattr(human, "columns")):
        return labels_by_use(human, classes=classes, ids=rows.ids, say=say)
    cells, where = _cells(human, rows)
    y = class_numbers(cells, classes, where)
    known = np.flatnonzero(y >= 0)
    ids = [rows.ids[row] for row in known.tolist()]
    return {"seed": HumanLabels.of(dict(zip(ids, y[known].tolist(), strict=True)))}


def class_numbers(cells: Sequence[object], classes: Sequence[str], where: str = "the labels") -> Classes:
    """Return the class numbers (n,) of cells that hold names or numbers, -1 where not labelled.

    Raises
    ------
    DataError
        On the first cell that is not a class, with its place.
    """
    match = LabelMatcher(classes)
    gaps = [is_missing(cell) for cell in cells]
    y = np.array([BLANK if gap else match(cell) for cell, gap in zip(cells, gaps, strict=True)], np.int64)
    unknown = np.flatnonzero(y == UNKNOWN).tolist()
    if unknown and not any(_number(name) is not None for name in classes):
        numbers = [_number(cell) for cell in cells]
        if all(gap or number is not None for gap, number in zip(gaps, numbers, strict=True)):
            y = np.array([-1 if number is None else number for number in numbers], np.int64)
            unknown = np.flatnonzero((y < -1) | (y >= len(classes))).tolist()
    elif unknown:  # -1 is no name of a class here
        y[[row for row in unknown if _number(cells[row]) == -1]] = BLANK
        unknown = np.flatnonzero(y == UNKNOWN).tolist()
    if unknown:
        raise _not_a_class(cells[unknown[0]], f"{where}, row {unknown[0] + 1}", match, len(unknown))
    return y


def is_missing(cell: object) -> bool:
    """Tell whether a cell says nothing: None, NaN, "" or a gap of pandas."""
    return type(cell).__name__ in MISSING or is_blank(cell)


def _number(cell: object) -> int | None:
    """Return the whole number that a cell holds, None where it is not one."""
    if isinstance(cell, (bool, np.bool_)) or is_missing(cell):
        return None
    found = number_of(cell)
    if found is None or not np.isfinite(found) or not found.is_integer():
        return None
    return int(found)


def _not_a_class(cell: object, where: str, match: LabelMatcher, n: int) -> DataError:
    found = match.refusal(cell, where)
    number = _number(cell)
    hint = found.hint.replace("Leave the cell blank", "Use None")
    if number is not None:
        hint = f"{hint} Class numbers go from 0 to {len(match.names) - 1}."
    more = f" ({n - 1} more are not.)" if n > 1 else ""
    return DataError(f"{found.args[0]}{more}", hint=hint)


def _cells(human: object, rows: Rows) -> tuple[Sequence[object], str]:
    """Return one cell per row, in the rows' order, and where they come from."""
    if isinstance(human, str):
        return _column(human, rows), f'the column "{human}"'
    if isinstance(human, Mapping):
        return _by_key(list(human), list(human.values()), rows.ids, "ids"), "human"
    if hasattr(human, "index") and not callable(human.index) and hasattr(human, "to_numpy"):
        return _of_series(human, rows), "human"
    return listed_cells(human, len(rows.ids), "human"), "human"


def _column(name: str, rows: Rows) -> Sequence[object]:
    columns = rows.columns or {}
    if name not in columns:
        raise DataError(
            f'human names the column "{name}", which is not there.{did_you_mean(name, columns)}',
            hint=f"Columns: {', '.join(columns)}." if columns else f"Expected {FORMS}.",
        )
    return columns[name]


def _of_series(series: Any, rows: Rows) -> Sequence[object]:  # noqa: ANN401  # pandas need not be there
    """Align a pandas Series by its index: that of the data frame, else the ids; a plain 0, 1, 2, ... is by position."""
    values, keys = list(series), list(series.index)
    if rows.index is not None:
        return values if keys == list(rows.index) else _by_key(keys, values, rows.index, "the index")
    plain = keys == list(range(len(keys)))
    if len(values) == len(rows.ids) and (plain or not {as_text(key) for key in keys} <= set(rows.ids)):
        return values
    return _by_key([as_text(key) for key in keys], values, rows.ids, "ids")


def _by_key(
    keys: Sequence[object], values: Sequence[object], known: Sequence[object], what: str
) -> list[object]:
    """Return a cell per row of `known`, None where `keys` lack it."""
    place = {key: row for row, key in enumerate(known)}
    if len(place) < len(known):
        raise DataError(
            f"The labels cannot be aligned: {what} of the data repeats.",
            hint="Give one label per row instead, in the rows' order: human=labels.to_list().",
        )
    out: list[object] = [None] * len(known)
    for key, value in zip(keys, values, strict=True):
        row = place.get(key, place.get(as_text(key)))
        if row is None:
            raise DataError(
                f"human has a label for {key!r}, which is not among {what} of the data.",
                hint=f"They look like: {', '.join(repr(each) for each in known[:3])}.",
            )
        if out[row] is not None and not is_missing(value) and out[row] != value:
            raise DataError(f"human gives {key!r} two labels: {out[row]!r} and {value!r}.", hint="Keep one.")
        out[row] = None if is_missing(value) else value
    return out


def listed_cells(values: object, n: int, name: str, expected: str = FORMS) -> list[object]:
    """Return n cells of a list, an array, a Series of polars or the like.

    Raises
    ------
    DataError
        On anything else, and on another number of cells.
    """
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__") or not hasattr(values, "__len__"):
        raise DataError(f"{name} is {a_kind(values)}.", hint=f"Expected {expected}.")
    if getattr(values, "ndim", 1) != 1:
        raise DataError(
            f"{name} has the shape {getattr(values, 'shape', '?')}; one entry per row is expected.",
            hint=f"Expected {expected}.",
        )
    to_list = getattr(values, "to_pylist", None) or getattr(values, "tolist", None)  # pyarrow, numpy
    cells = list(values if to_list is None else to_list())
    if len(cells) != n:
        raise DataError(
            f"{name} has {len(cells):,} entries, but there are {n:,} rows.",
            hint=f"Expected {expected}; None where a row has none.",
        )
    return cells


def _check_ids(ids: Sequence[str], rows: Rows) -> None:
    unknown = [id_ for id_ in ids if id_ not in set(rows.ids)] if len(ids) else []
    if unknown:
        raise DataError(
            f'human has a label for the id "{unknown[0]}", which the data lacks.',
            hint=f"The data's ids look like: {', '.join(rows.ids[:3])}.",
        )
