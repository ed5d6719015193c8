"""Tables of a database file: `shop.sqlite::reviews` names one; a file's only table needs no name.

What SQLite and DuckDB share: both speak Python's database interface. A table that mollia wrote may be written again, no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mollia.data.database_address import BETWEEN, parts_of
from mollia.data.header import Header
from mollia.data.table import Table
from mollia.errors import DataError, did_you_mean

AT_ONCE = 100_000  # rows fetched at a time where a whole table is read
WRITTEN = "written by mollia"  # stands in the definition of tables that may be written again
DEFAULT = "labels"  # the table that is written where none is named


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """How one kind of database file is opened and asked for its tables and views, those of the system aside."""

    opened: Callable[[Path], AbstractContextManager[Any]]  # for reading
    tables: str  # a query for names


def quoted(name: str) -> str:
    """Return a name as SQL writes it, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'


def table_batches(path: Path, database: Database, *, size: int | None) -> Iterator[Table]:
    """Read a table as tables of `size` rows (None: all), at least one; rows count from 1 as the database gives them.

    Raises
    ------
    DataError
        When the file holds no such table, or several and none is named.
    """
    file, wanted = parts_of(path)
    with database.opened(file) as connection:
        known = [str(name) for (name,) in connection.execute(database.tables).fetchall()]
        name = _chosen(file, wanted, known)
        source = f"{file}{BETWEEN}{name}"
        cursor = connection.execute(f"SELECT * FROM {quoted(name)}")  # noqa: S608  # a name of the file's own, quoted
        names = Header([str(each[0]) for each in cursor.description], source, source, unit="row").names
        first = 1
        while True:
            rows = _fetched(cursor, size)
            if rows or first == 1:
                yield _table(names, rows, first, source)
            first += len(rows)
            if not rows or size is None:
                return


def _fetched(cursor: Any, size: int | None) -> list[Sequence[object]]:  # noqa: ANN401  # of either database
    if size is not None:
        return list(cursor.fetchmany(size))
    rows: list[Sequence[object]] = []
    while some := cursor.fetchmany(AT_ONCE):
        rows += some
    return rows


def _table(names: Sequence[str], rows: Sequence[Sequence[object]], first: int, source: str) -> Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    for name, cells in zip(names, columns, strict=True):
        binary = next(
            (at for at, cell in enumerate(cells) if isinstance(cell, bytes | bytearray | memoryview)), None
        )
        if binary is not None:
            raise DataError(
                f'{source}, row {first + binary}, column "{name}" holds bytes, not text.',
                hint=f"Read a view that leaves the column out, or casts it: CAST({quoted(name)} AS TEXT).",
            )
    places = range(first, first + len(rows))
    return Table(columns=dict(zip(names, columns, strict=True)), source=source, places=places, unit="row")


def _chosen(file: Path, wanted: str | None, known: Sequence[str]) -> str:
    """Return the table to read."""
    listed = ", ".join(known) or "none"
    if wanted is None:
        if len(known) == 1:
            return known[0]
        raise DataError(
            f"{file} has {len(known)} tables: {listed}.",
            hint=f"Name one: {file}{BETWEEN}{known[0] if known else 'TABLE'}",
        )
    if wanted not in known:
        raise DataError(
            f'{file} has no table "{wanted}".{did_you_mean(wanted, known)}', hint=f"Its tables: {listed}."
        )
    return wanted


@contextmanager
def in_place_of_the_old(
    connection: Any,  # noqa: ANN401  # of either database
    file: Path,
    table: str,
    *,
    begin: str,
    definition: str,
) -> Iterator[None]:
    """Let a table be written in one transaction, in place of one that mollia wrote before: whole or not at all.

    `begin` begins the transaction, `definition` asks for what is known of a table by its name, one row where there is one.

    Raises
    ------
    DataError
        When another program wrote a table of that name.
    """
    connection.execute(begin)
    found = connection.execute(definition, [table]).fetchone()
    if found is not None and WRITTEN not in str(found[0]):
        raise DataError(
            f'{file} has a table "{table}" already, and mollia did not write it.',
            hint=f"Name another: {file}{BETWEEN}{table}_labelled",
        )
    connection.execute(f"DROP TABLE IF EXISTS {quoted(table)}")
    yield
    connection.execute("COMMIT")  # closing a connection without it takes all of it back
