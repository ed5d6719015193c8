"""The first line or row of a table: the names of its columns, and records as wide as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from mollia.data.limits import check_columns
from mollia.data.table import as_text, shown
from mollia.errors import DataError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
T = TypeVar("T")


class Header:
    """The names of a file's columns; several without a name are left out, and may hold nothing."""

    def __init__(
        self, header: Sequence[str], where: str, source: str, delimiter: str = "", unit: str = "line"
    ) -> None:
        check_columns(header, source)
        self.width, self.where, self.source = len(header), where, source
        self.delimiter, self.unit = delimiter, unit
        blank = [at for at, name in enumerate(header) if not name.strip()]
        if len(blank) == len(header):
            raise DataError(
                f"{where}: no column has a name.", hint="A table begins with a line of column names."
            )
        self.nameless = blank if 1 < len(blank) < len(header) else []
        self.kept = [at for at in range(len(header)) if at not in self.nameless]
        self.names = [header[at] for at in self.kept]
        for name, times in Counter(self.names).items():
            if times > 1:
                what = f'are called "{shown(name)}"' if name.strip() else "have no name"
                raise DataError(f"{where}: {times} columns {what}.", hint="Give each its own name.")
        left = f"{source}: left out {len(self.nameless)} columns without a name and without a cell."
        self.left_out = (left,) if self.nameless else ()

    def fitting(self, records: Iterable[tuple[int, list[T]]]) -> Iterator[tuple[int, list[T]]]:
        """Yield the records, each as wide as the names; blank cells behind the last column do not count."""
        needed = self.kept[-1] + 1
        for place, record in records:
            if len(record) != self.width:
                record = self._padded(record, needed, f"{self.source}:{place}")  # noqa: PLW2901  # the same record
            for at in self.nameless:
                if (as_text(record[at]) or "").strip():
                    raise DataError(
                        f"{self.where}: {len(self.nameless)} columns have no name, and {self.unit} {place} has "
                        f'"{shown(record[at])}" in one of them.',
                        hint=f"Name them in the first {self.unit}, or delete them.",
                    )
            yield place, [record[at] for at in self.kept] if self.nameless else record

    def _padded(self, record: list[Any], needed: int, where: str) -> list[Any]:
        behind = "".join(as_text(cell) or "" for cell in record[self.width :])
        if needed <= len(record) and (not behind or behind.isspace()):
            return [*record[: self.width], *[""] * (self.width - len(record))]
        said = DELIMITERS.get(self.delimiter, repr(self.delimiter))
        raise DataError(
            f"{where}: {len(record)} cells, expected {self.width} as in the header "
            f"({shown(', '.join(self.names))}).",
            hint=f"Cells are separated by {said}: quote cells that contain it, or give --delimiter (delimiter under [data]).",
        )
