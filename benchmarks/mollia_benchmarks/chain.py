"""`mollia bench chain`: the cascade beside chain-ensembles, accuracy against calls per row, on the same draws.

A chain of L LLMs keeps the surest 1/L of the rows after its first LLM, forwards the others to the second, keeps 1/(L-1)
of them, and so on; the label is that of the LLM whose confidence ranks highest. It uses no human label. We choose its
LLMs with the same labels that the cascade has: the L best on them, the best one last.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Floats, Matrix
from mollia.asking.advise import make_refits
from mollia.errors import DataError
from mollia.fusion import Mixture
from mollia.fusion.observation import hard_answers
from mollia.panel import parts_of
from mollia.panel.cascade import Course, masked, order_of, pilot_rows, run_cascade
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.fusion import vectors
from mollia_benchmarks.job import Job
from mollia_benchmarks.panel import costs_of, posterior
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.tables import figure, table

SCRIPT = Path(__file__).with_name("chain_peer.py")
HOW_TO_GET = (
    "It is not installed with mollia: python3 -m venv peers && peers/bin/pip install pandas scikit-learn tqdm && "
    "peers/bin/pip install --no-deps chain-ensembles, then --peer peers/bin/python."
)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
GRADED = (
    0.1  # of an LLM's answers that must be less than certain, on average, for a chain to have whom to forward
)
LOSSES = (0.01, 0.02, 0.04)  # that the cascade may lose at most
TIES = 1e-6  # of confidence, too little to change another order
LONGEST = 5  # links of a chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Each LLM's class (n, N), -1 = none, and its confidence (n, N): the two largest log masses' difference."""

    labels: Classes
    confidence: Matrix


def said_by(recorded: Recorded) -> Said:
    """Return what a chain reads of the panel: of label probabilities where an LLM gave them, else of its samples.

    Ties are broken at random: the package keeps all rows that share the threshold's confidence, and where most
    answers are certain it fails, since nothing is left to forward.
    """
    X = recorded.answers
    mass = np.where(X.z.any(2, keepdims=True), X.z, X.c)
    two = np.sort(mass, 2)[:, :, -2:]
    confidence = np.log(np.maximum(two[:, :, 1], 1e-3)) - np.log(np.maximum(two[:, :, 0], 1e-3))
    confidence += np.random.default_rng(0).uniform(0, TIES, confidence.shape)
    return Said(labels=np.where(mass.any(2), mass.argmax(2), hard_answers(X)), confidence=confidence)


def is_graded(recorded: Recorded) -> bool:
    """Return whether the LLMs say how sure they are: with one answer per text a chain has nothing to rank by."""
    X = recorded.answers
    top = np.where(X.z.any(2, keepdims=True), X.z, X.c).max(2)
    return bool(((top > 0) & (top < 1)).mean() >= GRADED)


def chains_of(said: Said, y: Classes) -> list[Classes]:
    """Return chains of 1 to 5 LLMs: the best ones on the labels, the best last."""
    human = np.flatnonzero(y >= 0)
    right = (said.labels[human] == y[human, None]).mean(0)
    ranked = np.argsort(-right, kind="stable")
    return [ranked[:length][::-1] for length in range(1, min(LONGEST, len(ranked)) + 1)]


def ask_chain(said: Said, chains: Sequence[Classes], python: str) -> Mapping[str, Floats]:
    """Return the peer's `labels` and `calls`, both (chains, n).

    Raises
    ------
    DataError
        When the peer is not installed there, or fails.
    """
    padded = np.full((len(chains), max(map(len, chains))), -1)
    for row, chain in zip(padded, chains, strict=True):
        row[: len(chain)] = chain
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(source, said=said.labels, confidence=said.confidence, chains=padded)
        words = [python, str(SCRIPT), str(source), str(target)]
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ | ONE_THREAD)  # noqa: S603  # the person's own Python
        if done.returncode:
            raise DataError(f"The chain does not run with {python}: {done.stderr[-300:]}", hint=HOW_TO_GET)
        with np.load(target) as arrays:
            return dict(arrays)


def measure(cell: Cell, *, data: Path, python: str) -> Scores:
    """Return accuracy on the rows nobody labelled and LLMs asked per row: of a chain of each length, or a cascade."""
    recorded = load(cell.set, data)
    y = protocol.labels_of(recorded.gold, cell.labels, cell.draw)
    open_, gold = y < 0, recorded.gold
    if cell.method == "chain":
        said = said_by(recorded)
        found = ask_chain(said, chains_of(said, y), python)
        out: dict[str, float] = {}
        for number, (labels, calls) in enumerate(zip(found["labels"], found["calls"], strict=True), 1):
            out[f"{number} accuracy"] = float((labels == gold)[open_].mean())
            out[f"{number} calls"] = float(calls.mean())
        return out
    X = recorded.answers
    pilot = pilot_rows(y)
    first, _ = make_refits(X[pilot], y[pilot], [recorded.texts[row] for row in pilot.tolist()])
    order = order_of(first, costs_of(recorded, parts_of(X), "calls"))
    done = run_cascade(
        lambda _llms, _rows: X,
        Mixture(encoder=vectors(recorded)),
        X,
        y,
        recorded.texts,
        course=Course(pilot=pilot, order=order, loss=float(cell.method.split()[1])),
    )
    own = posterior(recorded, masked(X, done.asked), y).argmax(1)
    return {"1 accuracy": float((own == gold)[open_].mean()), "1 calls": float(done.asked.sum(1).mean())}


def run(job: Job, *, labels: int, draws: int, python: str) -> str:
    """Measure all cells; write `table.md` and `scores.json` to `job.out`; return the table.

    Raises
    ------
    DataError
        When no set has graded answers, or the peer is not installed.
    """
    sets = [name for name in job.sets if is_graded(load(name, job.data))]
    for name in job.sets:
        if name not in sets:
            job.say(
                f"{name} is left out: its LLMs gave one answer per text, so a chain has no confidence to rank by."
            )
    if not sets:
        raise DataError(
            "None of the sets has label probabilities or several samples per LLM.",
            hint="Name others with --sets.",
        )
    methods = ("chain", *(f"cascade {loss:g}" for loss in LOSSES))
    cells = [
        Cell(set=name, method=method, labels=labels, draw=draw)
        for draw in range(draws)
        for name in sets
        for method in methods
    ]
    figures = protocol.summary(job.measure(cells, partial(measure, python=python)))
    rows: list[list[str]] = []
    for name in sets:
        for method in methods:
            found = figures[name, method, labels]
            rows.extend(
                [
                    name,
                    f"chain of {number}"
                    if method == "chain"
                    else f"cascade, at most {100 * float(method.split()[1]):g} points",
                    figure(*found[f"{number} accuracy"]),
                    f"{found[f'{number} calls'][0]:.2f}",
                ]
                for number in range(1, len(found) // 2 + 1)
            )
    written = table(["set", "method", "accuracy", "LLMs asked per row"], rows)
    protocol.write(job.out, written, figures)
    return written
