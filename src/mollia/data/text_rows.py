"""Rows to a text file, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mollia.data.decode import codec_name
from mollia.data.format import Batch, Rows
from mollia.errors import DataError
from mollia.text_format import TextFormat


@contextmanager
def text_rows(path: Path, text: TextFormat, lines: Callable[[Batch], Iterable[str]]) -> Iterator[Rows]:
    """Open a text file for rows; `lines` makes a batch's lines.

    Raises
    ------
    DataError
        On a character that the encoding lacks, with row and column.
    """
    codec = "utf-8-sig" if text.bom else codec_name(text.encoding)
    with path.open("w", encoding=codec, newline="") as file:
        yield _TextRows(file, text.encoding, lines)


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
