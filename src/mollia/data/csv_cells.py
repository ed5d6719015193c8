"""How a cell is written in a CSV file, and whole columns of plain cells at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from mollia.data.jsonl_file import as_json
from mollia.data.table import is_blank
from mollia.errors import DataError

NOTHING = type(None)


def written(cells: Sequence[object]) -> list[str]:
    """Return a column's cells as `cell_text` writes them: strings, numbers and lists of either without a look at each."""
    cells = list(cells)
    kinds = set(map(type, cells))
    if kinds <= {str, NOTHING}:
        return ["" if cell is None else cell for cell in cells]  # type: ignore[misc]  # all others are strings
    if kinds <= {float, NOTHING}:
        return ["" if cell is None or cell != cell else repr(cell) for cell in cells]  # noqa: PLR0124  # NaN
    if kinds <= {list, NOTHING}:
        return _lists(cells)  # type: ignore[arg-type]  # that is what they are
    return [cell_text(cell) for cell in cells]


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
