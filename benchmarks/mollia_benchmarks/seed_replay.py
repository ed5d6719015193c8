"""The strategies of `mollia seed` replayed: a recorded set, and a person who is asked for the rows that a strategy names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Rows
from mollia.data import duplicates
from mollia.people.seed_pool import seed_pool
from mollia.people.seed_rows import (
    BATCH,
    BATCHES,
    FLOOR,
    RANDOM,
    WEIGHTED_KMEANS,
    SeedPool,
    SeedRows,
    at_first,
    batch_rows,
    doubt_rows,
    random_rows,
    weighted_kmeans_rows,
)
from mollia.query.review_order import doubt
from mollia_benchmarks.datasets import Recorded
from mollia_benchmarks.fusion import PoolVectors, vectors
from mollia_benchmarks.protocol import labels_in

MARGIN = "margin"
LESS = {"doubt-20": 0.2, "doubt-35": 0.35}  # floors below the one that is used
AT_ONCE = {RANDOM: random_rows, WEIGHTED_KMEANS: weighted_kmeans_rows}
NOTHING: Rows = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One set and draw: the pool a strategy sees, and what a person would answer, `said` (n,)."""

    pool: SeedPool
    said: Classes

    def labels(self, rows: Rows) -> Classes:
        """Return y (n,): the person's label in `rows`, -1 elsewhere."""
        return labels_in(self.said, rows)


def pool_of(recorded: Recorded, draw: int, text: PoolVectors | None = None) -> SeedPool:
    """Return a set as a strategy sees it; `text` are the vectors of its texts, learned where not given."""
    return seed_pool(
        lambda: recorded.answers,
        recorded.texts,
        groups=duplicates.group(recorded.texts),
        n_classes=len(recorded.classes),
        random_state=draw,
        most=len(recorded),
        encoder=text or vectors(recorded),
    )


def picked_labels(
    recorded: Recorded, strategy: str, n: int, draw: int, text: PoolVectors | None = None
) -> Classes:
    """Return y (n_rows,): gold in the n rows that a strategy asks for, -1 elsewhere."""
    where = Replay(pool=pool_of(recorded, draw, text), said=recorded.gold)
    return where.labels(rows_at(where, strategy, [n])[0])


def rows_at(where: Replay, strategy: str, stops: Sequence[int]) -> list[Rows]:
    """Return the rows a strategy has had labelled at each of the stops, which rise."""
    return [rows_of(found) for found in asked_at(where, strategy, stops)]


def rows_of(found: Sequence[SeedRows]) -> Rows:
    """Return all rows, in the order in which they were asked for."""
    return np.concatenate([NOTHING, *(each.rows for each in found)])


def asked_at(where: Replay, strategy: str, stops: Sequence[int]) -> list[list[SeedRows]]:
    """Return what a strategy has asked for at each of the stops, which rise: draws and batches."""
    pool = where.pool
    if strategy in AT_ONCE:
        return [[AT_ONCE[strategy](pool, stop, NOTHING)] for stop in stops]
    first = at_first(BATCHES, pool.n_classes, stops[-1]) if strategy in {BATCHES, MARGIN} else 0
    found = [random_rows(pool, first, NOTHING)] if first else []
    at_stops: list[list[SeedRows]] = []
    for stop in stops:
        if stop <= first:
            at_stops.append([random_rows(pool, stop, NOTHING)])
            continue
        while missing := stop - len(rows_of(found)):
            found = [*found, _batch(where, strategy, found, min(BATCH, missing))]
        at_stops.append(found)
    return at_stops


def _batch(where: Replay, strategy: str, found: Sequence[SeedRows], n: int) -> SeedRows:
    pool, rows = where.pool, rows_of(found)
    y, last = where.labels(rows), max((each.batch for each in found), default=0)
    if strategy == BATCHES:
        return batch_rows(pool, n, y, rows, batch=last)
    if strategy == MARGIN:
        narrow = doubt(pool.fit(y))
        narrow[np.isin(pool.groups, pool.groups[rows])] = -1.0
        narrowest = np.argsort(-narrow, kind="stable")[:n]
        return SeedRows(rows=narrowest, chance=np.full(n, np.nan), use="review", batch=last)
    return doubt_rows(pool, n, y, rows, batch=last + 1, floor=LESS.get(strategy, FLOOR))
