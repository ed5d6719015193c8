"""A column in Arrow memory: Python values are made where one is looked at, and of distinct values once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from mollia.arrays import MANY, Mask, Rows
from mollia.strings import AT_ONCE, Strings, chunks_of, values_of


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

    def part(self, start: int, stop: int) -> ArrowColumn:
        """Return the cells of rows that follow each other, without a copy."""
        return ArrowColumn(self.array.slice(start, stop - start))

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[object]:
        if "cells" in self.__dict__:
            yield from self.cells
            return
        yield from values_of(self.array)

    @overload
    def __getitem__(self, at: int) -> object: ...
    @overload
    def __getitem__(self, at: slice) -> list[object]: ...
    def __getitem__(self, at: int | slice) -> object:
        """Return one value, or a list of some."""
        if "cells" in self.__dict__ or len(self) <= AT_ONCE:
            return self.cells[at]
        if isinstance(at, slice):
            start, stop, step = at.indices(len(self))
            if step == 1:
                cells: list[object] = self.array.slice(start, max(stop - start, 0)).to_pylist()
                return cells
            return self.cells[at]
        return self.array[at].as_py()

    @property
    def is_text(self) -> bool:
        """Whether the cells are strings or missing."""
        import pyarrow as pa  # noqa: PLC0415  # heavy

        return bool(pa.types.is_string(self.array.type) or pa.types.is_large_string(self.array.type))

    @cached_property
    def blank(self) -> Mask:
        """Which cells (n,) are empty, as `table.is_blank` says."""
        import pyarrow.compute as pc  # noqa: PLC0415  # heavy

        if not self.is_text:
            return mask_of(pc.is_null(self.array, nan_is_null=True))
        length = pc.binary_length(pc.utf8_trim_whitespace(self.array))
        return mask_of(pc.equal(pc.fill_null(length, 0), 0))

    def distinct(self) -> tuple[Rows, list[object]]:
        """Return each cell's number (n,) among the distinct ones, in order of appearance, and those; -1 = null.

        Lists and objects, of which Arrow cannot tell equal ones, count as distinct.
        """
        import pyarrow as pa  # noqa: PLC0415  # heavy

        if pa.types.is_nested(self.array.type):
            return np.where(mask_of(self.array.is_null()), -1, np.arange(len(self))), self.cells
        encoded = self._encoded()
        return _codes(encoded), [] if encoded is None else encoded.dictionary.to_pylist()

    def codes(self) -> Rows:
        """Return these numbers alone, of cells that are not lists."""
        return _codes(self._encoded())

    def _encoded(self) -> Any:  # noqa: ANN401  # pyarrow ships no types
        """Return the column as a dictionary, None where it has no chunk."""
        import pyarrow as pa  # noqa: PLC0415  # heavy

        encoded = self.array if pa.types.is_dictionary(self.array.type) else self.array.dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.unify_dictionaries().combine_chunks()
        return None if isinstance(encoded, pa.ChunkedArray) else encoded

    def strings(self) -> tuple[str, ...] | Strings | None:
        """Return the cells as strings, missing ones "", in Arrow memory where they are many; None where they are not strings."""
        import pyarrow as pa  # noqa: PLC0415  # heavy
        import pyarrow.compute as pc  # noqa: PLC0415  # heavy

        if not self.is_text:
            return None
        try:
            self.array.validate(full=True)
        except pa.ArrowInvalid:  # bytes that are no text
            return None
        filled = self.array if not self.array.null_count else pc.fill_null(self.array, "")
        found = Strings(filled)
        return found if len(found) > MANY else tuple(found)

    @property
    def n_distinct(self) -> int:
        """How many different values there are, missing ones aside."""
        import pyarrow.compute as pc  # noqa: PLC0415  # heavy

        return int(pc.count_distinct(self.array, mode="only_valid").as_py())


def _codes(encoded: Any) -> Rows:  # noqa: ANN401  # pyarrow ships no types
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.compute as pc  # noqa: PLC0415  # heavy

    if encoded is None:
        return np.zeros(0, np.int64)
    return numpy_of(pc.fill_null(encoded.indices.cast(pa.int64()), -1))


def numpy_of(array: Any) -> NDArray[Any]:  # noqa: ANN401  # pyarrow ships no types
    """Return numbers none of which is missing, without pandas, which pyarrow would load for what it has to copy."""
    parts = [chunk.to_numpy() for chunk in chunks_of(array)]
    return (
        parts[0] if len(parts) == 1 else np.concatenate([*parts, np.zeros(0, array.type.to_pandas_dtype())])
    )


def mask_of(array: Any) -> Mask:  # noqa: ANN401  # the same
    """Return truth values none of which is missing."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    out: Mask = numpy_of(array.cast(pa.uint8())).astype(np.bool_)
    return out
