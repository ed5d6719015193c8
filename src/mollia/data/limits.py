"""How much a file may hold: limits far above any data set of texts, each with a sentence where one is passed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized

from mollia.errors import DataError

CELL = 10_000_000  # characters of one cell: some 2,000 pages
LINE = 32_000_000  # characters of a line of a CSV or JSONL file
COLUMNS = 10_000
WHOLE = 2**31  # bytes of a file that is read whole, unpacked
DIGITS = 4300  # of a whole number; Python reads no longer ones


def check_columns(names: Sized, source: str) -> None:
    """Refuse a table of very many columns.

    Raises
    ------
    DataError
        With their number.
    """
    if len(names) > COLUMNS:
        raise DataError(
            f"{source} has {len(names):,} columns; at most {COLUMNS:,} are read.",
            hint="Keep the columns that are needed: id, text, labels. Is its first line really the column names?",
        )


def check_whole(n_bytes: int, source: str, *, packed: int | None = None) -> None:
    """Refuse a file that would not fit into memory.

    Raises
    ------
    DataError
        With its size, and that on disk where it is packed.
    """
    if n_bytes > WHOLE:
        disk = "" if packed is None else f" ({_size(packed)} on disk)"
        raise DataError(
            f"{source} holds {_size(n_bytes)}{disk}; at most {_size(WHOLE)} are read at once.",
            hint="Split it, or leave out the columns that are not needed.",
        )


def short_lines(lines: Iterable[str], source: str) -> Iterator[str]:
    """Yield the lines of a file whose reader cuts them at LINE characters.

    Raises
    ------
    DataError
        On a line that was cut, with its number.
    """
    for number, line in enumerate(lines, 1):
        if len(line) >= LINE:
            raise DataError(
                f"{source}:{number}: the line has more than {LINE:,} characters.",
                hint="No text to label is that long: is it another kind of file, or does a quote lack its end?",
            )
        yield line


def long_cell(place: str) -> DataError:
    """Return the error for a cell of too many characters."""
    return DataError(
        f"{place}: a cell has more than {CELL:,} characters.",
        hint="No text to label is that long: shorten it, or find the quote that lacks its end.",
    )


def _size(n_bytes: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6)):
        if n_bytes >= size:
            return f"{n_bytes / size:.1f} {unit}"
    return f"{n_bytes / 1000:.0f} kB"
