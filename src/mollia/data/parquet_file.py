"""Parquet: the one door to pyarrow; column types survive reading and writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from mollia.data.table import Table
from mollia.errors import DataError


class ArrowColumn(Sequence[object]):
    """A column that turns into Python values when it is looked at and keeps its Arrow type."""

    def __init__(self, array: Any) -> None:  # noqa: ANN401  # pyarrow ships no types
        self.array = array

    @cached_property
    def cells(self) -> list[object]:
        """The Python values; lists stay lists, nulls are None."""
        cells: list[object] = self.array.to_pylist()
        return cells

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, at: int) -> object: ...
    @overload
    def __getitem__(self, at: slice) -> list[object]: ...
    def __getitem__(self, at: int | slice) -> object:
        """Return one value, or a list of some."""
        return self.cells[at]


def read_parquet(path: Path) -> Table:
    """Read a Parquet file; rows are counted from 1.

    Raises
    ------
    DataError
        When it is no Parquet file, or column names repeat.
    """
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.parquet as pq  # noqa: PLC0415  # heavy

    try:
        with pq.ParquetFile(path) as file:
            read = file.read()
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{path} is no readable Parquet file: {str(error).splitlines()[0]}",
            hint="If it is a CSV or JSONL file, name it so.",
        ) from None
    names = read.column_names
    if repeated := {name for name in names if names.count(name) > 1}:
        raise DataError(f'{path}: several columns are called "{min(repeated)}".', hint="Rename them.")
    columns = {name: ArrowColumn(read.column(number)) for number, name in enumerate(names)}
    return Table(columns=columns, source=str(path), places=range(1, read.num_rows + 1), unit="row")


def write_parquet(path: Path, columns: Mapping[str, Sequence[object]]) -> None:
    """Write columns; those read from Parquet keep their exact type.

    Raises
    ------
    DataError
        When the cells of a column are of mixed types, with its name.
    """
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.parquet as pq  # noqa: PLC0415  # heavy

    arrays = []
    for name, cells in columns.items():
        try:
            arrays.append(cells.array if isinstance(cells, ArrowColumn) else pa.array(list(cells)))
        except (pa.ArrowException, UnicodeEncodeError, OverflowError) as error:
            raise DataError(
                f'Column "{name}" cannot be written to Parquet: {str(error).splitlines()[0]}',
                hint="Write a .jsonl file instead.",
            ) from None
    pq.write_table(pa.table(arrays, names=list(columns)), path)
