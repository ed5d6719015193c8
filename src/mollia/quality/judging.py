"""Rows whose human label may judge the labels: it trained nothing, or a fuser without it says the posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Rows, Vector, most_probable, read_only
from mollia.honest.accuracy import EQUAL
from mollia.quality.evidence import Evidence
from mollia.records import HumanLabels, Pool

LEAST = 10  # rows of a seed below which cross-fitting says nothing
EVENLY = 0.9  # of its rows a sample is worth (Kish's effective size) that still counts as drawn evenly


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """m human-labelled rows drawn by chance: positions, classes, inclusion probabilities (NaN = unknown).

    `probs` (m, K) is a posterior that their labels did not train: of the run itself where they are an
    `audit` sample, else cross-fitted.
    """

    rows: Rows
    y: Classes
    probs: Probs
    chance: Vector
    audit: bool

    def __post_init__(self) -> None:
        for name, dtype in (
            ("rows", np.int64),
            ("y", np.int64),
            ("probs", np.float64),
            ("chance", np.float64),
        ):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def label(self) -> Classes:
        """The label that is judged, (m,)."""
        return most_probable(self.probs)

    @property
    def confidence(self) -> Vector:
        """Its probability, (m,)."""
        confidence: Vector = self.probs.max(1)
        return confidence

    @property
    def right(self) -> Mask:
        """Whether it is the person's, (m,)."""
        right: Mask = self.label == self.y
        return right

    @property
    def even(self) -> bool:
        """Whether all rows were equally likely to be drawn, as far as is known."""
        return not np.isfinite(self.chance).all() or bool(np.ptp(self.chance) < EQUAL)

    @property
    def nearly_even(self) -> bool:
        """Whether their chances differ so little that the rows are worth EVENLY of an even draw.

        They do where each text is drawn once and a few texts have copies: a copied row's chance is smaller.
        """
        if self.even:
            return True
        weight = 1 / self.chance
        return bool(weight.sum() ** 2 >= EVENLY * len(weight) * (weight**2).sum())


def judging_rows(evidence: Evidence, posterior: Probs, cross_fitted: Probs | None) -> Judging | None:
    """Return the audit sample where there is one, else the seed, else None.

    posterior and cross_fitted (n, K; NaN in rows without a label) are those of the labels to judge. Left out
    are audit rows whose text trained through a copy, rows picked in a review (they were picked for being
    hard), seed rows not drawn by chance where others say theirs, and a seed of fewer than LEAST rows.
    """
    labels, pool, known = evidence.labels, evidence.pool, evidence.known
    if "audit" in labels:
        y, chance = _in_pool(pool, labels["audit"])
        rows = np.flatnonzero((y >= 0) & ~known.known)
        if len(rows):
            return Judging(rows=rows, y=y[rows], probs=posterior[rows], chance=chance[rows], audit=True)
    if cross_fitted is None or "seed" not in labels:
        return None
    y, chance = _in_pool(pool, labels["seed"])
    drawn = (y >= 0) & np.isfinite(cross_fitted[:, 0])
    if np.isfinite(chance[drawn]).any():
        drawn &= np.isfinite(chance)
    rows = np.flatnonzero(drawn)
    if len(rows) < LEAST:
        return None
    return Judging(rows=rows, y=known.y[rows], probs=cross_fitted[rows], chance=chance[rows], audit=False)


def _in_pool(pool: Pool, labels: HumanLabels) -> tuple[Classes, Vector]:
    """Return class numbers and chances (n,) in the pool's order, -1 and NaN without a label."""
    place = {id_: i for i, id_ in enumerate(labels.ids)}
    at = np.array([place.get(id_, -1) for id_ in pool.ids], np.int64)
    y, chance = np.append(labels.y, -1)[at], np.append(labels.chance, np.nan)[at]
    return y, chance
