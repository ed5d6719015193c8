"""Large CSV files that are plainly written, read as Arrow columns; all others are left to `csv_file`.

A file is plain when it is UTF-8 without NUL bytes, lines end in LF or CRLF, every record has as many cells as the header, every
quote opens a cell, closes one or is doubled inside one, and no line is very long. Arrow then splits it as Python's csv module does;
where a file is anything else, the exact reader reads it from its beginning, and tells what is wrong.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mollia.arrays import Mask, Rows
from mollia.data.arrow_column import ArrowColumn

LEAST = 8 * 2**20  # bytes from which on a file is looked at; of a smaller one nothing is to be gained
LONGEST = 2**20  # bytes of a line
BLOCK = 2**24  # bytes split at a time
HEAD = 2**18  # bytes in which the header ends
LF, CR, QUOTE = (ord(character) for character in '\n\r"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """The header's names, the columns as strings, and each record's first physical line (n,)."""

    names: list[str]
    columns: list[ArrowColumn]
    places: range | Rows


def read_plain(path: Path, delimiter: str) -> Plain | None:
    """Return a plain file's columns, None where it has to be read exactly."""
    if path.stat().st_size < LEAST or delimiter in '"\r\n' or not delimiter.isascii():
        return None
    text = np.memmap(path, np.uint8, "r")
    begin = 3 if text[:3].tobytes() == b"\xef\xbb\xbf" else 0
    seen = _look(text[begin:], ord(delimiter))
    if seen is None:
        return None
    try:
        header = text[begin : begin + seen.ends[0]].tobytes().decode()
    except UnicodeDecodeError:
        return None
    names = next(csv.reader(io.StringIO(header, newline=""), delimiter=delimiter))
    if len(set(names)) < len(names) or not all(name.strip() for name in names):
        return None
    columns = _split(path, names, delimiter, inside=seen.inside)
    if columns is None or len(columns[0]) != len(seen.starts) - 1:
        return None
    return Plain(names=names, columns=columns, places=seen.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Where records end (m,) and begin, the header's first; `lines` (m,) that each begins on; `inside`: cells hold line ends."""

    ends: Rows
    starts: Rows
    lines: Rows
    inside: bool

    @property
    def places(self) -> range | Rows:
        """The lines of all records but the header."""
        if not self.inside and (np.diff(self.lines) == 1).all():
            return range(int(self.lines[0]) + 1, int(self.lines[0]) + len(self.lines))
        return self.lines[1:]


def _look(text: Any, delimiter: int) -> _Seen | None:  # noqa: ANN401  # bytes (n,), in memory or on the disk
    """Find the records; None where the file is not plain."""
    breaks, quotes = _found(text, LF), _found(text, QUOTE)
    last = len(text) - 1
    if not len(breaks) or _found(text, 0).size or not _quoted(text, quotes, delimiter):
        return None
    returns = _found(text, CR)
    if len(returns) and (returns[-1] == last or (text[returns + 1] != LF).any()):
        return None
    if breaks[-1] != last:
        breaks = np.append(breaks, last + 1)
    ends = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    lines = np.searchsorted(breaks, ends)  # the number of the last line of each record, from 0
    starts = np.append(0, ends[:-1] + 1)
    size = ends - starts - (text[np.maximum(ends - 1, 0)] == CR)
    filled = size > 0
    if size.max(initial=0) > LONGEST or not filled[0] or ends[0] > HEAD:
        return None
    first = np.append(0, lines[:-1] + 1) + 1
    return _Seen(
        ends=ends[filled], starts=starts[filled], lines=first[filled], inside=len(ends) < len(breaks)
    )


def _found(text: Any, byte: int) -> Rows:  # noqa: ANN401  # the same
    parts = [np.flatnonzero(text[at : at + BLOCK] == byte) + at for at in range(0, len(text), BLOCK)]
    return np.concatenate([*parts, np.zeros(0, np.int64)])


def _quoted(text: Any, quotes: Rows, delimiter: int) -> bool:  # noqa: ANN401  # the same
    """Tell whether quotes open a cell, close one, or are doubled inside one, and no other byte is where they are not."""
    if len(quotes) % 2:
        return False
    opens, closes = quotes[::2], quotes[1::2]
    before = np.where(opens > 0, text[np.maximum(opens - 1, 0)], LF)
    after = np.where(closes < len(text) - 1, text[np.minimum(closes + 1, len(text) - 1)], LF)
    # A quote doubled inside a cell closes it and opens it again at once.
    again: Mask = np.append(False, opens[1:] == closes[:-1] + 1)
    goes_on: Mask = np.append(opens[1:] == closes[:-1] + 1, False)
    opened = again | (before == delimiter) | (before == LF)
    closed = goes_on | (after == delimiter) | (after == LF) | (after == CR)
    return bool(opened.all() and closed.all())


def _split(path: Path, names: list[str], delimiter: str, *, inside: bool) -> list[ArrowColumn] | None:
    """Return the columns as strings, None where Arrow finds the file wrong."""
    import pyarrow as pa  # noqa: PLC0415  # heavy
    from pyarrow import csv as arrow_csv  # noqa: PLC0415  # heavy

    try:
        table = arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(block_size=BLOCK),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=inside),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[], strings_can_be_null=False
            ),
        )
    except pa.ArrowException:
        return None
    return [ArrowColumn(column) for column in table.columns] if table.column_names == names else None
