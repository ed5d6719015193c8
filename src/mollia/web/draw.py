"""The seed's random draw: one fixed order of all different texts, taken from the front.

The first m rows of a random order are a simple random sample, however many m turn out to be; so a
draw can be made larger and stays one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Rows
from mollia.randomness import generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """`rows` (G,): one row of each text, in drawn order; `members` (G,): how many rows have the text."""

    rows: Rows
    members: Rows

    def without(self, rows: Collection[int], groups: Rows) -> Draw:
        """Return the draw without the texts of `rows` (positions in the pool); groups is (n,)."""
        gone = np.isin(groups[self.rows], groups[list(rows)]) if rows else np.zeros(len(self.rows), bool)
        return Draw(rows=self.rows[~gone], members=self.members[~gone])

    def chance(self, place: int, size: int) -> float:
        """Return the inclusion probability of the row at `place` in a draw of `size` texts."""
        return min(size, len(self.rows)) / len(self.rows) / int(self.members[place])


def make_draw(groups: Rows, random_state: int, purpose: str) -> Draw:
    """Shuffle the G texts; groups (n,) numbers texts so that equal texts share a number."""
    shuffled = generator(random_state, purpose).permutation(len(groups))
    first, members = np.unique(groups[shuffled], return_index=True, return_counts=True)[1:]
    # a second shuffle: in the first one a text with many rows turns up early
    order = generator(random_state, purpose, "texts").permutation(len(first))
    return Draw(rows=shuffled[first[order]], members=members[order])


def next_row(
    rows: Sequence[int], *, done: Collection[int], taken: Collection[int], skipped: Sequence[int]
) -> int | None:
    """Return the first row that is neither done nor taken; skipped ones come last, in their order."""
    later = [row for row in skipped if row in rows]
    for row in [*(row for row in rows if row not in later), *later]:
        if row not in done and row not in taken:
            return row
    return None
