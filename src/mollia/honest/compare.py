"""Two labellings of the same rows compared: one difference with one interval, not two figures.

The accuracies can only differ where the labels do, and where that is, is known for every row. So human
rows count only there, and the difference is scaled by the share of such rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import optimize

from mollia.arrays import Classes, Mask
from mollia.errors import DataError
from mollia.estimate import Estimate
from mollia.honest.accuracy import refuse_leak
from mollia.honest.intervals import check_level, z_value

EDGE = 1e-9  # of a difference from -1 and 1
NOBODY = "no human row lies where the two differ: the difference may be anything the differing rows allow"
ALL = "a person labelled every row in which the two differ: a count, not a sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`difference` is accuracy of the first minus that of the second.

    The two differ in `n_differ` of `n_rows` rows; of the `n_seen` human rows among these the first is
    right in `first_right` and the second in `second_right`.
    """

    difference: Estimate
    n_rows: int
    n_differ: int
    n_seen: int
    first_right: int
    second_right: int

    @property
    def verdict(self) -> str:
        """The better one: "first" or "second"; "" where the interval holds 0."""
        if self.difference.low > 0:
            return "first"
        return "second" if self.difference.high < 0 else ""


def compare(first: Classes, second: Classes, y: Classes, *, trained: Mask, level: float = 0.95) -> Comparison:
    """Compare two labellings (n,) by human rows that trained neither.

    y (n,) holds human labels of rows drawn at random (or of all rows: gold), -1 elsewhere; `trained`
    (n,) marks rows whose human label trained or chose in either. The figure speaks for the rows
    that are not marked.

    Raises
    ------
    LeakRefused
        When a row with y is marked as trained.
    """
    check_level(level)
    if not len(first) == len(second) == len(y):
        raise DataError(
            f"{len(first)} and {len(second)} labels and {len(y)} human labels cannot be compared."
        )
    refuse_leak(y >= 0, trained)
    differ: Mask = (first != second) & ~trained
    seen: Mask = differ & (y >= 0)
    n_rows, n_differ, n_seen = int((~trained).sum()), int(differ.sum()), int(seen.sum())
    a, b = int((first[seen] == y[seen]).sum()), int((second[seen] == y[seen]).sum())
    share = n_differ / n_rows if n_rows else 0.0
    caveats: tuple[str, ...] = ()
    if not n_seen:
        value, low, high = 0.0, -1.0, 1.0
        caveats = (NOBODY,) if n_differ else ()
    else:
        value = (a - b) / n_seen
        low, high = tango(a, b, n_seen, level, population=n_differ)
        caveats = (ALL,) if n_seen == n_differ else ()
    return Comparison(
        difference=Estimate(
            value=value * share,
            low=low * share,
            high=high * share,
            level=level,
            n_human=n_seen,
            n_rows=n_rows,
            method="paired score interval",
            what="difference in accuracy",
            caveats=caveats,
        ),
        n_rows=n_rows,
        n_differ=n_differ,
        n_seen=n_seen,
        first_right=a,
        second_right=b,
    )


def tango(b: int, c: int, n: int, level: float, *, population: int | None = None) -> tuple[float, float]:
    """Return the score interval for a difference of paired shares, (b - c) / n.

    b and c of the n pairs favour the first and the second. Tango (1998), Statistics in Medicine 17;
    with a `population` of pairs, corrected for drawing without replacement.
    """
    found = (b - c) / n
    if population == n:
        return found, found
    wide = z_value(level)
    if population is not None:
        wide *= math.sqrt((population - n) / (population - 1))

    def beyond(delta: float, side: int) -> float:
        return side * _score(b, c, n, delta) - wide

    low, high = -1.0, 1.0
    if found > -1 and beyond(EDGE - 1, 1) > 0:
        low = optimize.brentq(beyond, EDGE - 1, found, args=(1,))
    if found < 1 and beyond(1 - EDGE, -1) > 0:
        high = optimize.brentq(beyond, found, 1 - EDGE, args=(-1,))
    return float(low), float(high)


def _score(b: int, c: int, n: int, delta: float) -> float:
    """Return (b - c - n delta) over its standard deviation at the likeliest shares under delta."""
    linear = -b - c + (2 * n - b + c) * delta
    root = math.sqrt(max(0.0, linear**2 + 8 * n * c * delta * (1 - delta)))
    q = max(0.0, (root - linear) / (4 * n))
    spread = math.sqrt(max(1e-300, n * (2 * q + delta * (1 - delta))))
    return (b - c - n * delta) / spread
