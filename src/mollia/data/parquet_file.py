"""Parquet: the one door to pyarrow; column types survive reading and writing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self, overload

from mollia.data.format import Format, Rows
from mollia.data.table import Table
from mollia.errors import DataError, first_line
from mollia.text_format import TextFormat

BUFFER = 2**20  # bytes of a column read ahead
ROWS = 8192  # written again at a time


class ArrowColumn(Sequence[object]):
    """A column that turns into Python values when it is looked at and keeps its Arrow type."""

    def __init__(self, array: Any) -> None:  # noqa: ANN401  # pyarrow ships no types
        self.array = array

    @cached_property
    def cells(self) -> list[object]:
        """The Python values; lists stay lists, nulls are None."""
        cells: list[object] = self.array.to_pylist()
        return cells

    def some(self, rows: Sequence[int], /) -> ArrowColumn:
        """Return the cells of some rows, with the column's type."""
        return ArrowColumn(self.array.take(list(rows)))

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, at: int) -> object: ...
    @overload
    def __getitem__(self, at: slice) -> list[object]: ...
    def __getitem__(self, at: int | slice) -> object:
        """Return one value, or a list of some."""
        return self.cells[at]


def parquet_batches(path: Path, *, size: int | None = None) -> Iterator[Table]:
    """Read a Parquet file as tables of `size` rows (None: all), at least one; rows count from 1.

    Raises
    ------
    DataError
        When it is not a Parquet file, or column names repeat.
    """
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.parquet as pq  # noqa: PLC0415  # heavy

    try:
        with pq.ParquetFile(path, buffer_size=0 if size is None else BUFFER) as file:
            names = file.schema_arrow.names
            if repeated := {name for name in names if names.count(name) > 1}:
                raise DataError(f'{path}: several columns are called "{min(repeated)}".', hint="Rename them.")
            whole = size is None or not file.metadata.num_rows
            place = 1
            for read in [file.read()] if whole else file.iter_batches(size):
                places = range(place, place + read.num_rows)
                columns = {name: ArrowColumn(read.column(number)) for number, name in enumerate(names)}
                yield Table(columns=columns, source=str(path), places=places, unit="row")
                place = places.stop
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{path} is not a readable Parquet file: {first_line(error)}",
            hint="If it is a CSV or JSONL file, name it so.",
        ) from None


def write_parquet(path: Path, columns: Mapping[str, Sequence[object]]) -> None:
    """Write columns; those read from Parquet keep their exact type.

    Raises
    ------
    DataError
        When the cells of a column are of mixed types, with its name.
    """
    with ParquetRows(path) as rows:
        rows.write(columns)


class ParquetRows:
    """A Parquet file that grows by columns of further rows; a context manager.

    A column read from Parquet keeps its exact type. Others get the type that fits all their cells:
    where later ones need a wider type (numbers after nothing but nulls, fractions after whole
    numbers), what was written is written again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, columns: Mapping[str, Sequence[object]]) -> None:
        """Add rows; every call gives the same columns.

        Raises
        ------
        DataError
            When the cells of a column are of mixed types, with its name.
        """
        import pyarrow as pa  # noqa: PLC0415  # heavy

        arrays = {name: _array(name, cells) for name, cells in columns.items()}
        if self._writer is None:
            self._open(pa.schema([(name, array.type) for name, array in arrays.items()]))
        known = self._writer.schema
        schema = pa.schema([_merged(known.field(name), array.type) for name, array in arrays.items()])
        if schema != known:
            self._widen(schema)
        self._add(arrays)

    def _open(self, schema: Any) -> None:  # noqa: ANN401  # pyarrow ships no types
        import pyarrow.parquet as pq  # noqa: PLC0415  # heavy

        with _said("A column"):  # the message names it
            self._writer = pq.ParquetWriter(self.path, schema)

    def _add(self, arrays: Mapping[str, Any]) -> None:
        import pyarrow as pa  # noqa: PLC0415  # heavy

        schema = self._writer.schema
        cells = [
            array if array.type == field.type else _array(field.name, array.to_pylist(), field.type)
            for field, array in zip(schema, arrays.values(), strict=True)
        ]
        self._writer.write_table(pa.table(cells, schema=schema))

    def _widen(self, schema: Any) -> None:  # noqa: ANN401  # the same
        """Write again what was written, under a schema whose types hold more."""
        self._writer.close()
        narrow = self.path.with_name(f"{self.path.name}.narrow")
        self.path.replace(narrow)
        try:
            self._open(schema)
            for table in parquet_batches(narrow, size=ROWS):
                self._add({name: _array(name, cells) for name, cells in table.columns.items()})
        finally:
            narrow.unlink()


def _array(name: str, cells: Sequence[object], kind: Any = None) -> Any:  # noqa: ANN401  # the same
    import pyarrow as pa  # noqa: PLC0415  # heavy

    if isinstance(cells, ArrowColumn):
        return cells.array
    with _said(f'Column "{name}"'):
        return pa.array(list(cells), kind)


def _merged(known: Any, kind: Any) -> Any:  # noqa: ANN401  # the same
    """Return a column's field with the type that holds both what it held and `kind`."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    if known.type == kind:
        return known
    both = [pa.schema([known]), pa.schema([(known.name, kind)])]
    with _said(f'Column "{known.name}"'):
        return pa.unify_schemas(both, promote_options="permissive").field(0)


@contextmanager
def _said(column: str) -> Iterator[None]:
    """Tell which column cannot be written."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    try:
        yield
    except (pa.ArrowException, UnicodeEncodeError, OverflowError) as error:
        raise DataError(
            f"{column} cannot be written to Parquet: {first_line(error)}",
            hint="Write a .jsonl file instead.",
        ) from None


def _read(path: Path, _text: TextFormat, *, size: int | None, names: Iterable[str] | None) -> Iterator[Table]:  # noqa: ARG001  # columns are in the file
    return parquet_batches(path, size=size)


def _write(path: Path, _text: TextFormat) -> AbstractContextManager[Rows]:
    return ParquetRows(path)


PARQUET = Format(read=_read, write=_write, typed=True)
