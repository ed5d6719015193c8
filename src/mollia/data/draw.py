"""Random draws that know each row's inclusion probability."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Rows, Vector
from mollia.errors import DataError


def at_random(
    n: int, size: int, rng: np.random.Generator, *, groups: Rows | None = None
) -> tuple[Rows, Vector]:
    """Draw `size` of n rows without replacement, each equally likely.

    Returns the positions (size,) in the order drawn and each row's inclusion probability
    (size,), which is size/n. With `groups` (n,), numbers shared by equal texts, `size` of the G
    groups are drawn and one row of each, so that no text comes twice; the probability is then
    size/G divided by the number of rows in the group.

    Raises
    ------
    DataError
        When there are fewer rows (or different texts) than asked for.
    """
    if groups is None:
        _enough(n, size, "rows")
        rows: Rows = rng.permutation(n)[:size]
        return rows, np.full(size, size / n if n else 0.0)
    shuffled = rng.permutation(n)
    different, first, members = np.unique(groups[shuffled], return_index=True, return_counts=True)
    _enough(len(different), size, "different texts")
    chosen = rng.permutation(len(different))[:size]
    rows = shuffled[first[chosen]]
    return rows, size / max(len(different), 1) / members[chosen]


def capped_chances(weight: Vector, n: int) -> Vector:
    """Return inclusion probabilities (m,) that sum to n, in proportion to `weight` (m,), none above 1.

    Raises
    ------
    DataError
        When n is more than m, or a weight is not above 0.
    """
    _enough(len(weight), n, "rows")
    if len(weight) and not (weight > 0).all():
        raise DataError("A row's weight in a draw must be above 0.")
    chance = np.zeros(len(weight))
    below = np.ones(len(weight), bool)
    while n > (certain := int((~below).sum())):
        chance[below] = (n - certain) * weight[below] / weight[below].sum()
        over = below & (chance >= 1)
        if not over.any():
            break
        chance[over] = 1.0
        below &= ~over
    return chance


def systematic(chance: Vector, rng: np.random.Generator) -> Rows:
    """Draw as many positions as the probabilities `chance` (m,) sum to, each with its own, in random order.

    Systematic sampling (Madow 1949, Annals of Mathematical Statistics 20) over a random order of the rows.
    """
    order = rng.permutation(len(chance))
    total = np.cumsum(chance[order])
    n = round(float(total[-1])) if len(total) else 0
    if n == 0:
        return np.zeros(0, np.int64)
    at = np.searchsorted(total * (n / total[-1]), rng.random() + np.arange(n), side="right")
    drawn: Rows = rng.permutation(order[np.minimum(at, len(chance) - 1)])
    return drawn


def one_per_cluster(cluster: Rows, weight: Vector, rng: np.random.Generator) -> tuple[Rows, Vector]:
    """Draw one row of each cluster, a row in proportion to its weight.

    `cluster` (n,) numbers the clusters, `weight` (n,) is above 0. Returns the positions and each row's
    inclusion probability: its share of its cluster's weight.
    """
    rows, chances = [], []
    for number in np.unique(cluster):
        members = np.flatnonzero(cluster == number)
        chance = weight[members] / weight[members].sum()
        drawn = int(rng.choice(len(members), p=chance))
        rows.append(members[drawn])
        chances.append(chance[drawn])
    return np.array(rows, np.int64), np.array(chances, np.float64)


def _enough(available: int, size: int, what: str) -> None:
    if not 0 <= size <= available:
        raise DataError(
            f"{size} rows cannot be drawn from {available} {what}.", hint=f"Draw at most {available}."
        )
