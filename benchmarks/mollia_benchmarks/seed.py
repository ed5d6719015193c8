"""`mollia bench seed`: what it is worth to choose the rows that a person labels, with gold as the person.

Every strategy of `mollia seed`, and batches by the plain margin, is replayed with the functions that the
command uses. "all" is the accuracy of all rows, labelled ones being right; "open" and the calibration error are
those of the rows nobody labelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Rows
from mollia.data import duplicates
from mollia.fusion import Mixture, fuse
from mollia.fusion.panel_trees import SHIPPED
from mollia.people.seed_rows import (
    BATCH,
    BATCHES,
    DOUBT,
    RANDOM,
    STRATEGIES,
    WEIGHTED_KMEANS,
    SeedPool,
    at_first,
    batch_rows,
    doubt_rows,
    random_rows,
    weighted_kmeans_rows,
)
from mollia.query.review_order import doubt
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.fusion import PoolVectors, fuser, trees_of, vectors
from mollia_benchmarks.gains import FROM
from mollia_benchmarks.job import Job
from mollia_benchmarks.plot import plot
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.scores import score
from mollia_benchmarks.seed_sets import sets_table
from mollia_benchmarks.tables import figure, table

MARGIN = "margin"
KNOWN = (*STRATEGIES, MARGIN)
NOTHING = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One set and draw: the pool a strategy sees, and gold for the rows it asks about."""

    recorded: Recorded
    pool: SeedPool

    def labelled(self, rows: Rows) -> Classes:
        """Return y (n,): gold in `rows`, -1 elsewhere."""
        y = np.full(len(self.recorded), -1)
        y[rows] = self.recorded.gold[rows]
        return y


def measure(
    cell: Cell, *, data: Path, stops: Sequence[int], trees: Mapping[str, str] = MappingProxyType({})
) -> Scores:
    """Replay one strategy; scores are "all n", "open n", "ece n" and the like at each stop n, rising.

    `trees` names other trees by set.
    """
    recorded = load(cell.set, data)
    replay = Replay(recorded=recorded, pool=seed_pool(recorded, cell.draw))
    scores: dict[str, float] = {}
    for stop, rows in zip(stops, rows_at(replay, cell.method, stops), strict=True):
        y = replay.labelled(rows)
        method = fuser("default", recorded, trees.get(cell.set, SHIPPED))
        found = fuse(recorded.answers, y, texts=recorded.texts, method=method).posterior
        open_rows: Mask = y < 0
        judged = score(found[open_rows], recorded.gold[open_rows])
        scores |= {
            f"all {stop}": float((found.argmax(1) == recorded.gold).mean()),
            f"open {stop}": judged["accuracy"],
            f"ece {stop}": judged["ece"],
            f"ece_mass {stop}": judged["ece_mass"],
            f"log_loss {stop}": judged["log_loss"],
        }
    return scores


def seed_pool(recorded: Recorded, draw: int, text: PoolVectors | None = None) -> SeedPool:
    """Return a set as a strategy sees it; `text` are the vectors of its texts, learned where not given."""
    text = text or vectors(recorded)

    def fit(y: Classes) -> Probs:
        fast = Mixture(encoder=text, calibrate=False)
        return fuse(recorded.answers, y, texts=recorded.texts, method=fast).posterior

    return SeedPool(
        groups=duplicates.group(recorded.texts),
        n_classes=len(recorded.classes),
        answers=lambda: recorded.answers,
        vectors=lambda: text.encode(recorded.texts),
        fit=fit,
        random_state=draw,
    )


def rows_at(replay: Replay, strategy: str, stops: Sequence[int]) -> list[Rows]:
    """Return the rows a strategy has had labelled at each stop."""
    pool = replay.pool
    if strategy == RANDOM:
        return [random_rows(pool, stop, NOTHING).rows for stop in stops]
    if strategy == WEIGHTED_KMEANS:
        return [weighted_kmeans_rows(pool, stop, NOTHING).rows for stop in stops]
    first = 0 if strategy == DOUBT else at_first(BATCHES, pool.n_classes, max(stops))
    rows = random_rows(pool, first, NOTHING).rows
    found = [rows[:stop] for stop in stops if stop <= len(rows)]
    for stop in stops[len(found) :]:
        while len(rows) < stop:
            n = min(BATCH, stop - len(rows))
            rows = np.concatenate([rows, _batch(replay, strategy, n, rows)])
        found.append(rows)
    return found


def _batch(replay: Replay, strategy: str, n: int, rows: Rows) -> Rows:
    pool, y = replay.pool, replay.labelled(rows)
    if strategy == DOUBT:
        return doubt_rows(pool, n, y, rows, batch=len(rows)).rows
    if strategy == BATCHES:
        return batch_rows(pool, n, y, rows).rows
    narrow = doubt(pool.fit(y))
    narrow[np.isin(pool.groups, pool.groups[rows])] = -1.0
    narrowest: Rows = np.argsort(-narrow, kind="stable")[:n]
    return narrowest


def run(
    job: Job, *, strategies: Sequence[str], labels: Sequence[int], draws: int, trees: Path | None = None
) -> str:
    """Replay all strategies, write `table.md`, `scores.json` and `accuracy.svg` to `job.out`; return the table.

    Raises
    ------
    DataError
        When a set or strategy is not known, or the recorded panels are not there.
    """
    protocol.require_known(strategies, KNOWN, "strategy")
    stops = sorted(labels)
    cells = [
        Cell(set=name, method=strategy, labels=stops[-1], draw=draw)
        for draw in range(draws)
        for name in job.sets
        for strategy in strategies
    ]
    scores = job.measure(
        cells,
        partial(measure, stops=stops, trees=trees_of(job, trees)),
        f"cells-{'-'.join(map(str, stops))}",
    )
    figures = {group[:2]: values for group, values in protocol.summary(scores).items()}
    tables = [_table(figures, name, strategies, stops) for name in job.sets]
    if len(job.sets) >= FROM:
        tables.insert(0, sets_table(scores, strategies, stops))
    written = "\n".join(tables)
    protocol.write(job.out, written, figures)
    panels = {
        name: {s: [figures[name, s][f"all {stop}"][0] for stop in stops] for s in strategies}
        for name in job.sets
    }
    picture = plot(panels, stops, x_name="labels", y_name="accuracy of all rows, labelled ones being right")
    (job.out / "accuracy.svg").write_text(picture, "utf-8")
    return written


def _table(
    figures: Mapping[tuple[str, str], Mapping[str, tuple[float, float]]],
    name: str,
    strategies: Sequence[str],
    stops: Sequence[int],
) -> str:
    """Return one set's table: accuracy of all rows with its spread, calibration error in brackets."""
    rows = [
        [
            strategy,
            *(
                f"{figure(*figures[name, strategy][f'all {stop}'])} "
                f"({figure(figures[name, strategy][f'ece {stop}'][0])})"
                for stop in stops
            ),
        ]
        for strategy in strategies
    ]
    return table([f"{name}: accuracy of all rows (ECE)", *map(str, stops)], rows)
