"""`mollia bench seed`: what it is worth to choose the rows that a person labels, with gold as the person.

Every strategy of `mollia seed`, and batches by the plain margin, is replayed with the functions that the
command uses. "all" is the accuracy of all rows, labelled ones being right; "open" and the calibration error are
those of the rows nobody labelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType

from mollia.arrays import Mask
from mollia.fusion import fuse
from mollia.fusion.panel_trees import SHIPPED
from mollia.people.seed_rows import STRATEGIES
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import load
from mollia_benchmarks.fusion import fuser, trees_of
from mollia_benchmarks.gains import FROM
from mollia_benchmarks.job import Job
from mollia_benchmarks.plot import plot
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.scores import score
from mollia_benchmarks.seed_replay import MARGIN, Replay, pool_of, rows_at
from mollia_benchmarks.seed_sets import sets_table
from mollia_benchmarks.tables import figure, table

KNOWN = (*STRATEGIES, MARGIN)


def measure(
    cell: Cell, *, data: Path, stops: Sequence[int], trees: Mapping[str, str] = MappingProxyType({})
) -> Scores:
    """Replay one strategy; scores are "all n", "open n", "ece n" and the like at each stop n, rising.

    `trees` names other trees by set.
    """
    recorded = load(cell.set, data)
    replay = Replay(pool=pool_of(recorded, cell.draw), said=recorded.gold)
    scores: dict[str, float] = {}
    for stop, rows in zip(stops, rows_at(replay, cell.method, stops), strict=True):
        y = replay.labels(rows)
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
