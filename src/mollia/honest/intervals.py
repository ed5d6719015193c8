"""Intervals for a share seen in a simple random sample of human labels.

Wilson (1927), JASA 22; Clopper and Pearson (1934), Biometrika 26. Where the rows were drawn without
replacement from a known, finite set, both take that into account.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from mollia.errors import DataError, NotEnoughLabels
from mollia.estimate import Estimate

CENSUS = "every row was labelled by a person: a count, not a sample"

Bounds = Callable[[int, int, float, int | None], tuple[float, float, str]]  # and the name of the method


def check_level(level: float) -> None:
    """Refuse a confidence level outside (0, 1).

    Raises
    ------
    DataError
        When it is outside.
    """
    if not 0 < level < 1:
        raise DataError(f"The confidence level is {level}, expected between 0 and 1.", hint="Use 0.95.")


def _check(right: int, n: int, level: float, population: int | None) -> None:
    check_level(level)
    if n <= 0:
        raise NotEnoughLabels(
            "There is no human label to score with, so there is no accuracy figure.",
            hint="Label some rows drawn at random; 50 give a figure of about plus or minus 10 points.",
        )
    if not 0 <= right <= n:
        raise DataError(f"{right} of {n} rows cannot be right.")
    if population is not None and population < n:
        raise DataError(f"{n} rows cannot have been drawn from {population} without repetition.")


def z_value(level: float) -> float:
    """Return the normal quantile that leaves (1 - level) / 2 above it."""
    return float(special.ndtri(0.5 + level / 2))


def wilson_bounds(share: float, n: float, level: float) -> tuple[float, float]:
    """Return Wilson's bounds for a share seen in `n` (effective) rows."""
    z2 = z_value(level) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(share * (1 - share) * z2 / n + z2 * z2 / (4 * n * n)) / (1 + z2 / n)
    # the ends are reached exactly at shares 0 and 1; rounding must not cross the point
    return max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))


def wilson(
    right: int, n: int, level: float = 0.95, *, population: int | None = None, what: str = "accuracy"
) -> Estimate:
    """Return the share right / n with Wilson's interval.

    `population` is the number of rows from which the n were drawn without replacement: n then
    counts as n (N - 1) / (N - n) (finite-population correction), and the bounds keep to what is
    still possible.

    Raises
    ------
    NotEnoughLabels
        When n is 0.
    DataError
        When the numbers do not fit together.
    """
    return _estimate(right, n, level, population, what=what, bounds=_wilson)


def clopper_pearson(
    right: int, n: int, level: float = 0.95, *, population: int | None = None, what: str = "accuracy"
) -> Estimate:
    """Return the share right / n with the exact interval, which covers at least `level`.

    With a `population` the hypergeometric tails are inverted instead of the binomial ones.

    Raises
    ------
    NotEnoughLabels
        When n is 0.
    DataError
        When the numbers do not fit together.
    """
    return _estimate(right, n, level, population, what=what, bounds=_exact)


def _estimate(
    right: int, n: int, level: float, population: int | None, *, what: str, bounds: Bounds
) -> Estimate:
    """Return the share with its bounds; where all rows were labelled it is known."""
    _check(right, n, level, population)
    share = right / n
    known = population == n
    low, high, method = (share, share, "census") if known else bounds(right, n, level, population)
    return Estimate(
        value=share,
        low=low,
        high=high,
        level=level,
        n_human=n,
        n_rows=population or n,
        method=method,
        what=what,
        caveats=(CENSUS,) if known else (),
    )


def _wilson(right: int, n: int, level: float, population: int | None) -> tuple[float, float, str]:
    if population is None:
        return *wilson_bounds(right / n, n, level), "Wilson"
    low, high = wilson_bounds(right / n, n * (population - 1) / (population - n), level)
    return max(low, right / population), min(high, 1 - (n - right) / population), "Wilson, finite population"


def _exact(right: int, n: int, level: float, population: int | None) -> tuple[float, float, str]:
    tail = (1 - level) / 2
    if population is None:
        low = float(special.betaincinv(right, n - right + 1, tail)) if right else 0.0
        high = float(special.betaincinv(right + 1, n - right, 1 - tail)) if right < n else 1.0
        return low, high, "Clopper-Pearson"
    # In a tiny population the sample's share may lie between two possible ones.
    low = min(_fewest(right, n, population, tail) / population, right / n)
    high = max(1 - _fewest(n - right, n, population, tail) / population, right / n)
    return low, high, "exact hypergeometric"


def _at_least(seen: int, n: int, good: int, population: int) -> float:
    """P(at least `seen` good rows among n drawn from a population with `good` of them)."""
    k = np.arange(max(seen, n - (population - good)), min(n, good) + 1)
    if not len(k):
        return 0.0

    def log_choose(a: int, b: np.ndarray) -> np.ndarray:
        out: np.ndarray = special.gammaln(a + 1) - special.gammaln(b + 1) - special.gammaln(a - b + 1)
        return out

    log = (
        log_choose(good, k)
        + log_choose(population - good, n - k)
        - log_choose(population, np.array([n], np.int64))
    )
    return float(np.exp(log).sum())


def _fewest(seen: int, n: int, population: int, tail: float) -> int:
    """Return the smallest number of good rows under which `seen` or more is no rarer than `tail`."""
    low, high = seen, population - (n - seen)
    while low < high:
        middle = (low + high) // 2
        if _at_least(seen, n, middle, population) > tail:
            high = middle
        else:
            low = middle + 1
    return low
