"""A column of masses as one flat array: lists in Arrow memory, or lists written out in cells of a CSV file.

What is not plainly K finite numbers of at least 0 in every filled cell is left to `answer_cells`, which reads cell by
cell, knows more spellings, and names the place of what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from mollia.arrays import Floats, Mask, at_rest
from mollia.data.answer_cells import Mass
from mollia.data.arrow_column import ArrowColumn, mask_of, numpy_of
from mollia.strings import chunks_of

NUMBER = r"(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,2})?"
LIST = rf"\A\[ ?{NUMBER}(?:, ?{NUMBER})* ?\]\z"
BLOCK = 2**22  # bytes of text read as numbers at a time


class Masses(Sequence[Mass | None]):
    """n masses of K numbers, `values` (n, K); a row without one is NaN, and None where it is looked at."""

    def __init__(self, values: Floats) -> None:
        self.values = values

    @classmethod
    def of(cls, masses: Sequence[Mass | None], n_classes: int) -> Masses:
        """Return masses that were read cell by cell."""
        nothing = (np.nan,) * n_classes
        rows = [nothing if mass is None else mass for mass in masses]
        return cls(np.array(rows, at_rest(len(rows))).reshape(len(rows), n_classes))

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, at: int) -> Mass | None: ...
    @overload
    def __getitem__(self, at: slice) -> list[Mass | None]: ...
    def __getitem__(self, at: int | slice) -> Mass | list[Mass | None] | None:
        """Return a row's K numbers, None where there are none."""
        if isinstance(at, slice):
            return [self[row] for row in range(*at.indices(len(self)))]
        row = self.values[at]
        return None if np.isnan(row[0]) else tuple(row.tolist())

    def __eq__(self, other: object) -> bool:
        """Tell whether another sequence holds the same masses."""
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # the values may change


def plain_masses(cells: Sequence[object], n_classes: int) -> Masses | None:
    """Return a column's masses, None where it has to be read cell by cell."""
    if not isinstance(cells, ArrowColumn):
        return None
    values = np.empty((len(cells), n_classes), at_rest(len(cells)))
    start = 0
    for chunk in chunks_of(cells.array):
        found = _written(chunk, n_classes) if cells.is_text else _listed(chunk, n_classes)
        if found is None:
            return None
        filled, flat = found
        if not (np.isfinite(flat).all() and (flat >= 0).all()):
            return None
        own, rows = values[start : start + len(chunk)], flat.reshape(-1, n_classes)
        if len(rows) == len(own):
            own[:] = rows
        else:
            own[filled], own[~filled] = rows, np.nan
        start += len(chunk)
    return Masses(values)


def _listed(chunk: Any, n_classes: int) -> tuple[Mask, Floats] | None:  # noqa: ANN401  # pyarrow ships no types
    """Return which lists are filled and their numbers in a row; None where they are not K numbers each."""
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.compute as pc  # noqa: PLC0415  # heavy

    kind = chunk.type
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)):
        return None
    if not (pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type)):
        return None
    filled = mask_of(pc.is_valid(chunk))
    lengths = numpy_of(pc.fill_null(pc.list_value_length(chunk), n_classes))
    flat = chunk.flatten()
    if (lengths != n_classes).any() or flat.null_count:
        return None
    return filled, numpy_of(flat)


def _written(chunk: Any, n_classes: int) -> tuple[Mask, Floats] | None:  # noqa: ANN401  # the same
    """Return which cells are filled and the numbers they list; None where they list something else than K numbers."""
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.compute as pc  # noqa: PLC0415  # heavy

    filled = mask_of(pc.greater(pc.fill_null(pc.binary_length(chunk), 0), 0))
    some = chunk if filled.all() else chunk.filter(pa.array(filled))
    if not len(some):
        return filled, np.zeros(0)
    fits = pc.match_substring_regex(some, LIST)
    commas = pc.count_substring(some, ",")
    if not pc.all(fits).as_py() or not pc.all(pc.equal(commas, n_classes - 1)).as_py():
        return None
    return filled, _numbers(some)


def _numbers(lists: Any) -> Floats:  # noqa: ANN401  # the same
    """Return the numbers of lists that are written out, [0.7, 0.3], one after the other."""
    import pyarrow as pa  # noqa: PLC0415  # heavy
    from pyarrow import csv  # noqa: PLC0415  # heavy

    wide = lists.cast(pa.large_string())
    offsets = np.frombuffer(wide.buffers()[1], np.int64)[wide.offset : wide.offset + len(wide) + 1]
    text = np.frombuffer(wide.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    one_a_line = np.arange(256, dtype=np.uint8)
    one_a_line[ord("[")] = ord(" ")
    one_a_line[list(b",]")] = ord("\n")
    column = csv.read_csv(
        pa.BufferReader(one_a_line[text].tobytes()),
        read_options=csv.ReadOptions(column_names=["x"], block_size=BLOCK),
        convert_options=csv.ConvertOptions(
            column_types={"x": pa.float64()}, null_values=[], strings_can_be_null=False
        ),
    ).column(0)
    return numpy_of(column)
