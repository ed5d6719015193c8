"""Rows that are still to be labelled without knowing what others said: nothing on the pages may show their labels.

Those are the rows of the audit sample once it has begun, and rows that the seed's draw waits for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Mask
from mollia.web.desk import Desk
from mollia.web.fit import Standing
from mollia.web.review_page import ReviewDesk
from mollia.web.seed_page import SeedDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """Rows that wait for a blind label: of the audit, and of the seed for one person; `texts` are their groups."""

    audit: frozenset[int]
    seed: frozenset[int]
    texts: frozenset[int]

    def hides(self, group: int) -> bool:
        """Whether the labels of a text are hidden."""
        return group in self.texts


def blind_rows(desk: Desk, standing: Standing | None, who: str) -> Blind:
    """Return which rows wait for a blind label by `who` or by anyone."""
    review, seed = ReviewDesk(desk, standing), SeedDesk(desk)
    audit = set(review.audit_rows) - review.audited if review.audit_begun else set()
    drawn = set(seed.rows) - seed.done(who) if seed.begun else set()
    return Blind(audit=frozenset(audit), seed=frozenset(drawn), texts=frozenset(_groups(desk, audit | drawn)))


def hidden(desk: Desk, blind: Blind) -> Mask:
    """Mark the rows (n,) whose labels are hidden, copies of a text with it."""
    return np.isin(desk.groups, list(blind.texts))


def _groups(desk: Desk, rows: Collection[int]) -> list[int]:
    found: list[int] = desk.groups[sorted(rows)].tolist() if rows else []
    return found
