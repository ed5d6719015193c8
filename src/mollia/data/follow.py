"""A file that grows, or what is typed or piped in: its lines as they come, without an end."""

from __future__ import annotations

import codecs
import queue
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from mollia.data.csv_file import csv_batches
from mollia.data.decode import codec_name
from mollia.data.jsonl_file import jsonl_batches
from mollia.data.table import Table
from mollia.errors import DataError
from mollia.text_format import TextFormat

STDIN = "-"
PAUSE = 0.3  # seconds between two looks at a file
BLOCK = 1 << 20  # characters read at a time
ENDINGS = (".csv", ".tsv", ".jsonl")
AT_ONCE = 512  # rows that come together


class GrowingLines:
    """The whole lines of a file, those that are appended later too; `pending` are read and not yet given.

    Raises
    ------
    DataError
        When the file becomes shorter, for what was read is then no longer what it holds, or goes.
    """

    def __init__(self, path: Path, *, encoding: str) -> None:
        self.path = path
        self.pending = 0
        name = codec_name(encoding)
        self._encoding = "utf-8-sig" if name == "utf-8" else name

    def __iter__(self) -> Iterator[str]:
        decoder, left = codecs.getincrementaldecoder(self._encoding)(), ""
        with self.path.open("rb") as file:
            while True:
                read = file.read(BLOCK)
                if not read:
                    self._still_there(file.tell())
                    time.sleep(PAUSE)
                    continue
                try:
                    *lines, left = (left + decoder.decode(read)).split("\n")
                except UnicodeDecodeError as error:
                    raise DataError(
                        f"{self.path}: what was appended is not {self._encoding}: {error.reason}.",
                        hint="Name the file's encoding with --encoding.",
                    ) from None
                self.pending = len(lines)
                for line in lines:
                    self.pending -= 1
                    yield line + "\n"

    def _still_there(self, read: int) -> None:
        try:
            size = self.path.stat().st_size
        except OSError as error:
            raise DataError(
                f"{self.path} is no longer there: {error.strerror}.", hint="Start again with the new file."
            ) from None
        if size < read:
            raise DataError(
                f"{self.path} became shorter while it was watched.", hint="Start again with the new file."
            )


class PipedLines:
    """The lines that come on standard input, to its end; `pending` came and are not yet given."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue()

    @property
    def pending(self) -> int:
        """Lines that wait."""
        return self._lines.qsize()

    def __iter__(self) -> Iterator[str]:
        threading.Thread(target=self._read, daemon=True).start()
        while (line := self._lines.get()) is not None:
            yield line

    def _read(self) -> None:
        for line in self._stream or sys.stdin:
            self._lines.put(line)
        self._lines.put(None)


Lines = GrowingLines | PipedLines


def following(source: str, text_format: TextFormat, *, delimiter: str | None) -> Iterator[Table]:
    """Yield tables of one row or some as rows come: of a growing .csv, .tsv or .jsonl file, or of lines on standard input ("-").

    A line on standard input is a JSON object, or else a text. `delimiter` is the file's.

    Raises
    ------
    DataError
        When the file is of another kind or missing, or a row is wrong; what came before it has been given.
    """
    lines: Lines = (
        PipedLines() if source == STDIN else GrowingLines(Path(source), encoding=text_format.encoding)
    )
    if source == STDIN:
        tables: Iterable[Table] = _piped(lines)
    elif source.lower().endswith(".jsonl"):
        tables = jsonl_batches(lines, source=source, size=1)
    else:
        tables = csv_batches(lines, source=source, delimiter=delimiter or ",", size=1)
    some: list[Table] = []
    for table in tables:
        some.append(table)
        if not lines.pending or len(some) >= AT_ONCE:
            yield from _joined(some)
            some = []
    yield from _joined(some)


def check_followed(source: str) -> None:
    """Refuse what cannot be followed.

    Raises
    ------
    DataError
        When it is neither "-" nor a file of lines, or the file is not there.
    """
    if source == STDIN:
        return
    if not source.lower().endswith(ENDINGS):
        raise DataError(
            f"{source} cannot be watched: rows are appended to .csv, .tsv and .jsonl files only.",
            hint="Watch one of these, or standard input: -",
        )
    if not Path(source).is_file():
        raise DataError(f"There is no file {source}.", hint="Create it with its header line first.")


def _piped(lines: Iterable[str]) -> Iterator[Table]:
    for number, line in enumerate(lines, start=1):
        said = line.rstrip("\r\n")
        if said.lstrip().startswith("{"):
            yield from jsonl_batches([said], source="standard input", size=1)
        elif said.strip():
            yield Table(columns={"text": [said]}, source="standard input", places=(number,))


def _joined(tables: list[Table]) -> Iterator[Table]:
    """Yield tables with the same columns as one."""
    at = 0
    while at < len(tables):
        names = [*tables[at].columns]
        end = at + 1
        while end < len(tables) and [*tables[end].columns] == names:
            end += 1
        some = tables[at:end]
        yield Table(
            columns={name: [cell for table in some for cell in table.columns[name]] for name in names},
            source=some[0].source,
            places=tuple(place for table in some for place in table.places),
            delimiter=some[0].delimiter,
        )
        at = end
