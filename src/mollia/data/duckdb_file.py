"""Tables of DuckDB files, in and out: `shop.duckdb::reviews` (the extra `duckdb`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

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
from mollia.data.table import Table
from mollia.errors import DataError, first_line
from mollia.optional import require
from mollia.text_format import TextFormat

TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY table_name"
COMMENT = (
    "SELECT comment FROM duckdb_tables() WHERE table_name = $1 UNION ALL "
    "SELECT '' FROM duckdb_views() WHERE view_name = $1 AND NOT internal"
)


@contextmanager
def _connected(file: Path, *, read_only: bool) -> Iterator[Any]:
    duckdb = require("duckdb", extra="duckdb", purpose="Reading and writing DuckDB files")
    try:
        with closing(duckdb.connect(str(file), read_only=read_only)) as connection:
            yield connection
    except duckdb.Error as error:
        raise DataError(
            f"{file} cannot be used as a DuckDB file: {first_line(error)}",
            hint="Close other programs that have it open, or check that it is one.",
        ) from None


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    with _connected(file, read_only=True) as connection:
        yield connection


@contextmanager
def duckdb_rows(path: Path, _text: TextFormat) -> Iterator[Rows]:
    """Open a table for rows, in a new file or beside the tables of one that is there; it appears whole or not at all.

    Raises
    ------
    DataError
        When another program wrote a table of that name, or the file cannot be written.
    MissingExtra
        Without duckdb.
    """
    file, named = parts_of(path)
    table = named or DEFAULT
    file.parent.mkdir(parents=True, exist_ok=True)
    with (
        _connected(file, read_only=False) as connection,
        in_place_of_the_old(connection, file, table, begin="BEGIN TRANSACTION", definition=COMMENT),
    ):
        yield _Rows(connection, table)


class _Rows:
    def __init__(self, connection: Any, table: str) -> None:  # noqa: ANN401  # DuckDB's
        self._connection = connection
        self._table = table
        self._begun = False

    def write(self, columns: Batch, /) -> None:
        import pyarrow as pa  # noqa: PLC0415  # heavy

        try:
            batch = pa.table({name: pa.array(cells, from_pandas=True) for name, cells in columns.items()})
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise DataError(
                f"A column cannot be typed for DuckDB: {first_line(error)}",
                hint="Write a .sqlite or .jsonl file.",
            ) from None
        self._connection.register("mollia_batch", batch)
        if self._begun:
            self._connection.execute(f"INSERT INTO {quoted(self._table)} SELECT * FROM mollia_batch")  # noqa: S608  # quoted
        else:
            self._connection.execute(f"CREATE TABLE {quoted(self._table)} AS SELECT * FROM mollia_batch")  # noqa: S608  # quoted
            self._connection.execute(f"COMMENT ON TABLE {quoted(self._table)} IS '{WRITTEN}'")
        self._begun = True
        self._connection.unregister("mollia_batch")


DUCKDB_FILES = Database(opened=_opened, tables=TABLES)


def _read(path: Path, _text: TextFormat, *, size: int | None, names: Iterable[str] | None) -> Iterator[Table]:  # noqa: ARG001  # columns are in the table
    return table_batches(path, DUCKDB_FILES, size=size)


DUCKDB = Format(read=_read, write=duckdb_rows, typed=True, in_place=True)
