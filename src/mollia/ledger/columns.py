"""A ledger's answers as columns, to be written to a table file."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mollia.records import Answer


def answer_columns(answers: Iterable[Answer]) -> dict[str, list[object]]:
    """Return one column for each field of an Answer; probabilities as lists of natural logarithms.

    Half surrogate pairs, which no file format takes, become question marks.
    """
    columns: dict[str, list[object]] = {name: [] for name in Answer.__slots__}
    for answer in answers:
        for name, cells in columns.items():
            value = getattr(answer, name)
            cells.append(_plain(value))
    return columns


def _plain(value: object) -> object:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.tolist() if isinstance(value, np.ndarray) else value
