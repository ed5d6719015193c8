"""Rows of two files joined by their ids, also where a typed column or a spreadsheet wrote the ids in another form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Rows
from mollia.data.cells import Alike
from mollia.strings import positions


@dataclass(frozen=True, slots=True, kw_only=True)
class SameIds:
    """`at` (n,) says where each of n ids stands among the known ones, -1 = nowhere; `cause` is the likely reason for the first such."""

    at: Rows
    cause: str

    @property
    def lost(self) -> Rows:
        """The positions of ids that are not known."""
        lost: Rows = np.flatnonzero(self.at < 0)
        return lost


def same_ids(ids: Sequence[str], known: Sequence[str]) -> SameIds:
    """Find ids (n,) among `known` ones as `cells.Alike` does: `1.0` is `1` where there is no `1.0`.

    An id as written comes first; no two ids stand for the same known one.
    """
    at = positions(known, ids)
    if (at >= 0).all():
        return SameIds(at=at, cause="")
    alike = Alike((name, row) for row, name in enumerate(known))
    exact = {name: row for row, name in enumerate(known)}
    taken = {exact[name] for name in ids if name in exact}
    at = np.full(len(ids), -1)
    for position, name in enumerate(ids):
        row = exact.get(name)
        if row is None and (row := alike(name)) in taken:
            continue
        if row is not None:
            at[position] = row
            taken.add(row)
    first = next((ids[row] for row in np.flatnonzero(at < 0).tolist()), "")
    return SameIds(at=at, cause=alike.why_not(first))
