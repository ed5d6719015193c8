"""`mollia bench review`: how many reviews an order of rows needs, with gold as the reviewer.

Every replay starts from the same max(10, 3 K) rows drawn at random; then batches of ten are taken
in an order, labelled with gold, and the fuser is fitted again. Accuracy is that of all rows, a
reviewed row counting as right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Rows
from mollia.errors import DataError
from mollia.fusion import fuse
from mollia.query.review_order import doubt, random_first, reading_seconds, review_order
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.described import about
from mollia_benchmarks.fusion import fuser, vectors
from mollia_benchmarks.job import Job
from mollia_benchmarks.plot import plot
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.tables import figure, table

RANDOM = "random"
ORDERS = ("useful", "per_minute", "margin", "least_confidence", RANDOM)
BATCH = 10
COARSE = 20  # random labels beyond `most` are only needed to see where it catches up
Curve = Mapping[int, float]


def measure(cell: Cell, *, data: Path) -> Scores:
    """Replay one order to `cell.labels` reviews; scores are "accuracy n" and "minutes n" by reviews n."""
    recorded = load(cell.set, data)
    n_classes = len(recorded.classes)
    drawn = protocol.draw_rows(len(recorded), len(recorded), cell.draw)
    y = np.full(len(recorded), -1)
    seconds = reading_seconds(recorded.texts)
    scores: dict[str, float] = {}
    batch = drawn[: random_first(n_classes)]
    while True:
        y[batch] = recorded.gold[batch]
        posterior = fuse(
            recorded.answers, y, texts=recorded.texts, method=fuser("default", recorded)
        ).posterior
        reviews = int((y >= 0).sum())
        scores[f"accuracy {reviews}"] = float((posterior.argmax(1) == recorded.gold).mean())
        scores[f"minutes {reviews}"] = float(seconds[y >= 0].sum() / 60)
        wanted = _next_stop(reviews, cell) - reviews
        if wanted <= 0:
            return scores
        batch = _pick(cell.method, recorded, posterior, y, wanted, drawn)


def _next_stop(reviews: int, cell: Cell) -> int:
    """Return the number of reviews at which is fitted next."""
    half = cell.labels // 2
    step = COARSE if cell.method == RANDOM and reviews >= half else BATCH
    return min((reviews // step + 1) * step, cell.labels)


def _pick(order: str, recorded: Recorded, posterior: Probs, y: Classes, n: int, drawn: Rows) -> Rows:  # noqa: PLR0917  # the replay's state
    open_rows: Mask = y < 0
    if order == RANDOM:
        return drawn[open_rows[drawn]][:n]
    if order in {"useful", "per_minute"}:
        texts = np.asarray(vectors(recorded).encode(recorded.texts), np.float64)
        length = np.linalg.norm(texts, axis=1, keepdims=True)
        return review_order(
            posterior,
            texts / np.where(length > 0, length, 1.0),
            open_rows,
            n,
            seconds=reading_seconds(recorded.texts) if order == "per_minute" else None,
        ).rows
    score = doubt(posterior) if order == "margin" else 1 - posterior.max(1)
    rows = np.flatnonzero(open_rows)
    return rows[np.argsort(-score[rows], kind="stable")[:n]]


def run(job: Job, *, orders: Sequence[str], reviews: int, draws: int) -> str:
    """Replay all orders to `reviews` (random to twice as many); write table, JSON and plot to `job.out`.

    Raises
    ------
    DataError
        When an order is not known, or no set has so few classes that so many reviews show something.
    """
    protocol.require_known(orders, ORDERS, "order")
    sets = _long_enough(job, reviews)
    cells = [
        Cell(set=name, method=order, labels=2 * reviews if order == RANDOM else reviews, draw=draw)
        for draw in range(draws)
        for name in sets
        for order in dict.fromkeys([*orders, RANDOM])
    ]
    scores = job.measure(cells, measure)
    means = _means(scores)
    written = "\n".join(_table(means, name, orders, reviews) for name in sets)
    (job.out / "table.md").write_text(written, "utf-8")
    (job.out / "curves.json").write_text(
        json.dumps({" ".join(key): curve for key, curve in means.items()}, indent=1) + "\n", "utf-8"
    )
    (job.out / "accuracy.svg").write_text(_plot(means, sets, orders, reviews), "utf-8")
    return written


def _long_enough(job: Job, reviews: int) -> list[str]:
    """Return the sets in which a batch or more follows the first random rows; say which are left out."""
    first = {name: random_first(len(about(name, job.data).labels)) for name in job.sets}
    for name, rows in first.items():
        if rows + BATCH > reviews:
            job.say(
                f"{name} is left out: {rows} random rows come first, so it needs --reviews {rows + BATCH}."
            )
    found = [name for name, rows in first.items() if rows + BATCH <= reviews]
    if not found:
        raise DataError(
            f"{reviews} reviews are too few for {', '.join(first)}.",
            hint=f"Take more: --reviews {min(first.values()) + BATCH}.",
        )
    return found


def reviews_needed(curve: Curve, wanted: float) -> float:
    """Return where a curve first reaches an accuracy, interpolated; infinity where it does not."""
    points = sorted(curve.items())
    if points[0][1] >= wanted:
        return float(points[0][0])
    for (before, low), (after, high) in pairwise(points):
        if high >= wanted:
            return before + (after - before) * (wanted - low) / (high - low)
    return float("inf")


def _means(scores: Mapping[Cell, Scores]) -> dict[tuple[str, str, str], Curve]:
    """Return the mean curve over the draws by (set, order, "accuracy" or "minutes")."""
    found: dict[tuple[str, str, str], dict[int, list[float]]] = {}
    for cell, values in scores.items():
        for name, value in values.items():
            what, _, reviews = name.partition(" ")
            found.setdefault((cell.set, cell.method, what), {}).setdefault(int(reviews), []).append(value)
    return {
        key: {reviews: float(np.mean(values)) for reviews, values in sorted(curve.items())}
        for key, curve in found.items()
    }


def _table(
    means: Mapping[tuple[str, str, str], Curve], name: str, orders: Sequence[str], reviews: int
) -> str:
    """Return one set's table: accuracy after reviews, and what random needs for the same."""
    stops = [stop for stop in (reviews // 2, reviews) if stop in means[name, orders[0], "accuracy"]]
    random, random_minutes = means[name, RANDOM, "accuracy"], means[name, RANDOM, "minutes"]
    rows = []
    for order in orders:
        line = [order]
        for stop in stops:
            reached, minutes = means[name, order, "accuracy"][stop], means[name, order, "minutes"][stop]
            needed = reviews_needed(random, reached)
            their = float(np.interp(needed, [*random_minutes], [*random_minutes.values()]))
            more = np.isinf(needed)
            line += [
                figure(reached),
                f"> {max(random)}" if more else f"{needed:.0f}",
                f"{minutes:.0f} / {'>' if more else ''}{their:.0f}",
            ]
        rows.append(line)
    head = [name]
    for stop in stops:
        head += [f"accuracy at {stop}", "random needs", "minutes / random's"]
    return table(head, rows)


def _plot(
    means: Mapping[tuple[str, str, str], Curve], sets: Sequence[str], orders: Sequence[str], reviews: int
) -> str:
    shared = [
        stop
        for stop in range(BATCH, reviews + 1, BATCH)
        if all(stop in means[name, order, "accuracy"] for name in sets for order in orders)
    ]
    panels = {
        name: {order: [means[name, order, "accuracy"][stop] for stop in shared] for order in orders}
        for name in sets
    }
    return plot(panels, shared, x_name="reviews", y_name="accuracy of all rows, reviewed ones being right")
