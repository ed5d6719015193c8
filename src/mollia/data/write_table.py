"""Columns to a file of any length, which appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mollia.data.format import Batch, Rows, format_of, written_endings
from mollia.errors import DataError, did_you_mean
from mollia.text_format import UTF_8, TextFormat


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
            f'{path}: files that end in "{path.suffix.lower()}" are not written.{did_you_mean(path.suffix.lower(), known)}',
            hint=f"Known: {', '.join(known)}.",
        )
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


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a file beside `path` to write to; it takes `path`'s place when all went well.

    Raises
    ------
    DataError
        When the place cannot be written to.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Close it if another program has it open, or choose another place.",
        ) from None
    finally:
        with suppress(OSError):  # the folder may be what failed
            unfinished.unlink(missing_ok=True)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder beside `folder` to write to; it takes `folder`'s place when all went well.

    Raises
    ------
    DataError
        When `folder` holds anything already, or the place cannot be written to.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(
            f"{folder} exists and is not empty.", hint="Choose another place, or remove it first."
        )
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
        if folder.exists():
            folder.rmdir()
        unfinished.replace(folder)
    except OSError as error:
        raise DataError(
            f"{folder} cannot be written: {error.strerror or error}.", hint="Choose another place."
        ) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
