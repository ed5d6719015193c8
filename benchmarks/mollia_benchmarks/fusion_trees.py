"""`mollia bench fusion --learn`: teaches the default fuser's trees from recorded panels, once per family left out.

Each set is fused with some of its gold labels as human ones; the other rows' lines (`mollia.fusion.candidates`) with
their gold labels teach the trees. A family's own file is taught by all others, and scores it. `shipped.json` is taught
by all but the families of the sets that demo and README show.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mollia.arrays import Classes, Floats, Matrix, Probs, Rows, Vector
from mollia.fusion import Mixture, fuse
from mollia.fusion.candidates import FEATURES
from mollia.fusion.panel_trees import log_odds
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import load
from mollia_benchmarks.described import about
from mollia_benchmarks.families import families, members
from mollia_benchmarks.fusion import vectors
from mollia_benchmarks.grid import Made, packed
from mollia_benchmarks.job import Job
from mollia_benchmarks.protocol import Cell
from mollia_benchmarks.tables import table

if TYPE_CHECKING:
    from xgboost import Booster

LINES = "lines"
SHIPPED = "shipped"
SHOWN = (
    "policy_en",
    "consumer_complaints",
)  # in demo, README and notebooks: the shipped trees have not seen their gold
MOST_ROWS = 1_000  # of a cell that teach
WEIGHT = 600.0  # of a cell, whatever its rows
MISSING = {"text": 0.15, "text_and_answers": 0.05}  # share of the rows that learn to do without
ROUNDS = 80
SETTINGS = {
    "objective": "binary:logistic",
    "max_depth": 5,
    "eta": 0.1,
    "min_child_weight": 500,
    "subsample": 0.7,
    "colsample_bytree": 0.7,
    "lambda": 5,
    "seed": 0,
}


def run(job: Job, *, labels: Sequence[int], draws: int) -> str:
    """Collect lines, teach the trees, write `<family>.json` and `shipped.json` to `job.out`; return what taught each."""
    family_of = families({name: about(name, job.data).llms for name in job.sets})
    cells = [
        Cell(set=name, method="default", labels=n, draw=draw)
        for name in job.sets
        for n in labels
        if n <= len(load(name, job.data)) // 2
        for draw in range(draws if n else 1)
    ]
    job.measure(cells, collect, again=[cell for cell in cells if not (job.out / _made(cell)).is_file()])
    rows = []
    shown = {family_of[name] for name in SHOWN if name in family_of}
    left_out = [name for name in job.sets if family_of[name] in shown]
    for family, names in [*members(family_of, job.sets).items(), (SHIPPED, left_out)]:
        taught_by = [cell for cell in cells if cell.set not in names]
        if not taught_by:
            continue
        booster = teach([job.out / _made(cell) for cell in taught_by])
        booster.set_attr(sets=" ".join(dict.fromkeys(cell.set for cell in taught_by)))
        booster.save_model(job.out / f"{family}.json")
        rows.append(
            [
                f"{family}.json",
                ", ".join(names),
                str(len({cell.set for cell in taught_by})),
                str(len(taught_by)),
            ]
        )
    written = table(["trees", "sets left out", "sets", "fits"], rows)
    (job.out / "table.md").write_text(written, "utf-8")
    return written


def _made(cell: Cell) -> str:
    """Return the file of a cell's lines, under the benchmark's folder."""
    return f"{LINES}/{cell.file}.npz"


def collect(cell: Cell, *, data: Path) -> Made:
    """Fuse one cell, and keep some unlabelled rows' lines with what is right."""
    recorded = load(cell.set, data)
    y = protocol.labels_of(recorded.gold, cell.labels, cell.draw)
    free = np.flatnonzero(y < 0)
    rng = np.random.default_rng([cell.draw, cell.labels])
    rows = np.sort(rng.choice(free, min(MOST_ROWS, len(free)), replace=False))

    files: dict[str, bytes] = {}

    def keep(P: Probs, classes: Rows, lines: Matrix) -> Probs:
        before = np.take_along_axis(P[rows], classes[rows], 1)
        right = classes[rows] == recorded.gold[rows, None]
        files[_made(cell)] = packed(lines=lines[rows], before=before, right=right)
        return P

    fuse(
        recorded.answers,
        y,
        texts=recorded.texts,
        method=Mixture(encoder=vectors(recorded), trees=keep, n_jobs=1),
    )
    return Made(scores={"rows": len(rows)}, files=files)


def teach(files: Sequence[Path]) -> Booster:
    """Return trees that learned from cells."""
    import xgboost  # noqa: PLC0415  # slow to import

    X, right, before, weight = (np.concatenate(parts) for parts in zip(*map(_read, files), strict=True))
    rng = np.random.default_rng(0)
    for name, share in MISSING.items():
        X[rng.random(len(X)) < share, FEATURES.index(name)] = np.nan
    given = xgboost.DMatrix(
        X, right, weight=weight, base_margin=log_odds(before), feature_names=list(FEATURES)
    )
    return xgboost.train(SETTINGS, given, ROUNDS)


def _read(file: Path) -> tuple[Floats, Classes, Vector, Vector]:
    with np.load(file) as kept:
        lines, right, before = kept["lines"], kept["right"], kept["before"]
    weight = np.full(right.size, WEIGHT / max(len(lines), 1))
    return lines.reshape(-1, lines.shape[2]), right.ravel().astype(np.int64), before.ravel(), weight
