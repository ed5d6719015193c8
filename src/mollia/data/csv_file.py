"""CSV and TSV: cells exactly as written, physical line numbers, nothing repaired in silence."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import chain
from pathlib import Path

from mollia.data import csv_plain
from mollia.data.cells import marked, unmarked
from mollia.data.csv_cells import written
from mollia.data.decode import codec_name, text_lines
from mollia.data.format import Batch, Format, Rows
from mollia.data.header import DELIMITERS, Header
from mollia.data.limits import CELL, check_columns, long_cell
from mollia.data.table import Table, in_batches
from mollia.data.text_rows import text_rows
from mollia.errors import DataError
from mollia.text_format import TextFormat

SNIFFED_RECORDS = 200
SNIFFED_CHARACTERS = 262_144


def csv_batches(
    lines: Iterable[str], *, source: str, delimiter: str | None = None, size: int | None = None
) -> Iterator[Table]:
    """Read lines, the first the header, as tables of `size` rows (None: all); at least one table.

    Blank lines between records are skipped. `delimiter` None chooses between comma, semicolon, tab
    and pipe by the header and the first records (a note says which), or obeys a first line `sep=;`
    as Excel does.

    Raises
    ------
    DataError
        On an empty file, a header with repeated names, a record with more or fewer cells than the
        header, and broken quoting; each with file and physical line. The first fault is told.
    """
    delimiter = as_delimiter(delimiter)
    notes: tuple[str, ...] = ()
    left, skipped = iter(lines), 0
    first = next(left, "")
    if announced := re.fullmatch(r"sep=([^\r\n])\r?\n", first):
        delimiter, skipped = delimiter or announced[1], 1
    else:
        left = chain([first], left)
    if delimiter is None:
        head = _head(left)
        left = chain(head, left)
        delimiter, notes = _sniffed("".join(head), source)
    records = _records(left, source, delimiter, skipped)
    place, header = next(records, (0, []))
    if not header:
        raise DataError(f"{source} is empty.", hint="A table begins with a line of column names.")
    known = Header(header, f"{source}:{place}", source, delimiter)
    for batch in in_batches(known.fitting(records), size):
        cells = zip(*(record for _, record in batch), strict=True) if batch else [()] * len(known.names)
        columns: Mapping[str, Sequence[str]] = dict(zip(known.names, cells, strict=True))
        places = tuple(place for place, _ in batch)
        yield Table(
            columns=columns,
            source=source,
            places=places,
            delimiter=delimiter,
            notes=notes,
            left_out=known.left_out,
        )


def _head(lines: Iterator[str]) -> list[str]:
    """Take the lines that `sniff` looks at, and whether more follow."""
    head, length = [], 0
    for line in lines:
        head.append(line)
        length += len(line)
        if length > SNIFFED_CHARACTERS:
            break
    return head


def as_delimiter(name: str | None) -> str | None:
    r"""Return a delimiter from how people write it: a character, its name, or `\t`.

    Raises
    ------
    DataError
        When it is neither.
    """
    if name is None or name == "":
        return None
    named = {word: character for character, word in DELIMITERS.items()} | {"\\t": "\t"}
    character = named.get(name.lower(), name)
    if len(character) != 1 or character in '"\r\n':
        raise DataError(
            f"{name!r} is not a delimiter.", hint=f"Use one character, or {', '.join(DELIMITERS.values())}."
        )
    return character


def sniff(text: str) -> str:
    """Return the delimiter that splits the header, and the first records into as many cells.

    Among equals the one with most columns wins; a header without any means one column, ",".
    """
    sample = text[:SNIFFED_CHARACTERS]
    best, best_score = ",", (0.0, 1)
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter, cut=len(text) > len(sample))
        if not widths or widths[0] == 1:
            continue
        score = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str, *, cut: bool) -> list[int]:
    csv.field_size_limit(CELL)
    widths = []
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    for record in reader:
        if record:
            widths.append(len(record))
        if len(widths) == SNIFFED_RECORDS:
            return widths
    return widths[:-1] if cut and len(widths) > 1 else widths


def _records(
    lines: Iterable[str], source: str, delimiter: str, skipped: int
) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with its first physical line."""
    csv.field_size_limit(CELL)
    last = skipped
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for record in reader:
            if record:
                yield last + 1, record
            last = reader.line_num + skipped
    except csv.Error as error:
        raise _broken(error, f"{source}:{last + 1}") from None


