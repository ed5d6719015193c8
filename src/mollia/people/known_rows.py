"""Human labels as the loop uses them: one class number a row, copies of a text included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Mask, Rows, read_only
from mollia.records import HumanLabels, Pool

NAMED = 5  # rows named in one sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRows:
    """What people said about the pool's n rows.

    y (n,) class numbers with -1; `labelled` (n,) the rows a person labelled; `copies` (n,) further
    rows with the same text as one of them, which take over its label; `conflicts` names rows of one
    text with different labels (such labels stay with their own rows alone).
    """

    y: Classes
    labelled: Mask
    copies: Mask
    conflicts: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        for name, dtype in (("y", np.int64), ("labelled", np.bool_), ("copies", np.bool_)):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype))

    @property
    def known(self) -> Mask:
        """Rows whose label comes from a person, (n,)."""
        known: Mask = self.labelled | self.copies
        return known

    @property
    def conflict_notes(self) -> tuple[str, ...]:
        """A sentence on each text to which people gave different labels."""
        return tuple(
            f"Rows with the same text have different human labels: {some(ids)}." for ids in self.conflicts
        )


def some(ids: Sequence[str]) -> str:
    """Return the first ids of many, and how many more there are."""
    more = len(ids) - NAMED
    return ", ".join(ids[:NAMED]) + (f" and {more} more" if more > 0 else "")


def known_rows(pool: Pool, labels: HumanLabels, groups: Rows) -> KnownRows:
    """Join labels to the pool's rows and hand them on to copies of the same text.

    `groups` (n,) numbers texts so that equal texts share a number.
    """
    y = np.full(len(pool), -1)
    y[pool.rows_of(labels.ids)] = labels.y
    labelled = y >= 0
    said: dict[int, set[int]] = {}
    for row in np.flatnonzero(labelled):
        said.setdefault(int(groups[row]), set()).add(int(y[row]))
    agreed = {group: next(iter(ys)) for group, ys in said.items() if len(ys) == 1}
    copies = np.zeros(len(pool), bool)
    for row in np.flatnonzero(~labelled & np.isin(groups, list(agreed))):
        y[row], copies[row] = agreed[int(groups[row])], True
    conflicts = tuple(
        pool.ids_of(np.flatnonzero(labelled & (groups == group))) for group, ys in said.items() if len(ys) > 1
    )
    return KnownRows(y=y, labelled=labelled, copies=copies, conflicts=conflicts)
