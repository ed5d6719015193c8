"""`mollia bench fusion`: every fuser on every set, from no human label to a thousand."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Mask, Matrix, Probs, one_hot
from mollia.fusion import Mixture, MoLAM, fuse
from mollia.fusion.observation import observe
from mollia.fusion.text_vectors import TextVectors
from mollia.protocols import Fuser
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.fusion_tables import accuracy_plot, accuracy_table, calibration_table, negative_table
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.scores import score, score_negative

CELLS = "cells"
METHODS = ("default", "molam", "dawid_skene", "vote", "mean", "best_llm", "supervised")
PAPER = {"pubmed": {"learning_rate": 0.01, "max_depth": 3, "n_estimators": 500}}  # docs/method.md, section 3


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


def posterior_of(method: str, recorded: Recorded, y: Classes) -> tuple[Probs, Mask | None]:
    """Return a method's posterior and Y-, (n, K) each, with the human labels y (n,); None without a Y-."""
    baselines = {"best_llm": best_llm, "supervised": supervised}
    if method in baselines:
        return baselines[method](recorded, y), None
    fused = fuse(recorded.answers, y, texts=recorded.texts, method=fuser(method, recorded))
    return fused.posterior, fused.negative


def measure(cell: Cell) -> Scores:
    """Fuse one cell and score it on the rows that nobody labelled."""
    recorded = load(cell.set)
    y = protocol.labels_of(recorded.gold, cell.labels, cell.draw)
    began = time.process_time()  # one thread each; wall time would tell of the machine's other work
    posterior, negative = posterior_of(cell.method, recorded, y)
    seconds = time.process_time() - began
    P, gold = posterior[y < 0], recorded.gold[y < 0]
    denied = {} if negative is None else score_negative(negative[y < 0], P, gold)
    return {**score(P, gold), **denied, "seconds": seconds}


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

    Further draws that `out` holds from an earlier run count too.

    Raises
    ------
    DataError
        When a set or method is not known, or the recorded panels are not there.
    """
    protocol.require_known(methods, METHODS, "method")
    sizes = {name: len(load(name)) for name in sets}
    cells = [
        Cell(set=name, method=method, labels=n, draw=draw)
        for name in sets
        for n in labels
        if n <= sizes[name] // 2 or n == 0  # half of the rows must be left to score on
        for method in methods
        for draw in _draws(out / CELLS, name, method, n, draws)
    ]
    scores = protocol.measure_all(
        cells,
        measure,
        out / CELLS,
        processes=processes,
        done=protocol.teller(say),
    )
    figures = protocol.summary(scores)
    draws_of = Counter((cell.set, cell.method, cell.labels) for cell in cells)
    parts = [_fewer_draws(draws_of)]
    parts += [accuracy_table(figures, name, methods, labels) for name in sets]
    parts += [calibration_table(figures, name, methods, labels, draws_of) for name in sets]
    if "default" in methods:
        parts.append(negative_table(figures, sets, labels))
    written = "\n".join(parts)
    protocol.write(out, written, figures)
    (out / "accuracy.svg").write_text(accuracy_plot(figures, sets, methods, labels), "utf-8")
    return written


def _draws(folder: Path, name: str, method: str, labels: int, asked: int) -> range:
    """Return the draws asked for, and those that were measured beyond them."""
    known = asked
    while (folder / Cell(set=name, method=method, labels=labels, draw=known).file).is_file():
        known += 1
    return range(known)


def _fewer_draws(draws_of: Mapping[tuple[str, str, int], int]) -> str:
    """Say how many draws the figures are means of, and which are of fewer."""
    most = max(draws_of.values())
    fewer: dict[tuple[str, str, int], list[int]] = {}
    for (name, method, n), draws in draws_of.items():
        if draws < most:
            fewer.setdefault((name, method, draws), []).append(n)
    exceptions = [
        f"{name}, {method} at {', '.join(map(str, sorted(labels)))} labels: {draws}"
        for (name, method, draws), labels in fewer.items()
    ]
    return "; ".join([f"Means over {most} draws of the human labels", *exceptions]) + ".\n"
