"""A table as read: named columns, and where each row stands in its source."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, Protocol, TypeVar, runtime_checkable

from mollia.arrays import Mask
from mollia.errors import DataError, did_you_mean

EXACT_BELOW = 2**53  # floats up to here hold every whole number
MOST_LISTED = 20  # names in a message
MOST_SHOWN = 80  # characters of a cell in a message
Say = Callable[[str], None]  # takes a sentence for the person
T = TypeVar("T")


def quiet(_sentence: str, /) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns of n cells in the source's order.

    Cells of a CSV file are strings exactly as written, "" where blank; cells of typed sources
    keep their type, None where missing. `places` (n,) are physical line numbers (`unit` "line",
    1 = first line of the file) or row numbers (`unit` "row", 1 = first row). `delimiter` is a
    CSV file's; `notes` are sentences about choices made while reading, `left_out` about what was not read. `blank` is how many rows without
    a single cell were left out, and where the first stood.
    """

    columns: Mapping[str, Sequence[object]]
    source: str
    places: Sequence[int]
    unit: Literal["line", "row"] = "line"
    delimiter: str | None = None
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    blank: tuple[int, int] = (0, 0)

    def __len__(self) -> int:
        return len(self.places)

    def where(self, row: int, column: str | None = None) -> str:
        """Return `file:line, column "x"` for a row (a position, 0 = first)."""
        place = self.places[row]
        at = f"{self.source}:{place}" if self.unit == "line" else f"{self.source}, row {place}"
        return at if column is None else f'{at}, column "{column}"'

    @property
    def kept_places(self) -> Sequence[int]:
        """The places, in a sequence that nobody can change."""
        return self.places if isinstance(self.places, range) else tuple(self.places)

    def find(self, name: str, *, say: Say = quiet) -> str | None:
        """Return the column called `name`, or None.

        An exact match wins; else case and blanks at the ends are ignored, which `say` is told.

        Raises
        ------
        DataError
            When several columns match so.
        """
        if name in self.columns:
            return name
        alike = [column for column in self.columns if fold(column) == fold(name)]
        if len(alike) > 1:
            several = listed_in_quotes(alike)
            raise DataError(
                f'{self.source} has several columns that could be "{name}": {several}.',
                hint="Write the name exactly as in the file.",
            )
        if alike:
            say(f'{self.source}: took column "{alike[0]}" as "{name}".')
        return alike[0] if alike else None

    def need(self, name: str, what: str, *, say: Say = quiet) -> str:
        """Return the column called `name` as `find` does; it holds `what`.

        Raises
        ------
        DataError
            When there is none; the message lists the columns.
        """
        column = self.find(name, say=say)
        if column is None:
            known = [f'"{each}"' for each in self.columns]
            raise DataError(
                f'{self.source} has no column "{shown(name)}" ({what}).{did_you_mean(name, self.columns)}',
                hint=f"Its columns are: {listed(known)}.",
            )
        return column


def in_batches(rows: Iterable[T], size: int | None) -> Iterator[list[T]]:
    """Yield rows `size` at a time, all at once for None; without any row, one empty list."""
    left = iter(rows)
    yield list(islice(left, size))
    while batch := list(islice(left, size)):
        yield batch


def pieces(table: Table, size: int | None) -> Iterator[Table]:
    """Yield a table `size` rows at a time, at once for None."""
    step = size or len(table)
    for at in range(0, len(table), step):
        columns = {name: cells[at : at + step] for name, cells in table.columns.items()}
        yield replace(table, columns=columns, places=table.places[at : at + step])


def without_blank(table: Table) -> Table:
    """Return a table without its rows that hold nothing: what spreadsheet programs leave below and between.

    Of a table with one column each row counts: a blank text is a row.
    """
    if len(table.columns) < 2:  # noqa: PLR2004  # the same
        return table
    rows: Sequence[int] = range(len(table))
    for cells in table.columns.values():
        if isinstance(cells, Typed) and len(rows) == len(table):
            rows = [row for row, empty in enumerate(cells.blank.tolist()) if empty]
        else:
            rows = [row for row in rows if is_blank(cells[row])]
        if not rows:
            return table
    gone = set(rows)
    kept = [row for row in range(len(table)) if row not in gone]
    return replace(
        table,
        columns={name: _some(cells, kept) for name, cells in table.columns.items()},
        places=[table.places[row] for row in kept],
        blank=(table.blank[0] + len(rows), table.blank[1] or table.places[rows[0]]),
    )


