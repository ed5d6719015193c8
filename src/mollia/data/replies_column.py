"""A column of raw replies: each distinct reply is held, and read, once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Self, overload

import numpy as np

from mollia.arrays import Rows, runs
from mollia.data.answer_cells import Replies, as_replies
from mollia.data.arrow_column import ArrowColumn, numpy_of
from mollia.data.matching import LabelMatcher
from mollia.errors import DataError


class RepliesColumn(Sequence[Replies]):
    """The replies of n rows: `number` (t,) of each reply among the distinct `words`, row by row, between `bounds` (n + 1,).

    `words` come in the order in which they first occur.
    """

    def __init__(self, words: Sequence[str], number: Rows, bounds: Rows) -> None:
        self.words = words
        self.number = number
        self.bounds = bounds

    @classmethod
    def of(cls, replies: Iterable[Replies]) -> Self:
        """Return replies that were read cell by cell."""
        numbers: dict[str, int] = {}
        flat: list[int] = []
        bounds = [0]
        for row in replies:
            flat.extend(numbers.setdefault(reply, len(numbers)) for reply in row)
            bounds.append(len(flat))
        return cls(list(numbers), np.array(flat, np.int64), np.array(bounds, np.int64))

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @overload
    def __getitem__(self, at: int) -> Replies: ...
    @overload
    def __getitem__(self, at: slice) -> list[Replies]: ...
    def __getitem__(self, at: int | slice) -> Replies | list[Replies]:
        """Return a row's replies."""
        if isinstance(at, slice):
            return [self[row] for row in range(*at.indices(len(self)))]
        row = range(len(self))[at]
        return tuple(self.words[number] for number in self.number[self.bounds[row] : self.bounds[row + 1]])

    def __eq__(self, other: object) -> bool:
        """Tell whether another sequence holds the same replies."""
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # a sequence is compared by what it holds


def no_replies(n: int) -> RepliesColumn:
    """Return a column in which no row has a reply."""
    return RepliesColumn((), np.zeros(0, np.int64), np.zeros(n + 1, np.int64))


def replies_column(
    cells: Sequence[object], matcher: LabelMatcher, where: Callable[[int], str]
) -> RepliesColumn:
    """Read a column's cells as `as_replies` does, each distinct one once.

    Raises
    ------
    DataError
        When a listed reply is itself a list, with its place.
    """
    try:
        number, distinct = _distinct(cells)
        each = [as_replies(cell, matcher, "") for cell in distinct]
    except (DataError, TypeError):  # told with its place; cells that cannot be told apart by a hash
        return RepliesColumn.of(as_replies(cell, matcher, where(row)) for row, cell in enumerate(cells))
    return _spread(number, each)


def _distinct(cells: Sequence[object]) -> tuple[Rows, Sequence[object]]:
    """Return each cell's number (n,) among the distinct ones, in order of appearance, and those; -1 = missing."""
    if isinstance(cells, ArrowColumn):
        return cells.distinct()
    numbers: dict[tuple[type, Hashable], int] = {}
    found = np.fromiter(
        (numbers.setdefault((type(cell), _hashable(cell)), len(numbers)) for cell in cells),
        np.int64,
        len(cells),
    )
    return found, [cell for _, cell in numbers]


def _hashable(cell: object) -> Hashable:
    if isinstance(cell, Hashable):
        return cell
    raise TypeError(type(cell).__name__)


def _spread(number: Rows, each: Sequence[Replies]) -> RepliesColumn:
    """Return the column of cells (n,) by their number among some, -1 = missing, whose replies are known."""
    numbers: dict[str, int] = {}
    flat = np.array([numbers.setdefault(reply, len(numbers)) for some in each for reply in some], np.int64)
    sizes = np.array([*(len(some) for some in each), 0], np.int64)  # the last one's is that of a missing cell
    starts = np.append(0, np.cumsum(sizes))[:-1]
    size = sizes[number]
    bounds = np.append(0, np.cumsum(size))
    return RepliesColumn(list(numbers), flat[runs(starts[number], size)], bounds)


def list_replies(column: Any, matcher: LabelMatcher) -> RepliesColumn | None:  # noqa: ANN401  # any column
    """Return the replies of a column of lists of strings in Arrow memory; None for any other column."""
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.compute as pc  # noqa: PLC0415  # heavy

    if not isinstance(column, ArrowColumn) or not (
        pa.types.is_list(column.array.type) or pa.types.is_large_list(column.array.type)
    ):
        return None
    lists = column.array.combine_chunks() if isinstance(column.array, pa.ChunkedArray) else column.array
    flat = ArrowColumn(lists.flatten())
    if not flat.is_text:
        return None
    number, distinct = flat.distinct()
    size = numpy_of(pc.fill_null(pc.list_value_length(lists), 0)).astype(np.int64)
    each = [
        as_replies([cell], matcher, "") for cell in [*distinct, None]
    ]  # the last one stands for a missing reply
    return RepliesColumn(*_merged(each, number), np.append(0, np.cumsum(size)))


def _merged(each: Sequence[Replies], number: Rows) -> tuple[list[str], Rows]:
    """Return the distinct replies of cells with one each, in order of appearance, and their numbers (t,)."""
    numbers: dict[str, int] = {}
    new = np.array([numbers.setdefault(reply, len(numbers)) for (reply,) in each], np.int64)
    return list(numbers), new[number]
