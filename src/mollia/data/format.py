"""A kind of file, by the end of its name: how it is read and written; found through the registry.

A package adds one through the entry-point group `mollia.format`, whose names are file endings ("yaml").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mollia.data.database_address import parts_of
from mollia.data.table import Table
from mollia.registry import find, names
from mollia.text_format import TextFormat

Batch = Mapping[str, Sequence[object]]


class Rows(Protocol):
    """A file being written."""

    def write(self, columns: Batch, /) -> None:
        """Add rows; every call gives the same columns, of equal length."""
        ...


class Read(Protocol):
    """Reads a file as tables of `size` rows, None for one table of all; at least one table.

    `names` are the columns of a file whose rows have keys, None for the keys each table's rows have.
    """

    def __call__(
        self, path: Path, text: TextFormat, /, *, size: int | None, names: Iterable[str] | None
    ) -> Iterator[Table]:
        """Return the tables; a DataError names file, line or byte offset."""
        ...


Write = Callable[[Path, TextFormat], AbstractContextManager[Rows]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How such files are read and written, None = they are not; `typed`: numbers and lists keep their type.

    `in_place`: rows are written into a file that is there, as a table of its own.
    """

    read: Read | None = None
    write: Write | None = None
    typed: bool = False
    in_place: bool = False


def format_of(path: Path) -> Format:
    """Return the format that goes with the end of a file's name; one that does nothing where there is none."""
    ending = parts_of(path)[0].suffix.lower().removeprefix(".")
    if ending not in names("format"):
        return Format()
    found: Format = find("format", ending)
    return found


def written_endings() -> tuple[str, ...]:
    """Return the endings of files that can be written, each with its dot."""
    return tuple(f".{name}" for name in names("format") if find("format", name).write is not None)


def unknown_format(path: Path, done: str) -> str:
    """Return the sentence on a file whose name's end is no format that can be `done` ("read", "written")."""
    suffix = path.suffix.lower()
    if not suffix:
        return f"{path}: the name has no ending, so its format is not known."
    return f'{path}: files that end in "{suffix}" are not {done}.'
