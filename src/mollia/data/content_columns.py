"""Columns that hold a row's content where that is not a text: images, sound, several columns, vectors."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mollia.arrays import Matrix
from mollia.content import (
    Kind,
    content_bytes,
    data_reference,
    digest_of,
    file_reference,
    identity,
    media_type,
    on_the_web,
)
from mollia.data.cells import number_of
from mollia.data.table import Say, Table, as_text, is_blank, quiet, shown
from mollia.errors import DataError, a_kind
from mollia.images import LARGEST, fault

NOT_SOUND = "is not a sound file (WAV, MP3, Ogg, FLAC, M4A or WebM)"
MOST_TOLD = 3  # faults


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentColumns:
    """Which columns hold a row's content; `folder` is where the files lie that they name.

    `vectors` is a file, or names columns with numbers.
    """

    folder: Path
    image: str | None = None
    audio: str | None = None
    columns: tuple[str, ...] = ()
    vectors: Path | tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The rows' contents (n,), what people are shown of them, vectors (n, d), and columns to keep in place of bytes."""

    kind: Kind
    texts: Sequence[str]
    captions: Sequence[str] = ()
    vectors: Matrix | None = None
    replaced: Mapping[str, Sequence[object]]


def read_contents(
    table: Table,
    columns: ContentColumns,
    *,
    text: str,
    texts: Callable[[], Sequence[str]],
    ids: Sequence[str],
    say: Say = quiet,
) -> Contents:
    """Read what a table's rows hold; `texts` reads the column `text`, where it is needed.

    Files are read once, so that what is missing, damaged or too large is told before anything is asked.

    Raises
    ------
    DataError
        With file and row.
    MissingExtra
        Where there are images, and Pillow is not installed.
    """
    vectors = None if columns.vectors is None else read_vectors(table, columns.vectors, say=say)
    if medium := columns.image or columns.audio:
        kind: Kind = "image" if columns.image else "audio"
        column = table.need(medium, "the images" if columns.image else "the sound files", say=say)
        found = read_files(table, column, kind, columns.folder)
        own = found.captions
        if text != "text" or table.find(text) is not None:
            own = [caption or name for caption, name in zip(texts(), own, strict=True)]
        return replace(found, captions=tuple(own), vectors=vectors)
    if columns.columns:
        named = [table.need(name, "part of the rows' text", say=say) for name in columns.columns]
        return Contents(kind="text", texts=row_texts(table, named), vectors=vectors, replaced={})
    if vectors is not None and text == "text" and table.find(text) is None:
        texts_of = tuple(digest_of(id_.encode(errors="surrogatepass")) for id_ in ids)  # ids may look alike
        return Contents(kind="nothing", texts=texts_of, captions=tuple(ids), vectors=vectors, replaced={})
    return Contents(kind="text", texts=texts(), vectors=vectors, replaced={})


