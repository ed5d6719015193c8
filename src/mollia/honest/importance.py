"""What old rows are worth in a new pool: weights, how many rows they leave, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Vector, read_only

LEAST_SHARE = 0.3  # of the rows that weights must leave
LEAST_ROWS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """Weights (m,) of mean 1 for old rows, as used; `effective` rows is what the weights that were found are worth.

    Where that is too few, `used` is False and all rows weigh 1: a few rows that stand for all others say less than
    rows of a slightly different kind do.
    """

    weight: Vector
    effective: float
    used: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", read_only(self.weight, np.float64))


def effective_rows(weight: Vector) -> float:
    """Return (sum w)^2 / sum w^2: as how many rows of equal weight the rows count (Kish 1965)."""
    total = float((weight**2).sum())
    return float(weight.sum()) ** 2 / total if total else 0.0


def importance(weight: Vector) -> Importance:
    """Return the weights to use, of mean 1, from density ratios (m,)."""
    m = len(weight)
    effective = effective_rows(weight)
    used = m > 0 and effective >= max(LEAST_ROWS, LEAST_SHARE * m)
    mean = float(weight.mean()) if m else 0.0
    return Importance(
        weight=weight / mean if used and mean > 0 else np.ones(m), effective=effective, used=used
    )
