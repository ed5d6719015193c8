"""Tables of SQLite files, in and out: `shop.sqlite::reviews`."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mollia.data.database_address import parts_of
from mollia.data.database_tables import (
    DEFAULT,
    WRITTEN,
    Database,
    in_place_of_the_old,
    quoted,
    table_batches,
)
from mollia.data.format import Batch, Format, Rows
from mollia.data.jsonl_file import as_json
from mollia.data.table import Table
from mollia.errors import DataError
from mollia.text_format import TextFormat

TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
DEFINITION = "SELECT sql FROM sqlite_master WHERE name = ?"
PATIENCE = 10.0  # seconds to wait for another program that writes


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    with _said(file), closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


@contextmanager
def sqlite_rows(path: Path, _text: TextFormat) -> Iterator[Rows]:
    """Open a table for rows, in a new file or beside the tables of one that is there; it appears whole or not at all.

    Raises
    ------
    DataError
        When another program wrote a table of that name, or the file cannot be written.
    """
    file, named = parts_of(path)
    table = named or DEFAULT
    with _said(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with (
            closing(sqlite3.connect(file, isolation_level=None, timeout=PATIENCE)) as connection,
            in_place_of_the_old(connection, file, table, begin="BEGIN IMMEDIATE", definition=DEFINITION),
        ):
            yield _Rows(connection, table)


class _Rows:
    def __init__(self, connection: sqlite3.Connection, table: str) -> None:
        self._connection = connection
        self._table = quoted(table)
        self._insert = ""

    def write(self, columns: Batch, /) -> None:
        if not self._insert:
            names = ", ".join(map(quoted, columns))
            self._connection.execute(f"CREATE TABLE {self._table} ( /* {WRITTEN} */ {names})")
            marks = ", ".join("?" * len(columns))
            self._insert = f"INSERT INTO {self._table} VALUES ({marks})"  # noqa: S608  # quoted
        cells = ([_stored(cell) for cell in column] for column in columns.values())
        self._connection.executemany(self._insert, zip(*cells, strict=True))


def _stored(cell: object) -> object:
    """Return a cell as SQLite keeps it: numbers and texts as they are, lists as JSON, NaN as NULL."""
    if isinstance(cell, float) and math.isnan(cell):
        return None
    if cell is None or isinstance(cell, str | int | float):
        return str(cell) if isinstance(cell, int) and not -(2**63) <= cell < 2**63 else cell
    item = getattr(cell, "item", None)
    if item is not None and getattr(cell, "ndim", 1) == 0:  # a NumPy number
        return _stored(item())
    return as_json(cell)


@contextmanager
def _said(file: Path) -> Iterator[None]:
    """Turn SQLite's errors into one that says which file and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise DataError(
            f"{file} cannot be used as an SQLite file: {error}.",
            hint="Close other programs that write to it, or check that it is one.",
        ) from None


SQLITE_FILES = Database(opened=_opened, tables=TABLES)


def _read(path: Path, _text: TextFormat, *, size: int | None, names: Iterable[str] | None) -> Iterator[Table]:  # noqa: ARG001  # columns are in the table
    return table_batches(path, SQLITE_FILES, size=size)


SQLITE = Format(read=_read, write=sqlite_rows, typed=True, in_place=True)
