"""Columns to a file of any length, which appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mollia.data.format import Batch, Rows, format_of, unknown_format, written_endings
from mollia.errors import DataError, did_you_mean
from mollia.text_format import UTF_8, TextFormat
from mollia.whole_files import replacing


@contextmanager
def writing(path: Path, *, text_format: TextFormat = UTF_8) -> Iterator[Rows]:
    """Open a file by its suffix for rows; it takes `path`'s place when all went well.

    Raises
    ------
    DataError
        On an unknown suffix, a character the encoding lacks (with row and column), a column
        Parquet cannot type, and a place that cannot be written to.
    """
    write = format_of(path).write
    if write is None:
        known = written_endings()
        raise DataError(
            f"{unknown_format(path, 'written')}{did_you_mean(path.suffix.lower(), known)}",
            hint=f"Known: {', '.join(known)}.",
        )
    if format_of(path).in_place:
        with write(path, text_format) as rows:
            yield rows
        return
    with (
        replacing(path) as unfinished,
        write(unfinished, text_format) as rows,
    ):
        yield rows


def write_columns(
    path: Path,
    columns: Batch,
    *,
    text_format: TextFormat = UTF_8,
) -> None:
    """Write columns of equal length by the path's suffix; see `writing`."""
    with writing(path, text_format=text_format) as rows:
        rows.write(columns)
