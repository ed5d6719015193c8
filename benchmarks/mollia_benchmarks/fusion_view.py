"""`mollia bench fusion --text-view finetune`: a student as the default fuser's text view, beside TF-IDF.

"student" is the view alone: what the two students say of the rows they were not taught (where the gate is shut and
none is taught, TF-IDF's figures stand in, with weight 0). The human rows are drawn
at random, or picked by a strategy of `mollia seed`; "of all" counts them as right.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType

from mollia.fusion import Mixture
from mollia.fusion.panel_trees import SHIPPED
from mollia.people.seed_rows import STRATEGIES
from mollia.session.text_view import text_view
from mollia.student.encoder_size import MINILM
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import load
from mollia_benchmarks.fusion import trees_of, vectors
from mollia_benchmarks.job import Job, uses_card
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.scores import score
from mollia_benchmarks.seed_replay import picked_labels
from mollia_benchmarks.tables import figure, table


def measure(
    cell: Cell,
    *,
    data: Path,
    weights: str | None,
    picked: str | None = None,
    trees: Mapping[str, str] = MappingProxyType({}),
) -> Scores:
    """Fuse one cell with TF-IDF and with its method, a kind of student; score the rows nobody labelled.

    `picked` names the strategy that picks the human rows; None draws them at random. `trees` names other trees by set.
    """
    recorded = load(cell.set, data)
    if picked is None:
        y = protocol.labels_of(recorded.gold, cell.labels, cell.draw)
    else:
        y = picked_labels(recorded, picked, cell.labels, cell.draw)
    rest = y < 0
    text = vectors(recorded)
    taught = trees.get(cell.set, SHIPPED)
    plain = Mixture(encoder=text, trees=taught, n_jobs=1).fit_predict_proba(
        recorded.answers, y, texts=recorded.texts
    )
    make, _ = text_view(cell.method, model=weights or MINILM, n_rows=len(recorded), random_state=cell.draw)
    fuser = Mixture(encoder=text, student=make, trees=taught, n_jobs=1)
    began = time.process_time()
    fused = fuser.fit_predict_proba(recorded.answers, y, texts=recorded.texts)
    seconds = time.process_time() - began
    view = fuser.student_view_
    words = {"tfidf": plain, "student": plain if view is None else view.Q, "fused": fused}
    gold = recorded.gold[rest]
    scores = {
        f"{name} {key}": value for name, P in words.items() for key, value in score(P[rest], gold).items()
    }
    scores |= {
        f"{name} all": float(((P.argmax(1) == recorded.gold) | ~rest).mean()) for name, P in words.items()
    }
    gain = scores["fused accuracy"] - scores["tfidf accuracy"]
    weight, rounds = (0.0, 0) if view is None else (view.weight, view.rounds)
    return {**scores, "gain": gain, "weight": weight, "rounds": rounds, "seconds": seconds}


def run(
    job: Job,
    *,
    view: str,
    weights: str | None,
    labels: Sequence[int],
    draws: int,
    picked: str | None = None,
    trees: Path | None = None,
) -> str:
    """Measure all cells, write `table.md` and `scores.json` to `job.out`; return the table.

    Raises
    ------
    TaskError
        When no student is called `view`.
    DataError
        When a set or strategy is not known, or the recorded panels are not there.
    """
    text_view(view, model=weights or MINILM, n_rows=1, random_state=0)  # an unknown one is told now
    if picked is not None:
        protocol.require_known([picked], STRATEGIES, "strategy")
    cells = [
        Cell(set=s, method=view, labels=n, draw=d) for s in job.sets for n in labels for d in range(draws)
    ]
    scores = job.measure(
        cells,
        partial(measure, weights=weights, picked=picked, trees=trees_of(job, trees)),
        "cells" if picked is None else f"cells-{picked}",
        card=uses_card(view),
    )
    figures = protocol.summary(scores)
    written = report(figures)
    protocol.write(job.out, written, figures)
    return written


def report(figures: Mapping[tuple[str, str, int], Mapping[str, Sequence[float]]]) -> str:
    """Return the table of figures (mean, spread) by set, kind of student and number of labels."""
    rows = []
    for (name, _, n), found in figures.items():
        shown = [
            f"{figure(*found[f'{word} accuracy'])} ({figure(found[f'{word} ece_mass'][0])}), "
            f"{figure(found[f'{word} all'][0])}"
            for word in ("tfidf", "student", "fused")
        ]
        gain = "{:+.1f} ± {:.1f}".format(*(100 * value for value in found["gain"]))
        rows.append([name, str(n), *shown, gain, f"{found['weight'][0]:.2f}", f"{found['seconds'][0]:.0f}"])
    head = [
        "set",
        "labels",
        "TF-IDF: accuracy (ECE), of all",
        "student alone",
        "fused with it",
        "gain, points",
        "weight",
        "CPU seconds",
    ]
    return table(head, rows)
