"""How a cell is written in a CSV file, and whole columns of plain cells at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from mollia.data.arrow_column import ArrowColumn
from mollia.data.jsonl_file import as_json
from mollia.data.table import is_blank
from mollia.errors import DataError

NOTHING = type(None)
PLAIN = (1e-3, 1e6)  # between these Arrow and Python write numbers that are not whole alike


def written(cells: Sequence[object]) -> list[str]:
    """Return a column's cells as `cell_text` writes them: strings, numbers and lists of either without a look at each."""
    if isinstance(cells, ArrowColumn) and (shown := _lists_of_numbers(cells.array)) is not None:
        return shown
    cells = list(cells)
    kinds = set(map(type, cells))
    if kinds <= {str, NOTHING}:
        return ["" if cell is None else cell for cell in cells]  # type: ignore[misc]  # all others are strings
    if kinds <= {float, NOTHING}:
        return ["" if cell is None or cell != cell else repr(cell) for cell in cells]  # noqa: PLR0124  # NaN
    if kinds <= {list, NOTHING}:
        return _lists(cells)  # type: ignore[arg-type]  # that is what they are
    return [cell_text(cell) for cell in cells]


def _lists_of_numbers(array: Any) -> list[str] | None:  # noqa: ANN401  # pyarrow ships no types
    """Return the cells of a column of lists of finite double numbers in Arrow memory; None for any other column.

    Arrow and Python write the same digits; they differ in whole numbers and in exponents.
    """
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.compute as pc  # noqa: PLC0415  # heavy

    whole = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    if not (pa.types.is_list(whole.type) and pa.types.is_float64(whole.type.value_type)) or not len(whole):
        return None
    flat = whole.flatten()
    if flat.null_count or not pc.all(pc.is_finite(flat), min_count=0).as_py():
        return None
    values = flat.to_numpy()
    texts = flat.cast(pa.string())
    for number, text in ((0.0, "0.0"), (1.0, "1.0")):
        texts = pc.if_else(pa.array(values == number), text, texts)
    size = np.abs(values)
    odd = (size < PLAIN[0]) & ((size > 0) | np.signbit(values)) | (size >= PLAIN[1])
    odd |= (values == np.trunc(values)) & (size > 1) | (values == -1)
    if odd.any():
        texts = pc.replace_with_mask(
            texts, pa.array(odd), pa.array([repr(value) for value in values[odd].tolist()])
        )
    lengths = pc.fill_null(pc.list_value_length(whole), 0).to_numpy()
    bounds = pa.array(np.append(0, np.cumsum(lengths)), pa.int32())
    inside = pc.binary_join(pa.ListArray.from_arrays(bounds, texts), ", ")
    shown = pc.binary_join_element_wise("[", inside, "]", "")
    written_: list[str] = pc.if_else(pc.is_valid(whole), shown, "").to_pylist()
    return written_


def _lists(cells: Sequence[list[object] | None]) -> list[str]:
    """Return lists as JSON: of finite numbers it is what Python shows, and few lists of names differ."""
    kinds = set(map(type, chain.from_iterable(cell for cell in cells if cell is not None)))
    if kinds <= {float}:
        shown = ["" if cell is None else repr(cell) for cell in cells]
        return [as_json(cell) if "n" in text else text for cell, text in zip(cells, shown, strict=True)]
    if kinds <= {str}:
        known: dict[tuple[object, ...], str] = {}
        out = []
        for cell in cells:
            if cell is None:
                out.append("")
                continue
            names = tuple(cell)
            if names not in known:
                known[names] = as_json(cell)
            out.append(known[names])
        return out
    return [cell_text(cell) for cell in cells]


def cell_text(cell: object) -> str:
    """Return a cell as it is written: "" where missing, lists and objects as JSON.

    Raises
    ------
    DataError
        On bytes.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return "" if is_blank(cell) else repr(cell)
    if isinstance(cell, (list, tuple, dict)):
        return as_json(cell)
    if isinstance(cell, (bytes, bytearray)):
        raise DataError("Bytes cannot be written to a text file.", hint="Write a .parquet file instead.")
    return "" if cell is None else str(cell)
