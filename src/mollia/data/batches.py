"""A file of any length, a few thousand rows in memory at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from mollia.data.files import existing, file_batches
from mollia.data.limits import check_columns
from mollia.data.table import Table, blank_note, nameless, without_nameless
from mollia.text_format import UTF_8, TextFormat

SIZE = 8192  # rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """A file of `n_rows` rows; each iteration reads it again, as tables with the same columns.

    A file without rows gives one table without rows. `header` is a table without rows: the columns
    of all, and the notes about choices made while reading.
    """

    header: Table
    n_rows: int
    again: Callable[[], Iterator[Table]]

    def __iter__(self) -> Iterator[Table]:
        return self.again()


def read_batches(
    source: str | os.PathLike[str],
    *,
    text_format: TextFormat = UTF_8,
    size: int = SIZE,
) -> Batches:
    """Look through a file as `read_table` reads it, and return its rows in batches of `size`.

    This first look refuses a file that is wrong in any row, counts the rows, and collects the keys
    of a JSONL file: they are the columns of every batch, in the order they first occur. Memory
    holds `size` rows of a CSV, JSONL or Parquet file, and the whole of a .json file.

    Raises
    ------
    DataError
        When the file cannot be read; the message names file, line or byte offset.
    """
    path = existing(source)
    read = partial(file_batches, path, text_format=text_format, size=size)
    columns: dict[str, None] = {}
    filled: set[str] = set()
    n_rows, blank = 0, (0, 0)
    for table in read():
        columns |= dict.fromkeys(table.columns)
        check_columns(columns, table.source)
        filled |= {name for name in table.columns if name.strip()} | (table.columns.keys() - nameless(table))
        n_rows += len(table)
        blank = (blank[0] + table.blank[0], blank[1] or table.blank[1])
    empty = columns.keys() - filled
    header = without_nameless(replace(table, columns=dict.fromkeys(columns, ()), places=()), empty)
    left_out = (*header.left_out, *blank_note(table.source, table.unit, blank))
    header = replace(header, left_out=left_out, blank=(0, 0))
    again = partial(_again, partial(read, names=tuple(columns)), empty)
    return Batches(header=header, n_rows=n_rows, again=again)


def _again(read: Callable[[], Iterator[Table]], empty: set[str]) -> Iterator[Table]:
    for table in read():
        yield without_nameless(table, empty)
