"""CSV and TSV: cells exactly as written, physical line numbers, nothing repaired in silence."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mollia.data.decode import decode
from mollia.data.table import Table
from mollia.errors import DataError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
SNIFFED_RECORDS = 200
SNIFFED_CHARACTERS = 262_144
LONGEST_CELL = 2**31 - 1  # the largest limit every platform takes


def read_csv(path: Path, *, encoding: str = "utf-8", delimiter: str | None = None) -> Table:
    """Read a table with a header line; blank lines between records are skipped.

    `delimiter` None chooses between comma, semicolon, tab and pipe by the header and the first
    records (a note says which), or obeys a first line `sep=;` as Excel does.

    Raises
    ------
    DataError
        On undecodable bytes, an empty file, a header with repeated names, a record with more or
        fewer cells than the header, and broken quoting; each with file and physical line.
    """
    source = str(path)
    text = decode(path.read_bytes(), source=source, encoding=encoding)
    return parse_csv(text, source=source, delimiter=as_delimiter(delimiter))


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
            f"{name!r} is no delimiter.", hint=f"Use one character, or {', '.join(DELIMITERS.values())}."
        )
    return character


def parse_csv(text: str, *, source: str, delimiter: str | None = None) -> Table:
    """Read a table from CSV text; see `read_csv`."""
    notes: tuple[str, ...] = ()
    skipped = 0
    if announced := re.match(r"sep=([^\r\n])\r?\n", text):
        delimiter = delimiter or announced[1]
        text, skipped = text[announced.end() :], 1
    if delimiter is None:
        delimiter = sniff(text)
        if delimiter != ",":
            notes = (f"{source}: took the {DELIMITERS[delimiter]} as separator of cells.",)
    header, rows, places = _records(text, source, delimiter, skipped)
    _check_header(header, f"{source}:{places[0]}")
    _check_widths(header, rows, places[1:], source, delimiter)
    columns: Mapping[str, Sequence[str]] = dict(
        zip(header, zip(*rows, strict=True) if rows else [()] * len(header), strict=True)
    )
    return Table(columns=columns, source=source, places=tuple(places[1:]), delimiter=delimiter, notes=notes)


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
    csv.field_size_limit(LONGEST_CELL)
    widths = []
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    for record in reader:
        if record:
            widths.append(len(record))
        if len(widths) == SNIFFED_RECORDS:
            return widths
    return widths[:-1] if cut and len(widths) > 1 else widths


def _records(
    text: str, source: str, delimiter: str, skipped: int
) -> tuple[list[str], list[list[str]], list[int]]:
    """Return the header, the other records, and all their first physical lines."""
    csv.field_size_limit(LONGEST_CELL)
    records: list[list[str]] = []
    places: list[int] = []
    last = 0
    # newline="" leaves line ends as they are; only \n, \r and \r\n end a line
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for record in reader:
            if record:
                records.append(record)
                places.append(last + 1 + skipped)
            last = reader.line_num
    except csv.Error as error:
        raise _broken(error, f"{source}:{last + 1 + skipped}") from None
    if not records:
        raise DataError(f"{source} is empty.", hint="A table begins with a line of column names.")
    return records[0], records[1:], places


def _broken(error: csv.Error, where: str) -> DataError:
    if "unexpected end" in str(error):
        return DataError(
            f"{where}: a quoted cell begins here and never ends.",
            hint='Close it with ", or write a quote inside a quoted cell twice ("").',
        )
    return DataError(
        f"{where}: broken quoting ({error}).",
        hint='Put the whole cell in quotes, and write a quote inside it twice ("").',
    )


def _check_header(header: list[str], where: str) -> None:
    for name, times in Counter(header).items():
        if times > 1 and not name:
            raise DataError(
                f"{where}: {times} columns have no name.", hint="Name them in the first line, or delete them."
            )
        if times > 1:
            raise DataError(f'{where}: {times} columns are called "{name}".', hint="Give each its own name.")


def _check_widths(
    header: list[str], rows: Iterable[list[str]], places: Iterable[int], source: str, delimiter: str
) -> None:
    for row, place in zip(rows, places, strict=True):
        if len(row) != len(header):
            said = DELIMITERS.get(delimiter, repr(delimiter))
            raise DataError(
                f"{source}:{place}: {len(row)} cells, expected {len(header)} as in the header "
                f"({', '.join(header)[:80]}).",
                hint=f"Cells are separated by {said}: quote cells that contain it, or give --delimiter.",
            )


class _ShortLines:
    r"""Takes csv.writer's records, which end in \r\n, and keeps them ending in \n.

    With \n as its own terminator the writer of Python before 3.13 leaves a lone \r unquoted.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, record: str) -> None:
        self.lines.append(record[:-2] + "\n")


def csv_lines(columns: Mapping[str, Sequence[str]], *, delimiter: str = ",") -> list[str]:
    """Return the records of a CSV file, header first; reading them gives the same cells."""
    out = _ShortLines()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return out.lines
