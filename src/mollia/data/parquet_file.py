"""Parquet: the one door to pyarrow; column types survive reading and writing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self

from mollia.data.arrow_column import ArrowColumn
from mollia.data.format import Format, Rows
from mollia.data.limits import WHOLE, check_columns, check_whole
from mollia.data.table import Table
from mollia.errors import DataError, first_line
from mollia.text_format import TextFormat

BUFFER = 2**20  # bytes of a column read ahead
ROWS = 8192  # written again, or measured, at a time
AT_ONCE = 2**28  # bytes of a batch
TEXT = "BYTE_ARRAY"
WIDEST = 8  # bytes of a number
MOST_PACKED = 100  # texts take a tenth when they are packed; what takes a hundredth is not a data set


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
            check_columns(names, str(path))
            unpacked = _Unpacked(path, file.metadata)
            unpacked.check(whole=size is None)
            whole = size is None or not file.metadata.num_rows
            size = size if size is None else max(1, min(size, AT_ONCE // unpacked.row))
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


class _Unpacked:
    """How many bytes a file's cells take in memory (`total`), and its longest row at most (`row`).

    A text that repeats is stored once, and packed: a few kilobytes may stand for gigabytes. So where the
    sizes in the file's own table of contents allow for more than fits, the lengths of the texts are added up
    without making them.
    """

    def __init__(self, path: Path, metadata: Any) -> None:  # noqa: ANN401  # pyarrow ships no types
        self.path, self.packed = path, path.stat().st_size
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        chunks = [group.column(number) for group in groups for number in range(metadata.num_columns)]
        self.total = sum(_at_most(chunk) for chunk in chunks)
        self.row = 1
        if self.total > WHOLE:
            texts = {chunk.path_in_schema for chunk in chunks if chunk.physical_type == TEXT}
            self.total = sum(_at_most(chunk) for chunk in chunks if chunk.path_in_schema not in texts)
            self.row += 8 * metadata.num_columns
            for text in sorted(texts):
                self._add(text, self.total)

    def _add(self, column: str, before: int) -> None:
        import pyarrow.compute as pc  # noqa: PLC0415  # heavy
        import pyarrow.parquet as pq  # noqa: PLC0415  # heavy

        longest = 0
        with pq.ParquetFile(self.path, read_dictionary=[column]) as file:
            for batch in file.iter_batches(ROWS, columns=[column]):
                cells = batch.column(0)
                while (
                    hasattr(cells, "flatten") and not hasattr(cells, "dictionary") and cells.type.num_fields
                ):
                    cells = cells.flatten() if not hasattr(cells, "field") else cells.field(0)
                words = getattr(cells, "dictionary", cells)
                lengths = pc.binary_length(words)
                if words is not cells:
                    lengths = pc.take(lengths, cells.indices)
                self.total += pc.sum(lengths).as_py() or 0
                longest = max(longest, pc.max(lengths).as_py() or 0)
                if self.total > WHOLE + before and self.total > MOST_PACKED * self.packed:
                    break
        self.row += longest

    def check(self, *, whole: bool) -> None:
        """Refuse what does not fit at once, and what is packed as no data set of texts is."""
        if whole or self.total > MOST_PACKED * self.packed:
            check_whole(self.total, str(self.path), packed=self.packed)


def _at_most(chunk: Any) -> int:  # noqa: ANN401  # the same
    """Return the bytes that a column chunk can unpack to, by what the file says of it."""
    if chunk.physical_type != TEXT:
        return max(int(chunk.total_uncompressed_size), int(chunk.num_values) * WIDEST)
    size: int = chunk.total_uncompressed_size
    stored_once = any("DICTIONARY" in each or "DELTA_BYTE_ARRAY" in each for each in chunk.encodings)
    times: int = chunk.num_values if stored_once else 1
    return size * times


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
            self._writer = pq.ParquetWriter(self.path, schema, use_dictionary=_repeating(schema))

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


def _repeating(schema: Any) -> list[str]:  # noqa: ANN401  # the same
    """Return the columns whose cells may repeat: a table of distinct fractions takes three times the time, and more room."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    found = []
    for field in schema:
        listed = pa.types.is_list(field.type) or pa.types.is_large_list(field.type)
        if not pa.types.is_floating(field.type.value_type if listed else field.type):
            found.append(f"{field.name}.list.element" if listed else field.name)
    return found


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