def _some(cells: Sequence[object], rows: Sequence[int]) -> Sequence[object]:
    if isinstance(cells, Typed):
        return cells.some(rows)
    return [cells[row] for row in rows]


@runtime_checkable
class Typed(Protocol):
    """A column that keeps a type beside its cells; `blank` (n,) says which are empty."""

    @property
    def blank(self) -> Mask:
        """Which cells are empty, as `is_blank` says."""
        ...

    def some(self, rows: Sequence[int], /) -> Sequence[object]:
        """Return the cells of some rows, with the column's type."""
        ...


def without_nameless(table: Table, nameless: Iterable[str]) -> Table:
    """Return a table without columns of these names, which hold nothing; a note says so."""
    gone = set(nameless) & table.columns.keys()
    if not gone or len(gone) == len(table.columns):
        return table
    note = f"{table.source}: left out a column without a name and without a cell."
    columns = {name: cells for name, cells in table.columns.items() if name not in gone}
    return replace(table, columns=columns, left_out=(*table.left_out, note))


def nameless(table: Table) -> set[str]:
    """Return the names of columns that are blank, as are all their cells."""
    return {
        name
        for name, cells in table.columns.items()
        if not name.strip() and all(is_blank(cell) for cell in cells)
    }


def blank_note(source: str, unit: str, blank: tuple[int, int]) -> tuple[str, ...]:
    """Return a sentence about the rows left out because they are blank; () for none."""
    number, first = blank
    if not number:
        return ()
    rows = "1 blank row" if number == 1 else f"{number} blank rows"
    return (f"{source}: skipped {rows} ({'the first is ' * (number > 1)}{unit} {first}).",)


def fold(name: str) -> str:
    """Return a name without case, blanks at its ends and Unicode form."""
    return unicodedata.normalize("NFC", name).strip().casefold()


def is_blank(cell: object) -> bool:
    """Tell whether a cell is empty: None, NaN, "" or white space; "NA" and "null" are not."""
    if cell is None:
        return True
    if isinstance(cell, str):
        return not cell or cell.isspace()
    return isinstance(cell, float) and cell != cell  # noqa: PLR0124  # NaN


def as_text(cell: object) -> str | None:
    """Return a cell as a string, "" where missing, None where it is not a scalar.

    Whole floats lose their ".0": that is what a typed column makes of whole numbers with gaps.
    """
    if isinstance(cell, str):
        return cell
    if is_blank(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT_BELOW:
        return str(int(cell))
    if isinstance(cell, (bytes, bytearray, list, tuple, dict, set)) or getattr(cell, "ndim", False):
        return None
    try:
        return str(cell)
    except ValueError:  # a whole number of more digits than Python writes
        return hex(cell) if isinstance(cell, int) else None


def shown(cell: object) -> str:
    """Return a cell as a message shows it: on one line, and cut."""
    written = as_text(cell)
    line = " ".join((repr(cell) if written is None else written).split())
    return line if len(line) <= MOST_SHOWN else f"{line[:MOST_SHOWN]} …"


def listed(names: Sequence[str]) -> str:
    """Return names as a message lists them: the first few, and how many there are."""
    first = ", ".join(shown(name) for name in names[:MOST_LISTED])
    return first if len(names) <= MOST_LISTED else f"{first}, … ({len(names)} in all)"


def listed_in_quotes(names: Iterable[str]) -> str:
    """Return columns' names as a message lists them, each in quotes."""
    return listed([f'"{name}"' for name in names])


def check_writable(text: str, where: str) -> None:
    """Refuse half characters (lone surrogates), which no file or server takes.

    Raises
    ------
    DataError
        With the place and the half character.
    """
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"{where}: {text[error.start]!r} is half a character (a lone surrogate).",
            hint="The file was damaged when it was written: repair or remove that character.",
        ) from None
