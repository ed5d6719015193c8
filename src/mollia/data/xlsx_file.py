"""Excel workbooks (.xlsx): the first sheet that holds anything, whose first row names the columns.

Read by calamine, written by XlsxWriter (the extra `xlsx`). Cells keep their type: a text that looks like a number or a formula
stays a text.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mollia.data.format import Batch, Format, Rows
from mollia.data.header import Header
from mollia.data.jsonl_file import as_json
from mollia.data.limits import check_whole
from mollia.data.table import EXACT_BELOW, Table, as_text, in_batches
from mollia.errors import DataError, first_line
from mollia.optional import require
from mollia.text_format import TextFormat

EXTRA = "xlsx"
MOST_ROWS, LONGEST = 1_048_576, 32_767  # of a sheet, the header among them; characters of a cell
SHEET = "labels"  # the name of the sheet that is written


def xlsx_batches(path: Path, *, size: int | None = None) -> Iterator[Table]:
    """Read a workbook as tables of `size` rows (None: all), at least one; rows count as in the sheet, the header being 1.

    Raises
    ------
    DataError
        When it is not a workbook, is locked by a password or holds nothing; on a header with repeated names.
    MissingExtra
        Without python-calamine.
    """
    calamine = require("python_calamine", extra=EXTRA, purpose="Reading .xlsx files")
    _check_size(path)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
    except calamine.PasswordError:
        raise DataError(f"{path} is locked by a password.", hint="Save it without one.") from None
    except (calamine.CalamineError, OSError) as error:
        raise DataError(
            f"{path} is not a readable .xlsx file: {first_line(error)}",
            hint="If it is a CSV file, name it so; else save it again in the spreadsheet program.",
        ) from None
    filled = [name for name, sheet in sheets.items() if sheet.height]
    if not filled:
        raise DataError(f"{path} is empty.", hint="Its first sheet begins with a row of column names.")
    read, *others = filled
    source = str(path)
    rows = enumerate(sheets[read].to_python(skip_empty_area=False), 1)
    place, names = next(rows)
    header = Header([as_text(name) or "" for name in names], f"{source}, row {place}", source, unit="row")
    left_out = tuple(f'{source}: read the sheet "{read}", not the sheet "{name}".' for name in others)
    for batch in in_batches(header.fitting(rows), size):
        cells = (
            zip(*(map(_cell, record) for _, record in batch), strict=True)
            if batch
            else [()] * len(header.names)
        )
        yield Table(
            columns=dict(zip(header.names, cells, strict=True)),
            source=source,
            places=tuple(place for place, _ in batch),
            unit="row",
            left_out=(*header.left_out, *left_out),
        )


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            check_whole(
                sum(each.file_size for each in packed.infolist()), str(path), packed=path.stat().st_size
            )
    except zipfile.BadZipFile:
        pass  # an older workbook, or none: calamine says which


def _cell(cell: object) -> object:
    """Return a cell, None where blank; a sheet holds every number as a float."""
    if cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT_BELOW:
        return int(cell)
    return cell


@contextmanager
def xlsx_rows(path: Path, _text: TextFormat) -> Iterator[Rows]:
    """Open a workbook of one sheet for rows.

    Raises
    ------
    DataError
        On more rows than a sheet holds, and a text that is too long for a cell; nothing is cut.
    MissingExtra
        Without XlsxWriter.
    """
    writer = require("xlsxwriter", extra=EXTRA, purpose="Writing .xlsx files")
    as_they_are = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    book = writer.Workbook(str(path), {"constant_memory": True, **as_they_are})
    try:
        yield _Sheet(book.add_worksheet(SHEET))
    finally:
        book.close()


class _Sheet:
    def __init__(self, sheet: Any) -> None:  # noqa: ANN401  # XlsxWriter ships no types
        self.sheet = sheet
        self.n_rows = 0

    def write(self, columns: Batch) -> None:
        if not self.n_rows:
            self._row(list(columns), list(columns))
            self.sheet.freeze_panes(1, 0)
        names = list(columns)
        for cells in zip(*columns.values(), strict=True):
            self._row(cells, names)

    def _row(self, cells: Iterable[object], names: list[str]) -> None:
        if self.n_rows == MOST_ROWS:
            raise DataError(
                f"A sheet holds at most {MOST_ROWS - 1:,} rows below its header.",
                hint="Write a .parquet or .csv file.",
            )
        for column, cell in enumerate(cells):
            self._cell(column, cell, names)
        self.n_rows += 1

    def _cell(self, column: int, cell: object, names: list[str]) -> None:
        if cell is None or (isinstance(cell, float) and math.isnan(cell)):
            return
        at = (self.n_rows, column)
        if isinstance(cell, bool):
            self.sheet.write_boolean(*at, cell)
        elif isinstance(cell, (int, float)) and abs(cell) < EXACT_BELOW:
            self.sheet.write_number(*at, cell)
        else:
            written = cell if isinstance(cell, str) else as_text(cell)
            text = as_json(cell) if written is None else written
            if len(text.encode("utf-16-le")) // 2 > LONGEST:
                raise DataError(
                    f'Row {self.n_rows}, column "{names[column]}": {len(text):,} characters; '
                    f"a cell of a sheet holds {LONGEST:,}.",
                    hint="Write a .csv, .jsonl or .parquet file, which hold any text.",
                )
            if text:
                self.sheet.write_string(*at, text)


def _read(path: Path, _text: TextFormat, *, size: int | None, names: Iterable[str] | None) -> Iterator[Table]:  # noqa: ARG001  # columns are in the file
    return xlsx_batches(path, size=size)


XLSX = Format(read=_read, write=xlsx_rows)
