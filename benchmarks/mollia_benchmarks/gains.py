"""What one way gains over another, set by set: who loses beyond noise, and the mean over sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

FROM = 5  # sets from which means are worth a table
HALF_A_POINT = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """A set's mean gain over the draws, and its standard error."""

    set: str
    mean: float
    error: float

    @property
    def loses(self) -> bool:
        """Whether it loses beyond noise."""
        return loses(self.mean, self.error)

    @property
    def points(self) -> str:
        """The set and its gain in points."""
        return f"{self.set} {100 * self.mean:+.1f}"


def loses(gain: float, error: float) -> bool:
    """Return whether more than half a point is lost beyond one standard error."""
    return gain + error < -HALF_A_POINT


def over_sets(gains: Iterable[float], digits: int) -> str:
    """Return the mean gain over sets in points, with its standard error (nan of one set)."""
    values = 100 * np.array(list(gains))
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return f"{values.mean():+.{digits}f} ± {error:.{digits}f}"
