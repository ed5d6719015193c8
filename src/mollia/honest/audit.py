"""An audit sample: rows drawn at random, kept out of every fit and choice, that only score.

Drawing doubtful rows more often was tried and gave no narrower intervals than a plain random draw
(`mollia bench coverage`), so the draw is plain.
"""

from __future__ import annotations

import math

import numpy as np

from mollia.arrays import Mask, Rows
from mollia.errors import NotEnoughLabels
from mollia.honest.intervals import z_value

EDGE = 0.05  # shares nearer to 0 or 1 are planned for as if they were here


def draw_audit(trained: Mask, n: int, rng: np.random.Generator) -> tuple[Rows, float]:
    """Draw n of the rows that trained nothing; return their sorted positions and each row's chance.

    Raises
    ------
    NotEnoughLabels
        When no row is left to draw.
    """
    left = np.flatnonzero(~trained)
    if not len(left) or n < 1:
        raise NotEnoughLabels(
            f"An audit sample of {n} rows cannot be drawn: {len(left)} rows did not train.",
            hint="Keep some rows out of the seed.",
        )
    size = min(n, len(left))
    return np.sort(rng.choice(left, size, replace=False)), size / len(left)


def labels_needed(share: float, half_width: float, *, level: float = 0.95, population: int = 0) -> int:
    """Return how many random rows give plus or minus `half_width` around about `share`.

    A known population of N rows needs n / (1 + (n - 1) / N) of them.
    """
    kept = min(max(share, EDGE), 1 - EDGE)
    n = z_value(level) ** 2 * kept * (1 - kept) / half_width**2
    if population:
        n = n / (1 + (n - 1) / population)
    return max(1, math.ceil(n - 1e-9))


def half_width(share: float, n: int, *, level: float = 0.95) -> float:
    """Return about how far an interval from n random rows reaches to each side."""
    kept = min(max(share, EDGE), 1 - EDGE)
    return z_value(level) * math.sqrt(kept * (1 - kept) / n)
