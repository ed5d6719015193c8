"""JSON lines (one object a line) and JSON (one list of objects); nested values stay as they are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain
from pathlib import Path

from mollia.data.columns_in_arrow import in_arrow
from mollia.data.decode import text_lines
from mollia.data.format import Format, Rows
from mollia.data.limits import DIGITS, check_columns, check_whole
from mollia.data.table import Table, in_batches, pieces, shown
from mollia.data.text_rows import text_rows
from mollia.errors import DataError
from mollia.text_format import TextFormat

LARGE = 8 * 2**20  # bytes from which on cells are kept in Arrow memory
AT_ONCE = 8192  # rows of such a file that are Python objects at a time
WHOLE_JSON = 4  # times as much memory as on disk, for objects


def jsonl_batches(
    lines: Iterable[str], *, source: str, size: int | None = None, names: Iterable[str] | None = None
) -> Iterator[Table]:
    """Read one object a line as tables of `size` rows (None: all); blank lines are skipped.

    The columns are `names`, or the keys of the table's own lines in the order they first occur; a
    key that a line lacks reads as None.

    Raises
    ------
    DataError
        On an empty file, or a line that is not a JSON object, with its number.
    """
    for batch in in_batches(_records(lines, source), size):
        columns = _columns([record for _, record in batch], source, names)
        yield Table(columns=columns, source=source, places=tuple(number for number, _ in batch))


def read_json(text: str, *, source: str, names: Iterable[str] | None = None) -> Table:
    """Read a list of objects, each a row; columns are as in `jsonl_batches`.

    Raises
    ------
    DataError
        When the text holds anything else.
    """
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{source} is not JSON: {_said(error)}.", hint="One object per line? Call the file .jsonl."
        ) from None
    hint = 'Expected: [{"text": "..."}, ...], or a .jsonl file.'
    if not isinstance(found, list):
        raise DataError(f"{source} does not hold a list of objects.", hint=hint)
    other = next((row for row, record in enumerate(found, 1) if not isinstance(record, dict)), None)
    if other is not None:
        raise DataError(
            f"{source}, row {other}: a JSON {type(found[other - 1]).__name__}, expected an object.", hint=hint
        )
    places = range(1, len(found) + 1)
    return Table(columns=_columns(found, source, names), source=source, places=places, unit="row")


def _records(lines: Iterable[str], source: str) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in enumerate(lines, 1):
        if line and not line.isspace():
            yield number, _record(line, f"{source}:{number}")


def _record(line: str, where: str) -> dict[str, object]:
    try:
        record = ONE_OBJECT.decode(line)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{where}: not JSON: {_said(error, line=True)}.", hint="Each line must be one JSON object."
        ) from None
    if not isinstance(record, dict):
        raise DataError(
            f"{where}: a JSON {type(record).__name__}, expected an object.",
            hint='Each line must look like {"text": "..."}.',
        )
    return record


class _TwiceError(ValueError):
    """A key stands twice in one object."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object's keys and values; what Python's reader would drop in silence is an error."""
    out = dict(pairs)
    if len(out) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise _TwiceError(f'the key "{shown(twice)}" stands twice in one object')
    return out


ONE_OBJECT = json.JSONDecoder(object_pairs_hook=_once)


def _said(error: Exception, *, line: bool = False) -> str:
    if isinstance(error, json.JSONDecodeError):
        at = f"character {error.pos + 1}" if line else f"line {error.lineno}, character {error.colno}"
        return f"{error.msg.removesuffix(' at')} at {at}"
    if isinstance(error, _TwiceError):
        return str(error)
    if isinstance(error, ValueError):
        return f"a number of more than {DIGITS:,} digits"
    return "nested too deeply"


def _columns(
    records: list[dict[str, object]], source: str, names: Iterable[str] | None
) -> Mapping[str, Sequence[object]]:
    if not records:
        raise DataError(f"{source} is empty.", hint="Expected at least one JSON object.")
    known = dict.fromkeys(chain.from_iterable(records) if names is None else names)
    check_columns(known, source)
    return {name: [record.get(name) for record in records] for name in known}


def jsonl_lines(columns: Mapping[str, Sequence[object]]) -> Iterable[str]:
    """Yield the lines of a JSONL file; NaN is written as null, dates as ISO, decimals as strings.

    Raises
    ------
    DataError
        When a cell cannot be said in JSON (bytes), with its column.
    """
    for cells in zip(*columns.values(), strict=True):
        record = dict(zip(columns, cells, strict=True))
        for name, cell in record.items():
            if isinstance(cell, float) and cell != cell:  # noqa: PLR0124  # NaN
                record[name] = None
        try:
            yield as_json(record) + "\n"
        except TypeError as error:
            raise DataError(
                f"A row cannot be written as JSON: {error}.", hint="Write a .parquet file instead."
            ) from None


def as_json(cell: object) -> str:
    """Return a value as JSON; dates as ISO, decimals as strings.

    Raises
    ------
    DataError
        When it is nested too deeply.
    TypeError
        When it cannot be said in JSON.
    """
    try:
        return json.dumps(cell, ensure_ascii=False, default=plain)
    except RecursionError:
        raise DataError(
            "A list or object is nested too deeply to be written.", hint="Leave its column out."
        ) from None


def plain(cell: object) -> str:
    """Return a date or decimal as a string, for `json.dumps(default=...)`."""
    if isinstance(cell, (date, datetime, time)):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return str(cell)
    raise TypeError(f"a value of type {type(cell).__name__}")


def _read(path: Path, text: TextFormat, *, size: int | None, names: Iterable[str] | None) -> Iterator[Table]:
    if size is None and names is None and path.stat().st_size >= LARGE:
        with suppress(DataError):  # which may not be the first one of the file
            return iter([in_arrow(jsonl_batches(_lines(path, text), source=str(path), size=AT_ONCE))])
    return jsonl_batches(_lines(path, text), source=str(path), size=size, names=names)


def _lines(path: Path, text: TextFormat) -> Iterator[str]:
    # a JSON string may hold U+2028 and the like: only \n ends a line
    return text_lines(path, encoding=text.encoding, newline="\n")


def _read_whole(
    path: Path, text: TextFormat, *, size: int | None, names: Iterable[str] | None
) -> Iterator[Table]:
    check_whole(WHOLE_JSON * path.stat().st_size, str(path), packed=path.stat().st_size)
    lines = text_lines(path, encoding=text.encoding, longest=None)
    table = read_json("".join(lines), source=str(path), names=names)
    return pieces(table, size)


def _write(path: Path, text: TextFormat) -> AbstractContextManager[Rows]:
    return text_rows(path, text, jsonl_lines)


JSONL = Format(read=_read, write=_write)
JSON = Format(read=_read_whole)
