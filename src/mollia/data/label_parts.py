"""Very many labelled rows, written some ten thousands at a time; what is added to Parquet goes there without a Python value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mollia.arrays import Mask, Vector
from mollia.data.arrow_column import ArrowColumn
from mollia.data.format import Rows
from mollia.data.label_columns import Columns, chosen
from mollia.records import Fused

PART = 65_536  # rows

# What gives the added columns of some rows.
Added = Callable[[slice, Fused], Columns]


def write_parts(rows: Rows, kept: Columns, fused: Fused, added: Added, only: Sequence[str] = ()) -> None:
    """Write n rows part by part: the columns that are kept, then those that `added` gives; of all these `only` some."""
    for start in range(0, len(fused.human), PART):
        part = slice(start, min(start + PART, len(fused.human)))
        some = replace(
            fused, posterior=fused.posterior[part], negative=fused.negative[part], human=fused.human[part]
        )
        own = {name: some_cells(cells, part) for name, cells in kept.items()}
        rows.write(chosen(own | added(part, some), only))


def some_cells(cells: Sequence[object], part: slice) -> Sequence[object]:
    """Return the cells of some rows, with the column's type."""
    return cells.part(part.start, part.stop) if isinstance(cells, ArrowColumn) else cells[part]


def numbers(values: Vector, blank: Mask) -> ArrowColumn:
    """Return numbers (n,) in Arrow memory, missing where blank."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    return ArrowColumn(pa.array(values.astype(np.float64), mask=blank))


def named(names: Sequence[str], number: Any, blank: Mask) -> ArrowColumn:  # noqa: ANN401  # whole numbers (n,)
    """Return names by their numbers (n,) in Arrow memory, missing where blank."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    return ArrowColumn(pa.array(names, pa.string()).take(pa.array(number, mask=blank)))


def listed(names: Sequence[str], marked: Mask) -> ArrowColumn:
    """Return each row's list of the names that are marked (n, K), in Arrow memory."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    bounds = np.append(0, np.cumsum(marked.sum(1)))
    flat = pa.array(names, pa.string()).take(pa.array(np.nonzero(marked)[1]))
    return ArrowColumn(pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), flat))
