"""Columns to a file of any length, which appears whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, TextIO

from mollia.data.csv_file import as_delimiter, csv_lines
from mollia.data.decode import codec_name
from mollia.data.jsonl_file import jsonl_lines, plain
from mollia.data.parquet_file import ParquetRows
from mollia.data.table import is_blank
from mollia.errors import DataError, did_you_mean

TYPED = (".parquet", ".pq")
SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", *TYPED)

Batch = Mapping[str, Sequence[object]]


class Rows(Protocol):
    """A file being written."""

    def write(self, columns: Batch, /) -> None:
        """Add rows; every call gives the same columns, of equal length."""
        ...


@contextmanager
def writing(
    path: Path, *, encoding: str = "utf-8", bom: bool = False, delimiter: str | None = None
) -> Iterator[Rows]:
    """Open a file by its suffix for rows; it takes `path`'s place when all went well.

    Raises
    ------
    DataError
        On an unknown suffix, a character the encoding lacks (with row and column), a column
        Parquet cannot type, and a place that cannot be written to.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(
            f'{path}: files that end in "{suffix}" are not written.{did_you_mean(suffix, SUFFIXES)}',
            hint=f"Known: {', '.join(SUFFIXES)}.",
        )
    with replacing(path) as unfinished:
        if suffix in TYPED:
            with ParquetRows(unfinished) as rows:
                yield rows
            return
        codec = "utf-8-sig" if bom else codec_name(encoding)
        lines: Callable[[Batch], Iterable[str]] = jsonl_lines
        if suffix in {".csv", ".tsv"}:
            lines = _CsvLines(as_delimiter(delimiter) or ("\t" if suffix == ".tsv" else ","))
        with unfinished.open("w", encoding=codec, newline="") as file:
            yield _TextRows(file, encoding, lines)


def write_columns(
    path: Path,
    columns: Batch,
    *,
    encoding: str = "utf-8",
    bom: bool = False,
    delimiter: str | None = None,
) -> None:
    """Write columns of equal length by the path's suffix; see `writing`."""
    with writing(path, encoding=encoding, bom=bom, delimiter=delimiter) as rows:
        rows.write(columns)


class _CsvLines:
    """The records of batch after batch, below one header."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        self.header = True

    def __call__(self, columns: Batch) -> list[str]:
        cells_of = {name: [_cell(cell) for cell in cells] for name, cells in columns.items()}
        lines = csv_lines(cells_of, delimiter=self.delimiter, header=self.header)
        self.header = False
        return lines


class _TextRows:
    def __init__(self, file: TextIO, encoding: str, lines: Callable[[Batch], Iterable[str]]) -> None:
        self.file = file
        self.encoding = encoding
        self.lines = lines
        self.n_rows = 0

    def write(self, columns: Batch) -> None:
        text = "".join(self.lines(columns))
        try:
            self.file.write(text)
        except UnicodeEncodeError as error:
            character = text[error.start]
            raise DataError(
                f"{character!r} in {self._place(character, columns)} cannot be written in {self.encoding}.",
                hint="Write utf-8 (with bom=True for Excel).",
            ) from None
        self.n_rows += len(next(iter(columns.values()), ()))

    def _place(self, character: str, columns: Batch) -> str:
        for name, cells in columns.items():
            for row, cell in enumerate([name, *cells]):
                if character in str(cell):
                    at = f"row {self.n_rows + row}," if row else "the name of"
                    return f'{at} column "{name}"'
        return "a cell"  # inside a list or an object


def _cell(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return "" if is_blank(cell) else repr(cell)
    if isinstance(cell, (list, tuple, dict)):
        return json.dumps(cell, ensure_ascii=False, default=plain)
    if isinstance(cell, (bytes, bytearray)):
        raise DataError("Bytes cannot be written to a text file.", hint="Write a .parquet file instead.")
    return "" if cell is None else str(cell)


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
