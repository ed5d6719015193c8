"""Rows whose human label may judge the labels: it trained nothing, or a fuser without it says the posterior."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Rows, Vector, most_probable, read_only
from mollia.honest.cross_fit import CrossFitted
from mollia.honest.prediction_powered import uneven
from mollia.quality.drawn_rows import drawn_rows
from mollia.quality.evidence import Evidence
from mollia.records import HumanLabels, Pool
from mollia.short_repr import short
from mollia.strings import positions

LEAST = 10  # rows of a seed below which cross-fitting says nothing
EVENLY = 0.9  # of its rows a sample is worth (Kish's effective size) that still counts as drawn evenly


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """m human-labelled rows that speak for the pool: positions, classes, inclusion probabilities (NaN = unknown).

    `probs` (m, K) is a posterior that their labels did not train: of the run itself where they are an
    `audit` sample, else cross-fitted. `weight` (m,) says how many rows that nobody labelled each stands for, and
    `pool_weight` (m,) how many rows of the whole pool; by default one over the chance, or 1 where that is not known.
    Where some chances are known, rows without one were picked: they stand for no other row, and what they took
    out of the rest is in the weights. `open_confidence` is the refits' mean confidence on the rows nobody
    labelled; `alike` that texts were about as likely to be drawn; of `asked` drawn rows `skipped` were left without a label.
    """

    rows: Rows
    y: Classes
    probs: Probs
    chance: Vector
    audit: bool
    weight: Vector = field(default_factory=lambda: np.zeros(0))
    pool_weight: Vector = field(default_factory=lambda: np.zeros(0))
    open_confidence: float = float("nan")
    alike: bool = True
    asked: int = 0
    skipped: int = 0

    __repr__ = short

    def __post_init__(self) -> None:
        plain = 1 / self.chance if np.isfinite(self.chance).all() else np.ones(len(self.rows))
        for name in ("weight", "pool_weight"):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, plain)
        for name, dtype in (
            ("rows", np.int64),
            ("y", np.int64),
            ("probs", np.float64),
            ("chance", np.float64),
            ("weight", np.float64),
            ("pool_weight", np.float64),
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
    def drawn(self) -> Mask:
        """The rows (m,) that came by chance: all of them where no chance is known."""
        known = np.isfinite(self.chance)
        return known if known.any() else np.ones(len(self), bool)

    @property
    def speaking(self) -> Judging:
        """The rows that stand for some of the pool; the others only take themselves out of it."""
        kept = np.flatnonzero(self.pool_weight > 0)
        if len(kept) == len(self):
            return self
        columns = {
            name: getattr(self, name)[kept]
            for name in ("rows", "y", "probs", "chance", "weight", "pool_weight")
        }
        return replace(self, **columns)

    @property
    def share(self) -> Vector | None:
        """How much each row counts in a figure for the pool, (m,); None where all count alike."""
        return uneven(self.pool_weight)

    @property
    def even(self) -> bool:
        """Whether all rows stand for as many others, as far as is known."""
        return uneven(self.weight) is None

    @property
    def nearly_even(self) -> bool:
        """Whether all texts were about as likely to be drawn, and the rows are worth EVENLY of an even draw.

        They are where each text is drawn once and a few texts have copies: a copied text's row stands for more.
        """
        if not self.alike:
            return False
        return is_nearly_even(self.pool_weight[self.drawn])


def is_nearly_even(weight: Vector) -> bool:
    """Tell whether rows that stand for `weight` (m,) others are worth EVENLY of as many that count alike."""
    return bool(weight.sum() ** 2 >= EVENLY * len(weight) * (weight**2).sum())


def judging_rows(evidence: Evidence, posterior: Probs, refitted: CrossFitted | None) -> Judging | None:
    """Return the audit sample where there is one, else the seed, else None.

    posterior and that of `refitted` (n, K; NaN in rows without a label) are those of the labels to judge. Left
    out are audit rows whose text trained through a copy, and a seed of fewer than LEAST drawn rows. Rows picked in a
    review, for being hard, speak for no other row (`Judging`); where no chance is known they are left out.
    """
    labels, pool, known = evidence.labels, evidence.pool, evidence.known
    if "audit" in labels:
        y, chance = _in_pool(pool, labels["audit"])
        rows = np.flatnonzero((y >= 0) & ~known.known)
        if len(rows):
            return Judging(rows=rows, y=y[rows], probs=posterior[rows], chance=chance[rows], audit=True)
    if refitted is None or "seed" not in labels:
        return None
    drawn = drawn_rows(pool, evidence.groups, known, labels)
    rows = drawn.rows
    found = Judging(
        rows=rows,
        y=known.y[rows],
        probs=refitted.posterior[rows],
        chance=drawn.chance,
        audit=False,
        weight=drawn.weight,
        pool_weight=drawn.pool_weight,
        open_confidence=refitted.open_confidence,
        alike=drawn.alike,
        asked=drawn.asked,
        skipped=drawn.skipped,
    )
    return found if int(found.drawn.sum()) >= LEAST else None


def _in_pool(pool: Pool, labels: HumanLabels) -> tuple[Classes, Vector]:
    """Return class numbers and chances (n,) in the pool's order, -1 and NaN without a label."""
    y, chance = np.full(len(pool), -1), np.full(len(pool), np.nan)
    rows = positions(pool.ids, labels.ids)
    known = rows >= 0
    y[rows[known]], chance[rows[known]] = labels.y[known], labels.chance[known]
    return y, chance
