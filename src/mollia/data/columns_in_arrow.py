"""Cells that were read row by row, as columns in Arrow memory, where lists of numbers take a sixth of the room.

A column is kept so where all its cells are strings, numbers of one kind, truth values, or lists of one of these; what
comes out is what went in. Any other column stays a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from mollia.arrays import Rows
from mollia.data.arrow_column import ArrowColumn
from mollia.data.table import Table


def in_arrow(batches: Iterable[Table]) -> Table:
    """Return the tables of some rows each, one at least, as one table; a column that one of them lacks is missing there."""
    chunks: dict[str, list[Any]] = {}
    places: list[Rows] = []
    source = ""
    for batch in batches:
        for name in batch.columns:
            chunks.setdefault(name, [None] * len(places))
        for name, column in chunks.items():
            column.append(_chunk(batch.columns.get(name), len(batch)))
        places.append(np.asarray(batch.places, np.int64))
        source = batch.source
    sizes = [len(some) for some in places]
    columns = {name: _column(column, sizes) for name, column in chunks.items()}
    return Table(columns=columns, source=source, places=_together(np.concatenate(places)))


def _together(places: Rows) -> Sequence[int]:
    """Return rising line numbers (n,), as a range where none is left out."""
    first, last = int(places[0]), int(places[-1])
    return range(first, last + 1) if last - first == len(places) - 1 else places.tolist()


def _chunk(cells: Sequence[object] | None, n: int) -> Any:  # noqa: ANN401  # pyarrow ships no types
    """Return cells as an Arrow array, the cells themselves where that would change one, None where all are missing."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    if cells is None:
        return None
    kinds = set(map(type, cells)) - {type(None)}
    if not kinds:
        return None
    kind = _kind(kinds)
    if kind is None and kinds == {list}:
        inner = _kind(set(map(type, chain.from_iterable(cell for cell in cells if isinstance(cell, list)))))
        kind = None if inner is None else pa.list_(inner)
    if kind is None:
        return cells
    try:
        return pa.array(cells, kind, size=n)
    except (pa.ArrowException, OverflowError, UnicodeError):  # a number or a character that Arrow cannot hold
        return cells


def _kind(kinds: set[type]) -> Any:  # noqa: ANN401  # the same
    """Return the Arrow type of Python values of one type, None where it has none or they are of several."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    types: Mapping[type, Any] = {str: pa.string(), float: pa.float64(), int: pa.int64(), bool: pa.bool_()}
    return types.get(next(iter(kinds))) if len(kinds) == 1 else None


def _column(chunks: Sequence[Any], sizes: Sequence[int]) -> Sequence[object]:
    """Return a column by its chunks, None for cells that are all missing."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    kinds = {str(getattr(chunk, "type", "")) for chunk in chunks if chunk is not None}
    if len(kinds) == 1 and kinds != {""}:
        kind = next(chunk.type for chunk in chunks if chunk is not None)
        filled = [
            pa.nulls(n, kind) if chunk is None else chunk for chunk, n in zip(chunks, sizes, strict=True)
        ]
        return ArrowColumn(pa.chunked_array(filled, kind))
    cells: list[object] = []
    for chunk, n in zip(chunks, sizes, strict=True):
        cells += [None] * n if chunk is None else chunk.to_pylist() if hasattr(chunk, "type") else chunk
    return cells
