"""Which rows a person should label: by doubt with known chances, at random, or picked from the panel's answers.

A row drawn by chance keeps its inclusion probability and may speak for the pool; a row that a rule chose
(`use` "review") trains, and never enters the accuracy figure. docs/fusion.md says what each is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from sklearn.cluster import KMeans

from mollia.arrays import Classes, Floats, Mask, Matrix, Probs, Rows, Vector, read_only
from mollia.data.draw import at_random, capped_chances, one_per_cluster, systematic
from mollia.errors import DataError, did_you_mean
from mollia.fusion.observation import observe
from mollia.query.entropy import entropies
from mollia.query.review_order import doubt, random_first, review_order
from mollia.randomness import generator
from mollia.records import PanelAnswers, Use

RANDOM = "random"
WEIGHTED_KMEANS = "weighted_kmeans"
BATCHES = "batches"
DOUBT = "doubt"
STRATEGIES = (DOUBT, BATCHES, WEIGHTED_KMEANS, RANDOM)
BATCH = 10
FLOOR = 0.5  # of each batch's chances, alike for every open text; chosen on five panels: docs/fusion.md
POWER = 2  # of the doubt, the rest of the chances is in proportion to; chosen with it
LEAST_DOUBT = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedPool:
    """What a choice may look at; positions are the pool's n rows.

    `groups` (n,) numbers equal texts alike. What costs time is called for only when it is needed: `fit` takes y (n,), -1 where nobody labelled, and returns
    the fused posterior (n, K); `vectors` (n, d) are the texts' (of width 0 without texts).
    """

    groups: Rows
    n_classes: int
    answers: Callable[[], PanelAnswers]
    vectors: Callable[[], Matrix]
    fit: Callable[[Classes], Probs]
    random_state: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedRows:
    """Rows to label, in the order in which they should be: positions (m,), chances (m,; NaN = chosen).

    `batch` numbers the draw they are, from 1; of chosen rows it is the last draw before them, 0 without any.
    """

    rows: Rows
    chance: Vector
    use: Use
    batch: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", read_only(self.rows, np.int64))
        object.__setattr__(self, "chance", read_only(self.chance, np.float64))


def check_strategy(strategy: str) -> None:
    """Refuse a strategy that does not exist.

    Raises
    ------
    DataError
        With the close and the known ones.
    """
    if strategy not in STRATEGIES:
        raise DataError(
            f'There is no seed strategy "{strategy}".{did_you_mean(strategy, STRATEGIES)}',
            hint=f"Known: {', '.join(STRATEGIES)}.",
        )


def audit_rows(pool: SeedPool, n: int, taken: Rows) -> SeedRows:
    """Draw n rows that train nothing, at random among the texts of which no row is taken."""
    return _at_random(pool, n, taken, "audit")


def random_rows(pool: SeedPool, n: int, taken: Rows, *, batch: int = 1) -> SeedRows:
    """Return the first n of one random order of the texts of which no row is taken.

    With the same rows taken, a larger n holds the smaller one's rows: a draw can be made larger.
    """
    return replace(_at_random(pool, n, taken, "seed"), batch=batch)


def weighted_kmeans_rows(pool: SeedPool, n: int, taken: Rows) -> SeedRows:
    """Draw one row of each of n k-means clusters of the panel's answers; fewer where answers repeat.

    A row weighs its entropy under the posterior before any human label plus the mean entropy, both in
    the clustering and in the draw: doubtful answers get more clusters and rows, and sure ones enough to
    speak for the pool.
    """
    rng = generator(pool.random_state, "seed", "clusters")
    rows, members = _texts(pool, taken, rng)
    _enough(len(rows), n)
    doubt = entropies(pool.fit(np.full(len(pool.groups), -1)))[rows]
    weight = doubt + doubt.mean() + 1e-9
    cluster = _clusters(observe(pool.answers())[rows].reshape(len(rows), -1), n, weight, rng)
    drawn, chance = one_per_cluster(cluster, weight, rng)
    order = rng.permutation(len(drawn))
    drawn = drawn[order]
    return SeedRows(rows=rows[drawn], chance=chance[order] / members[drawn], use="seed", batch=1)


def doubt_rows(
    pool: SeedPool, n: int, y: Classes, taken: Rows, *, batch: int, floor: float = FLOOR
) -> SeedRows:
    """Draw a batch of n rows, those the panel is unsure of more often, each with a known chance.

    pi = n (floor / N + (1 - floor) d^2 / sum d^2) over the N open texts, d = 1 - the margin of the posterior fused
    with the labels y (n,) so far; none above 1. Every such label trains and counts (`honest.batch_draws`).
    """
    rng = generator(pool.random_state, "seed", "doubt", batch)
    rows, members = _texts(pool, taken, rng)
    _enough(len(rows), n)
    d = np.maximum(doubt(pool.fit(y))[rows], LEAST_DOUBT) ** POWER
    chance = capped_chances(floor / len(rows) + (1 - floor) * d / d.sum(), n)
    at = systematic(chance, rng)
    return SeedRows(rows=rows[at], chance=chance[at] / members[at], use="seed", batch=batch)


def batch_rows(pool: SeedPool, n: int, y: Classes, taken: Rows, *, batch: int = 0) -> SeedRows:
    """Return the n rows whose label says most now, given the labels y (n,) so far.

    Those with the narrowest margin between the fused posterior's two best classes, less for a row whose
    text is like one in the batch already.
    """
    rng = generator(pool.random_state, "seed", "batches")
    rows, _ = _texts(pool, taken, rng)
    _enough(len(rows), n)
    open_rows: Mask = np.zeros(len(pool.groups), bool)
    open_rows[rows] = True
    vectors: Floats = np.asarray(pool.vectors(), np.float64)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    picked = review_order(pool.fit(y), vectors / np.where(length > 0, length, 1.0), open_rows, n)
    return SeedRows(rows=picked.rows, chance=np.full(len(picked.rows), np.nan), use="review", batch=batch)


def at_first(strategy: str, n_classes: int, n: int) -> int:
    """Return how many of n rows a strategy takes before the first label is given: max(10, 3 K) in batches."""
    return min(n, random_first(n_classes)) if strategy == BATCHES else n


def _at_random(pool: SeedPool, n: int, taken: Rows, use: Use) -> SeedRows:
    rows = np.flatnonzero(~np.isin(pool.groups, pool.groups[taken]))
    rng = generator(pool.random_state, "seed rows", use)
    drawn, chance = at_random(len(rows), n, rng, groups=pool.groups[rows])
    return SeedRows(rows=rows[drawn], chance=chance, use=use)


def _texts(pool: SeedPool, taken: Rows, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Return a row, drawn at random, of each text of which no row is taken, and how many rows it has."""
    rows = rng.permutation(np.flatnonzero(~np.isin(pool.groups, pool.groups[taken])))
    _, first, members = np.unique(pool.groups[rows], return_index=True, return_counts=True)
    return rows[first], members


def _clusters(points: Floats, n: int, weight: Vector, rng: np.random.Generator) -> Rows:
    """Return each point's cluster (m,); points (m, d), weights (m,)."""
    n_clusters = min(n, len(np.unique(points, axis=0)))
    seed = int(rng.integers(2**31 - 1))
    found: Rows = KMeans(n_clusters, n_init=1, random_state=seed).fit_predict(points, sample_weight=weight)
    return found


def _enough(available: int, n: int) -> None:
    if n > available:
        raise DataError(
            f"{n} more rows cannot be chosen: {available} different texts are left.", hint="Ask for fewer."
        )