def row_texts(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    """Return each row (n,) as lines of `name: value`; blank cells are left out.

    Raises
    ------
    DataError
        On a list, an object or bytes, with its place.
    """
    lines: list[list[str]] = [[] for _ in range(len(table))]
    for name in columns:
        for row, cell in enumerate(table.columns[name]):
            if is_blank(cell):
                continue
            written = as_text(cell)
            if written is None:
                raise DataError(
                    f"{table.where(row, name)}: expected a text or a number, found {a_kind(cell)}.",
                    hint="Leave that column out of data.columns.",
                )
            lines[row].append(f"{name}: {' '.join(written.split())}")
    return tuple("\n".join(each) for each in lines)


def read_vectors(table: Table, vectors: Path | tuple[str, ...], *, say: Say = quiet) -> Matrix:
    """Return the rows' vectors (n, d) as they were given.

    Raises
    ------
    DataError
        When the file or a cell holds anything else than numbers, or there are not as many rows.
    """
    return (
        _from_file(table, vectors) if isinstance(vectors, Path) else number_columns(table, vectors, say=say)
    )


def number_columns(table: Table, columns: Sequence[str], *, say: Say = quiet) -> Matrix:
    """Return columns of numbers as (n, d).

    Raises
    ------
    DataError
        On a cell that is not a number, with its place.
    """
    out: Matrix = np.zeros((len(table), len(columns)), np.float32)
    for at, name in enumerate(columns):
        column = table.need(name, "part of the rows' vectors", say=say)
        for row, cell in enumerate(table.columns[column]):
            number = float(cell) if isinstance(cell, bool) else number_of(cell)
            if number is None or not math.isfinite(number):
                raise DataError(
                    f'{table.where(row, column)}: expected a number, found "{shown(cell)}".',
                    hint="Fill the gaps (with the column's mean, say), or leave that column out of data.vectors.",
                )
            out[row, at] = number
    return out


def _from_file(table: Table, path: Path) -> Matrix:
    try:
        found = np.load(path, allow_pickle=False, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(
            f"{path} holds no vectors: {why}.", hint="Write it with numpy.save(path, vectors)."
        ) from None
    if getattr(found, "ndim", 0) != 2 or found.shape[0] != len(table) or found.dtype.kind not in "fiub":  # noqa: PLR2004  # (n, d)
        raise DataError(
            f"{path} holds {found.dtype} of shape {found.shape}; {table.source} has {len(table)} rows.",
            hint="It must hold one row of numbers for each row of the data, in the same order.",
        )
    out: Matrix = np.array(found, np.float32)
    if not np.isfinite(out).all():
        row = int((~np.isfinite(out).all(1)).argmax())
        raise DataError(f"{path}: the vector of {table.where(row)} is not finite.")
    return out


def read_files(table: Table, column: str, kind: Kind, folder: Path) -> Contents:
    """Open the files, or the bytes, that a column holds; what is shown of them are the cells as written.

    Raises
    ------
    DataError
        Naming the first rows whose file is missing, damaged, too large or no image or sound.
    """
    found = _Files(table, column, kind, folder)
    found.read()
    replaced = {column: tuple(found.captions)} if found.has_bytes else {}
    return Contents(
        kind=kind, texts=tuple(found.references), captions=tuple(found.captions), replaced=replaced
    )


class _Files:
    """The cells of a column, opened one after another; equal bytes get the reference of the first."""

    def __init__(self, table: Table, column: str, kind: Kind, folder: Path) -> None:
        self.table, self.column, self.kind, self.folder = table, column, kind, folder
        self.root = Path(os.path.realpath(folder))
        self.references: list[str] = []
        self.captions: list[str] = []
        self.has_bytes = False
        self._first: dict[str, str] = {}
        self._faults: list[str] = []

    def read(self) -> None:
        for row, cell in enumerate(self.table.columns[self.column]):
            reference, caption = self._cell(row, cell)
            self.references.append(
                self._first.setdefault(identity(reference), reference) if reference else ""
            )
            self.captions.append(caption)
        if self._faults:
            more = len(self._faults) - MOST_TOLD
            told = self._faults[:MOST_TOLD] + ([f"… and {more} more rows."] if more > 0 else [])
            raise DataError(
                "\n".join(told),
                hint=f"Mend or take out these rows. Paths are taken from {self.folder} (data.folder).",
            )

    def _cell(self, row: int, cell: object) -> tuple[str, str]:
        """Return a cell's reference and what is shown of it; "" for a blank one."""
        place = f"row {self.table.places[row]}"
        if isinstance(cell, Mapping):  # as the library `datasets` stores images: {"bytes": ..., "path": ...}
            written, held = as_text(cell.get("path")) or "", cell.get("bytes")
            cell = held if held is not None else written
            place = Path(written).name or place
        if isinstance(cell, (bytes, bytearray)):
            self.has_bytes = True
            return (
                (data_reference(bytes(cell)), place) if self._usable(row, place, bytes(cell)) else ("", place)
            )
        if is_blank(cell):
            return "", ""
        named = as_text(cell)
        if named is None:
            self._fault(row, f"expected a path, an address or bytes, found {a_kind(cell)}")
            return "", ""
        return self._named(row, named.strip()), named.strip()

    def _named(self, row: int, written: str) -> str:
        if on_the_web(written):
            if self.kind == "audio":
                self._fault(row, f'"{shown(written)}" is an address on the web; download the file')
                return ""
            return written
        path = Path(os.path.realpath(self.folder / written)) if "\0" not in written else self.root.parent
        if not path.is_relative_to(self.root):
            self._fault(row, f'"{shown(written)}" leads out of the folder {self.folder}')
            return ""
        try:
            data = content_bytes(str(path)) if path.stat().st_size <= LARGEST else b"\0" * (LARGEST + 1)
        except FileNotFoundError:
            self._fault(row, f'there is no file "{shown(written)}"')
            return ""
        except (OSError, DataError) as error:
            why = getattr(error, "strerror", None) or str(error).partition("\n")[0]
            self._fault(row, f'"{shown(written)}" cannot be read: {why}')
            return ""
        return file_reference(path, data) if self._usable(row, f'"{shown(written)}"', data) else ""

    def _usable(self, row: int, name: str, data: bytes) -> bool:
        if self.kind == "image":
            wrong = fault(data)
        elif len(data) > LARGEST:
            wrong = f"is too large: the most is {LARGEST // 2**20} MB"
        else:
            wrong = "" if (media_type(data) or "").startswith("audio/") else NOT_SOUND
        if wrong:
            self._fault(row, f"{name} {wrong}")
        return not wrong

    def _fault(self, row: int, sentence: str) -> None:
        self._faults.append(f"{self.table.where(row, self.column)}: {sentence}.")