def _broken(error: csv.Error, where: str) -> DataError:
    if "field limit" in str(error):
        return long_cell(where)
    if "unexpected end" in str(error):
        return DataError(
            f"{where}: a quoted cell begins here and never ends.",
            hint='Close it with ", or write a quote inside a quoted cell twice ("").',
        )
    return DataError(
        f"{where}: broken quoting ({error}).",
        hint='Put the whole cell in quotes, and write a quote inside it twice ("").',
    )


class _ShortLines:
    r"""Takes csv.writer's records, which end in \r\n, and keeps them ending in \n.

    With \n as its own terminator the writer of Python before 3.13 leaves a lone \r unquoted.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, record: str) -> None:
        self.lines.append(record[:-2] + "\n")


def csv_lines(
    columns: Mapping[str, Sequence[str]], *, delimiter: str = ",", header: bool = True
) -> list[str]:
    """Return the records of a CSV file, the header first; reading them gives the same cells."""
    out = _ShortLines()
    writer = csv.writer(out, delimiter=delimiter)
    if header:
        writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return out.lines


class _CsvLines:
    """The records of batch after batch, below one header."""

    def __init__(self, delimiter: str, *, spreadsheet: bool) -> None:
        self.delimiter = delimiter
        self.spreadsheet = spreadsheet
        self.safe = marked if spreadsheet else str
        self.header = True

    def __call__(self, columns: Batch) -> list[str]:
        cells_of = {self.safe(name): self._safe(written(cells)) for name, cells in columns.items()}
        lines = csv_lines(cells_of, delimiter=self.delimiter, header=self.header)
        self.header = False
        return lines

    def _safe(self, cells: list[str]) -> list[str]:
        return [marked(cell) for cell in cells] if self.spreadsheet else cells


def _read(path: Path, text: TextFormat, *, size: int | None, names: Iterable[str] | None) -> Iterator[Table]:  # noqa: ARG001  # columns are in the file
    plain = None if size is not None or text.spreadsheet else _plain(path, text)
    if plain is not None:
        yield plain
        return
    lines = text_lines(path, encoding=text.encoding)
    for table in csv_batches(lines, source=str(path), delimiter=text.delimiter, size=size):
        yield _unmarked(table) if text.spreadsheet else table


def _plain(path: Path, text: TextFormat) -> Table | None:
    """Return a large and plainly written file's table, None where it has to be read exactly."""
    if codec_name(text.encoding) not in {"utf-8", "utf-8-sig"} or path.stat().st_size < csv_plain.LEAST:
        return None
    delimiter = as_delimiter(text.delimiter)
    notes: tuple[str, ...] = ()
    if delimiter is None:
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                head = _head(file)
        except UnicodeDecodeError:
            return None
        delimiter, notes = _sniffed("".join(head), str(path))
        if head[0].startswith("sep="):
            return None
    found = csv_plain.read_plain(path, delimiter)
    if found is None:
        return None
    columns = dict(zip(found.names, found.columns, strict=True))
    places = found.places if isinstance(found.places, range) else found.places.tolist()
    check_columns(columns, str(path))
    return Table(columns=columns, source=str(path), places=places, delimiter=delimiter, notes=notes)


def _sniffed(head: str, source: str) -> tuple[str, tuple[str, ...]]:
    """Return the delimiter by a file's first lines, and a sentence where it is not the comma."""
    delimiter = sniff(head)
    return delimiter, () if delimiter == "," else (
        f"{source}: took the {DELIMITERS[delimiter]} as separator of cells.",
    )


def _unmarked(table: Table) -> Table:
    """Return a table as it was before its cells were made safe for spreadsheet programs."""
    names = [unmarked(name) for name in table.columns]
    if len(set(names)) < len(names):  # a file that mollia did not write
        names = list(table.columns)
    cells = ([unmarked(str(cell)) for cell in column] for column in table.columns.values())
    return replace(table, columns=dict(zip(names, cells, strict=True)))


def _read_tabs(
    path: Path, text: TextFormat, *, size: int | None, names: Iterable[str] | None
) -> Iterator[Table]:
    tabs = replace(text, delimiter=text.delimiter or "\t")
    for table in _read(path, tabs, size=size, names=names):
        yield replace(table, delimiter=None)  # which the name of the file says


def _write(path: Path, text: TextFormat) -> AbstractContextManager[Rows]:
    lines = _CsvLines(as_delimiter(text.delimiter) or ",", spreadsheet=text.spreadsheet)
    return text_rows(path, text, lines)


def _write_tabs(path: Path, text: TextFormat) -> AbstractContextManager[Rows]:
    return _write(path, replace(text, delimiter="\t"))


CSV = Format(read=_read, write=_write)
TXT = Format(read=_read)
TSV = Format(read=_read_tabs, write=_write_tabs)
TAB = Format(read=_read_tabs)
