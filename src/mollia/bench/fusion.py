"""`mollia bench fusion`: every fuser on every set, from no human label to a thousand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Matrix, Probs, one_hot
from mollia.bench import protocol
from mollia.bench.datasets import Recorded, load
from mollia.bench.plot import plot
from mollia.bench.protocol import Cell, Scores
from mollia.bench.scores import score, score_negative
from mollia.bench.tables import figure, table
from mollia.errors import DataError, did_you_mean
from mollia.fusion import Mixture, MoLAM, fuse
from mollia.fusion.observation import observe
from mollia.fusion.text_vectors import TextVectors
from mollia.protocols import Fuser
from mollia.records import Fused

METHODS = ("default", "molam", "dawid_skene", "vote", "mean", "best_llm", "supervised")
PAPER = {"pubmed": {"learning_rate": 0.01, "max_depth": 3, "n_estimators": 500}}  # MoLAM's, METHOD section 3
Table = Mapping[tuple[str, str, int], Mapping[str, tuple[float, float]]]


class PoolVectors:
    """TF-IDF vectors of one set's texts, made once for all its cells."""

    name = "tf-idf of the pool"

    def __init__(self, texts: tuple[str, ...]) -> None:
        vectors = TextVectors(random_state=0).fit_transform(texts)
        self._by_text = dict(zip(texts, vectors.astype(np.float32), strict=True))
        self.dim = vectors.shape[1]

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return the vectors (n, d) of texts of the pool."""
        out: Matrix = np.stack([self._by_text[text] for text in texts])
        return out


@cache
def vectors(name: str) -> PoolVectors:
    """Return the text vectors of a set."""
    return PoolVectors(load(name).texts)


def fuser(method: str, recorded: Recorded) -> str | Fuser:
    """Return the fuser a method's name stands for, single-threaded, with the paper's settings."""
    if method == "default":
        return Mixture(encoder=vectors(recorded.name), n_jobs=1)
    if method == "molam":
        molam: MoLAM = MoLAM(n_jobs=1).set_params(**PAPER.get(recorded.name, {}))
        return molam
    return method


def best_llm(recorded: Recorded, y: Classes) -> Probs:
    """Return the answers of the LLM that agrees best with the human labels; the first of equals."""
    own = observe(recorded.answers)
    right = own[y >= 0].argmax(2) == y[y >= 0][:, None]
    best = int(right.mean(0).argmax()) if len(right) else 0
    return own[:, best]


def supervised(recorded: Recorded, y: Classes) -> Probs:
    """Return the predictions of the plain student, trained on the human labels alone."""
    from mollia.student.frozen import FrozenStudent  # noqa: PLC0415  # only this method needs it

    rows = np.flatnonzero(y >= 0)
    n_classes = len(recorded.classes)
    if not len(rows):
        return np.full((len(recorded), n_classes), 1 / n_classes)
    student = FrozenStudent(random_state=0)
    student.fit([recorded.texts[i] for i in rows], one_hot(y[rows], n_classes))
    return student.predict_proba(recorded.texts)


def measure(cell: Cell) -> Scores:
    """Fuse one cell and score it on the rows that nobody labelled."""
    recorded = load(cell.set)
    y = protocol.labels_of(recorded.gold, cell.labels, cell.draw)
    chosen = None if cell.method in ("best_llm", "supervised") else fuser(cell.method, recorded)
    began = time.perf_counter()
    if chosen is None:
        own = {"best_llm": best_llm, "supervised": supervised}[cell.method]
        posterior = own(recorded, y)
        negative: Mapping[str, float] = {}
    else:
        fused: Fused = fuse(recorded.answers, y, texts=recorded.texts, method=chosen)
        posterior = fused.posterior
        negative = score_negative(fused.negative[y < 0], recorded.gold[y < 0])
    seconds = time.perf_counter() - began
    return {**score(posterior[y < 0], recorded.gold[y < 0]), **negative, "seconds": seconds}


def run(
    *,
    sets: Sequence[str],
    methods: Sequence[str],
    labels: Sequence[int],
    draws: int,
    out: Path,
    processes: int,
    say: Callable[[str], None] = print,
) -> str:
    """Measure all cells, write `table.md`, `scores.json` and `accuracy.svg` to `out`; return the table.

    Raises
    ------
    DataError
        When a set or method is not known, or the recorded panels are not there.
    """
    for method in methods:
        if method not in METHODS:
            raise DataError(
                f'There is no method "{method}" to compare.{did_you_mean(method, METHODS)}',
                hint=f"Known: {', '.join(METHODS)}.",
            )
    sizes = {name: len(load(name)) for name in sets}
    cells = [
        Cell(set=name, method=method, labels=n, draw=draw)
        for name in sets
        for n in labels
        if n <= sizes[name] // 2 or n == 0  # half of the rows must be left to score on
        for method in methods
        for draw in range(draws)
    ]
    scores = protocol.measure_all(
        cells,
        measure,
        out / "cells",
        processes=processes,
        done=lambda cell, number, of: say(f"{number}/{of} {cell.file.removesuffix('.json')}"),
    )
    figures = protocol.summary(scores)
    written = "\n".join(_table(figures, name, methods, labels) for name in sets)
    (out / "table.md").write_text(written, "utf-8")
    named = {" ".join(map(str, group)): values for group, values in figures.items()}
    (out / "scores.json").write_text(json.dumps(named, indent=1) + "\n", "utf-8")
    (out / "accuracy.svg").write_text(_plot(figures, sets, methods, labels), "utf-8")
    return written


def _table(figures: Table, name: str, methods: Sequence[str], labels: Sequence[int]) -> str:
    """Return one set's table: accuracy and calibration error by method and number of labels."""
    shown = [n for n in labels if (name, methods[0], n) in figures]
    rows = []
    for method in methods:
        cells = [figures[name, method, n] for n in shown]
        rows.append([method, *(f"{figure(*cell['accuracy'])} ({figure(cell['ece'][0])})" for cell in cells)])
    head = [f"{name}: accuracy (ECE)", *(str(n) for n in shown)]
    return table(head, rows)


def _plot(figures: Table, sets: Sequence[str], methods: Sequence[str], labels: Sequence[int]) -> str:
    panels = {
        name: {
            method: [figures[name, method, n]["accuracy"][0] for n in labels if (name, method, n) in figures]
            for method in methods
        }
        for name in sets
    }
    return plot(panels, labels, x_name="human labels", y_name="accuracy on the rows nobody labelled")
