"""Many strings in Arrow memory: a sequence that makes a Python string when one is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, overload

import numpy as np

from mollia.arrays import Mask, Rows

AT_ONCE = 65_536  # made into Python values at a time


class Strings(Sequence[str]):
    """n strings, none of them missing; `array` is pyarrow's, which is imported by whoever made it."""

    __slots__ = ("array",)

    def __init__(self, array: Any) -> None:  # noqa: ANN401  # pyarrow ships no types
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[str]:
        yield from values_of(self.array)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Strings: ...
    def __getitem__(self, at: int | slice) -> str | Strings:
        """Return one string, or some without making them."""
        if isinstance(at, slice):
            start, stop, step = at.indices(len(self))
            if step == 1:
                return Strings(self.array.slice(start, max(stop - start, 0)))
            return self.take(np.fromiter(range(start, stop, step), np.int64))
        found: str = self.array[at].as_py()
        return found

    def take(self, rows: Rows) -> Strings:
        """Return the strings at some positions."""
        return Strings(self.array.take(rows))

    def parts(self, most: int) -> tuple[Rows, Rows, list[str]]:
        """Cut the strings' first `most` characters at ASCII white space.

        Returns the number (t,) of each part among the distinct ones, the strings' bounds (n + 1,), and the distinct parts.
        """
        import pyarrow as pa  # noqa: PLC0415  # heavy
        import pyarrow.compute as pc  # noqa: PLC0415  # heavy

        whole = self.array.combine_chunks() if isinstance(self.array, pa.ChunkedArray) else self.array
        lists = pc.ascii_split_whitespace(pc.utf8_slice_codeunits(whole, 0, most))
        flat = lists.flatten().dictionary_encode()
        bounds = np.append(0, np.cumsum(pc.list_value_length(lists).to_numpy(), dtype=np.int64))
        return flat.indices.cast(pa.int64()).to_numpy(), bounds, flat.dictionary.to_pylist()

    def holding(self, part: str) -> Mask:
        """Tell for each string (n,) whether `part` occurs in it, whatever its case."""
        import pyarrow.compute as pc  # noqa: PLC0415  # heavy

        met = pc.match_substring(pc.utf8_lower(self.array), part.lower())
        flags = [chunk.to_numpy(zero_copy_only=False) for chunk in chunks_of(met)]
        return np.concatenate([*flags, np.zeros(0, bool)])

    def __eq__(self, other: object) -> bool:
        """Tell whether another sequence holds the same strings."""
        if not isinstance(other, (Strings, tuple, list)):
            return NotImplemented
        if isinstance(other, Strings) and other.array.type == self.array.type:
            return bool(_chunked(self.array).equals(_chunked(other.array)))
        return len(other) == len(self) and all(
            mine == theirs for mine, theirs in zip(self, other, strict=True)
        )

    def __hash__(self) -> int:
        return hash((len(self), tuple(islice(self, 8))))


def without_words(strings: Sequence[str]) -> Mask:
    """Tell for each string (n,) whether it holds nothing but white space, as `str.strip` sees it."""
    if not isinstance(strings, Strings):
        return np.array([not text.strip() for text in strings], bool)
    import pyarrow.compute as pc  # noqa: PLC0415  # heavy

    worded = pc.match_substring_regex(
        strings.array, "[0-9A-Za-z]"
    )  # nearly all: the others are looked at one by one
    flags = [chunk.to_numpy(zero_copy_only=False) for chunk in chunks_of(worded)]
    out: Mask = ~np.concatenate([*flags, np.zeros(0, bool)])
    rows = np.flatnonzero(out)
    out[rows] = [not text.strip() for text in strings.take(rows)]
    return out


def positions(known: Sequence[str], names: Sequence[str]) -> Rows:
    """Return where names (m,) stand among known strings that are all different, -1 = nowhere."""
    if isinstance(known, Strings):
        import pyarrow as pa  # noqa: PLC0415  # heavy
        import pyarrow.compute as pc  # noqa: PLC0415  # heavy

        wanted = list(dict.fromkeys(names))
        met = pc.index_in(known.array, value_set=pa.array(wanted, known.array.type))
        flags = [pc.is_valid(chunk).to_numpy(zero_copy_only=False) for chunk in chunks_of(met)]
        rows = np.flatnonzero(np.concatenate([*flags, np.zeros(0, bool)]))
        place = {
            wanted[number]: row for number, row in zip(met.take(rows).to_pylist(), rows.tolist(), strict=True)
        }
    else:
        place = {name: row for row, name in enumerate(known)}
    return np.array([place.get(name, -1) for name in names], np.int64)


def _chunked(array: Any) -> Any:  # noqa: ANN401  # pyarrow ships no types
    import pyarrow as pa  # noqa: PLC0415  # heavy

    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def taken(strings: Sequence[str], rows: Rows) -> Sequence[str]:
    """Return the strings at some positions, in the same kind of sequence: a tuple, or in Arrow memory."""
    if isinstance(strings, Strings):
        return strings.take(rows)
    return tuple(strings[row] for row in rows.tolist())


def strings_of(strings: Sequence[str]) -> Strings:
    """Return strings in Arrow memory; each must be writable as UTF-8."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    return Strings(pa.array(strings, pa.string()))


def joined(parts: Sequence[Sequence[str]]) -> Sequence[str]:
    """Return the strings of several sequences as one: in Arrow memory where all of them are, else a list."""
    if parts and all(isinstance(part, Strings) for part in parts):
        import pyarrow as pa  # noqa: PLC0415  # heavy

        chunks = [chunk for part in parts for chunk in _chunked(part.array).chunks]  # type: ignore[attr-defined]  # all are Strings
        return Strings(pa.chunked_array(chunks))
    return [string for part in parts for string in part]


def kept(strings: Sequence[str]) -> Sequence[str]:
    """Return strings that nobody can change: as they are in Arrow memory, else a tuple."""
    return strings if isinstance(strings, Strings) else tuple(strings)


def values_of(array: Any) -> Iterator[Any]:  # noqa: ANN401  # pyarrow ships no types
    """Yield the Python values of an array, some thousands made at a time."""
    for start in range(0, len(array), AT_ONCE):
        yield from array.slice(start, AT_ONCE).to_pylist()


def chunks_of(array: Any) -> Sequence[Any]:  # noqa: ANN401  # the same
    """Return the chunks of a chunked array, or a plain one as the only chunk."""
    chunks: Sequence[Any] = getattr(array, "chunks", [array])
    return chunks
