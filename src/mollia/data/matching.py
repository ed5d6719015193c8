"""Labels found among class names; the one place that says when two spellings agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mollia.arrays import Classes
from mollia.data.arrow_column import ArrowColumn
from mollia.data.cells import Alike, unmarked
from mollia.data.table import Table, as_text, fold, is_blank, shown
from mollia.errors import DataError, did_you_mean

BLANK = -1
UNKNOWN = -2
MOST_LISTED = 10  # class names in one message

ClassNames = Sequence[str] | Sequence[Sequence[str]]  # K names, or K x (name, alias, ...)


def _nothing(_reply: str, /) -> bool:
    return False


class LabelMatcher:
    """Finds the class number of a label.

    A class's name or alias exactly as written wins; then the same without case, Unicode form and
    blanks at the ends, where that fits one class only; then as `cells.Alike` finds it (`1.0` for the
    class `1`, what typed columns make of whole numbers with gaps). "NA", "None", "null" and "nan" are
    labels like any other. `finds` tells whether the parser of replies finds a class in one.

    Raises
    ------
    DataError
        When two classes share a name or alias.
    """

    def __init__(self, classes: ClassNames, *, finds: Callable[[str], bool] = _nothing) -> None:
        self.finds = finds
        self.names = tuple(names if isinstance(names, str) else names[0] for names in classes)
        self._exact: dict[str, int] = {}
        self._folded: dict[str, set[int]] = {}
        for number, names in enumerate(classes):
            for name in (names,) if isinstance(names, str) else names:
                if self._exact.setdefault(name, number) != number:
                    raise DataError(
                        f'Two classes are called "{name}".', hint="Give each class its own name and aliases."
                    )
                self._folded.setdefault(fold(name), set()).add(number)
        self._alike = Alike(self._exact.items())
        self._seen: dict[object, int] = {}

    def __call__(self, label: object) -> int:
        """Return the class number, BLANK for an empty cell, or UNKNOWN."""
        key = label if isinstance(label, str) else (type(label), as_text(label) or repr(label))
        if (known := self._seen.get(key)) is None:
            known = self._seen[key] = self._match(label)
        return known

    def _match(self, label: object) -> int:
        if is_blank(label):
            return BLANK
        written = as_text(label)
        if written is None:
            return UNKNOWN
        found = self._as_written(written)
        if found == UNKNOWN:
            alike = self._alike(label)
            found = UNKNOWN if alike is None else alike
        return self._as_written(unmarked(written)) if found == UNKNOWN else found

    def _as_written(self, written: str) -> int:
        if written in self._exact:
            return self._exact[written]
        folded = self._folded.get(fold(written), set())
        return next(iter(folded)) if len(folded) == 1 else UNKNOWN

    def as_reply(self, cell: object) -> str:
        """Return the reply that a cell holds: as written, but the class's name where only the cell's type hides it."""
        written = as_text(cell)
        if written is None:
            return str(cell)
        if isinstance(cell, str) and self._as_written(cell) != UNKNOWN:
            return cell
        number = self(cell)
        return self.names[number] if number >= 0 else written

    def refusal(self, label: object, where: str) -> DataError:
        """Return the error for a label that is not a class."""
        written = shown(label)
        cause = self._alike.why_not(label) or did_you_mean(written, self._exact).strip()
        return DataError(
            f'{where}: "{written}" is not a class.{" " * bool(cause)}{cause}',
            hint=f"Classes: {_listed(self.names)}. Leave the cell blank where there is no label.",
        )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_LISTED])
    return shown if len(names) <= MOST_LISTED else f"{shown}, … ({len(names)} in all)"


def match_column(table: Table, column: str, matcher: LabelMatcher) -> Classes:
    """Return the class numbers (n,) of a column, -1 where blank.

    Raises
    ------
    DataError
        On the first label that is not a class, with its place and how many more there are.
    """
    cells = table.columns[column]
    if isinstance(cells, ArrowColumn):
        number, distinct = cells.distinct()
        y = np.array([*map(matcher, distinct), BLANK], np.int64)[
            number
        ]  # the last one's is that of a missing cell
    else:
        y = np.fromiter((matcher(cell) for cell in cells), np.int64, len(cells))
    unknown = np.flatnonzero(y == UNKNOWN)
    if len(unknown):
        error = matcher.refusal(cells[unknown[0]], table.where(int(unknown[0]), column))
        if len(unknown) > 1:
            message = f"{error.args[0]} ({len(unknown) - 1} more rows have labels that are not classes.)"
            raise DataError(message, hint=error.hint)
        raise error
    return y
