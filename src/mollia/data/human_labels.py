"""Labels as people write them, one file row each: read, checked against the pool, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast, get_args

import numpy as np

from mollia.arrays import Rows, Vector
from mollia.data.cells import Alike, number_of
from mollia.data.matching import ClassNames, LabelMatcher, match_column
from mollia.data.read import read_table
from mollia.data.table import Say, Table, as_text, is_blank, quiet, shown
from mollia.errors import DataError, did_you_mean
from mollia.records import HumanLabels, Use
from mollia.strings import positions
from mollia.text_format import UTF_8, TextFormat

MOST_LISTED = 10  # conflicts or unknown ids named in one message
BATCH, BATCH_SIZE = "batch", "batch_size"  # columns: the draw in which a row came, and how many rows it had
MOST = 10**9  # in a column of whole numbers
MOST_COMPARED = 10_000  # ids searched for a close spelling


def read_labels(
    source: object,
    *,
    classes: ClassNames,
    ids: Sequence[str],
    id: str = "id",  # noqa: A002  # the column's name everywhere
    label: str = "label",
    use: Use = "seed",
    text_format: TextFormat = UTF_8,
    say: Say = quiet,
) -> HumanLabels:
    """Read the labels people gave to rows of the pool with these `ids`; blank labels are left out.

    `classes` are K names, or K lists of a name and its aliases (see LabelMatcher). A column
    `chance` gives each row's inclusion probability (NaN where absent or blank), `batch` and `batch_size`
    the draw in which it came and that draw's rows (0 where absent or blank); of a column `use`
    ("seed", "audit" or "review"; blank = "seed") only the rows for `use` are taken.

    Raises
    ------
    DataError
        On a missing column, a label that is not a class, an id that is not in the pool, and an id
        with two different labels; all such ids are listed with their places.
    """
    table = read_table(source, text_format=replace(text_format, spreadsheet=True))
    matcher = LabelMatcher(classes)
    id_column = table.need(id, "the ids of the labelled rows", say=say)
    label_column = table.need(label, "the labels", say=say)
    y = match_column(table, label_column, matcher)
    wanted = [said == use or "use" not in table.columns for said in uses_of(table)]
    chance, batch, size = _chance(table), whole_numbers(table, BATCH), whole_numbers(table, BATCH_SIZE)
    rows = [int(row) for row in np.flatnonzero(y >= 0) if wanted[int(row)]]
    found = known_ids(table, id_column, rows, ids)
    kept: dict[str, int] = {}
    conflicts = []
    for row, row_id in zip(rows, found, strict=True):
        first = kept.setdefault(row_id, row)
        if y[first] != y[row]:
            conflicts.append(
                f'id "{row_id}": "{matcher.names[y[first]]}" ({table.where(first)}) '
                f'but "{matcher.names[y[row]]}" ({table.where(row)})'
            )
    if conflicts:
        rows_given = f"{len(conflicts):,} rows" if len(conflicts) > 1 else "1 row"
        raise DataError(
            f"{table.source} gives {rows_given} two labels: {'; '.join(conflicts[:MOST_LISTED])}.",
            hint="Keep one label for each id.",
        )
    chosen = np.array(list(kept.values()), np.int64)
    return HumanLabels(
        ids=tuple(kept),
        y=y[chosen],
        chance=chance[chosen],
        use=use,
        batch=batch[chosen],
        size=size[chosen],
    )


def labels_by_use(
    source: object,
    *,
    classes: ClassNames,
    ids: Sequence[str],
    id: str = "id",  # noqa: A002  # the column's name everywhere
    label: str = "label",
    text_format: TextFormat = UTF_8,
    say: Say = quiet,
) -> Mapping[Use, HumanLabels]:
    """Read one file's labels for each use; without a column `use` all are for the seed.

    Raises
    ------
    DataError
        As `read_labels`.
    """
    table = read_table(source, text_format=replace(text_format, spreadsheet=True))
    uses: Sequence[Use] = get_args(Use) if "use" in table.columns else ("seed",)
    return {
        use: read_labels(table, classes=classes, ids=ids, id=id, label=label, use=use, say=say)
        for use in uses
    }


def uses_of(table: Table) -> list[Use]:
    """Return each row's use, "seed" where it says none.

    Raises
    ------
    DataError
        On a word that is not a use.
    """
    cells = table.columns.get("use", [None] * len(table))
    uses = ["seed" if is_blank(cell) else str(cell).strip().lower() for cell in cells]
    for row, written in enumerate(uses):
        if written not in get_args(Use):
            raise DataError(
                f'{table.where(row, "use")}: "{cells[row]}" is not a use of a label.'
                f"{did_you_mean(written, get_args(Use))}",
                hint=f"Known: {', '.join(get_args(Use))}. Rename the column if it means something else.",
            )
    return cast("list[Use]", uses)


def _chance(table: Table) -> Vector:
    chance = np.full(len(table), np.nan)
    for row, cell in enumerate(table.columns.get("chance", ())):
        if is_blank(cell):
            continue
        number = number_of(cell)
        chance[row] = -1.0 if number is None else number
        if not 0 < chance[row] <= 1:
            raise DataError(
                f'{table.where(row, "chance")}: "{shown(cell)}" is not an inclusion probability.',
                hint="Expected a number above 0 and at most 1, or a blank cell.",
            )
    return chance


def whole_numbers(table: Table, column: str) -> Rows:
    """Return a column's whole numbers (m,), 0 where the cell is blank or the column is not there.

    Raises
    ------
    DataError
        On a cell that is not a whole number from 0.
    """
    out = np.zeros(len(table), np.int64)
    for row, cell in enumerate(table.columns.get(column, ())):
        number = number_of(cell)
        if number is not None and np.isnan(number):
            continue
        if number is None or not 0 <= number <= MOST or number != int(number):
            raise DataError(
                f'{table.where(row, column)}: "{shown(cell)}" is not a whole number from 0.',
                hint=f'mollia writes the column "{column}"; rename it if it means something else.',
            )
        out[row] = int(number)
    return out


def known_ids(table: Table, column: str, rows: Sequence[int], ids: Sequence[str]) -> list[str]:
    """Return the pool ids of rows, found as `cells.Alike` does: `1.0` is the row `1`.

    Raises
    ------
    DataError
        On ids that are not in the pool.
    """
    written = [as_text(table.columns[column][row]) or "" for row in rows]
    if "" not in written and (positions(ids, written) >= 0).all():
        return written
    alike = Alike((known, known) for known in ids)
    found, unknown = [], []
    for row in rows:
        known = alike(table.columns[column][row])
        if known is None:
            unknown.append(row)
        else:
            found.append(known)
    if unknown:
        first = shown(table.columns[column][unknown[0]])
        close = alike.why_not(table.columns[column][unknown[0]])
        if not close and len(ids) <= MOST_COMPARED:
            close = did_you_mean(first, ids).strip()
        close = f" {close}" if close else ""
        listed = ", ".join(table.where(row) for row in unknown[1:MOST_LISTED])
        more = f" {len(unknown) - 1} more: {listed}." if listed else ""
        raise DataError(
            f'{table.where(unknown[0], column)}: there is no row with the id "{first}" in the data.{close}{more}',
            hint=f"The data's ids look like: {', '.join(ids[:3])}. "
            "Without an id column they are row numbers, from 1.",
        )
    return found
