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
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mollia.arrays import Classes, Floats, Mask, Matrix
from mollia.asking.advise import make_refits
from mollia.errors import DataError
from mollia.fusion import Mixture
from mollia.fusion.observation import hard_answers
from mollia.fusion.panel_trees import SHIPPED
from mollia.panel import parts_of
from mollia.panel.cascade import Course, masked, order_of, pilot_rows, run_cascade
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.fusion import trees_of, vectors
from mollia_benchmarks.job import Job
from mollia_benchmarks.panel import costs_of
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.tables import figure, table

SCRIPT = Path(__file__).with_name("chain_peer.py")
HOW_TO_GET = (
    "It is not installed with mollia: python3 -m venv peers && peers/bin/pip install pandas scikit-learn tqdm && "
    "peers/bin/pip install --no-deps chain-ensembles, then --peer peers/bin/python."
)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
GRADED = 0.1  # of the answers that must be less than certain, for a chain to have whom to forward
LOSSES = (0.01, 0.02, 0.04)  # that the cascade may lose at most
TIES = 1e-6  # of confidence, too little to change another order
LONGEST = 10  # links of a chain
CHAIN, WHOLE = "chain", "all LLMs"
CASCADES = tuple(f"cascade {loss:g}" for loss in LOSSES)


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
    """Return chains of 1 to 10 LLMs: the best ones on the labels, the best last."""
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


def measure(
    cell: Cell, *, data: Path, python: str, trees: Mapping[str, str] = MappingProxyType({})
) -> Scores:
    """Return accuracy on the rows nobody labelled, and LLMs asked per row, of a chain of each length, or of one way."""
    recorded = load(cell.set, data)
    y = protocol.labels_of(recorded.gold, cell.labels, cell.draw)
    open_, gold = y < 0, recorded.gold
    if cell.method == CHAIN:
        said = said_by(recorded)
        found = ask_chain(said, chains_of(said, y), python)
        out: dict[str, float] = {}
        for number, (labels, calls) in enumerate(zip(found["labels"], found["calls"], strict=True), 1):
            out[f"{number} accuracy"] = float((labels == gold)[open_].mean())
            out[f"{number} calls"] = float(calls.mean())
        return out
    fuser = Mixture(encoder=vectors(recorded), trees=trees.get(cell.set, SHIPPED))
    asked = np.ones((len(recorded), len(recorded.answers.llms)), bool)
    if cell.method != WHOLE:
        asked = _cascade(recorded, y, fuser, loss=float(cell.method.split()[1]))
    P = fuser.fit_predict_proba(masked(recorded.answers, asked), y, texts=recorded.texts)
    return {
        "1 accuracy": float((P.argmax(1) == gold)[open_].mean()),
        "1 calls": float(asked.sum(1).mean()),
    }


def _cascade(recorded: Recorded, y: Classes, fuser: Mixture, *, loss: float) -> Mask:
    """Return which LLM a cascade put to which row (n, N)."""
    X, pilot = recorded.answers, pilot_rows(y)
    first, _ = make_refits(X[pilot], y[pilot], [recorded.texts[row] for row in pilot.tolist()])
    order = order_of(first, costs_of(recorded, parts_of(X), "calls"))
    done = run_cascade(
        lambda _llms, _rows: X,
        fuser,
        X,
        y,
        recorded.texts,
        course=Course(pilot=pilot, order=order, loss=loss),
    )
    return done.asked


def run(job: Job, *, labels: int, draws: int, python: str, trees: Path | None = None) -> str:
    """Measure all cells; write `table.md` and `scores.json` to `job.out`; return the tables.

    `trees` is a folder of `mollia bench fusion --learn`: each set is fused by the trees that its family did not teach.

    Raises
    ------
    DataError
        When no set has graded answers, or the peer is not installed.
    """
    sets = [
        name
        for name in job.sets
        if is_graded(load(name, job.data)) and labels <= len(load(name, job.data)) // 2
    ]
    for name in job.sets:
        if name not in sets:
            job.say(
                f"{name} is left out: it has too few rows, or its LLMs gave one answer per text, so that a chain has "
                "no confidence to rank by."
            )
    if not sets:
        raise DataError(
            "None of the sets has label probabilities or several samples per LLM.",
            hint="Name others with --sets.",
        )
    methods = (CHAIN, *CASCADES, WHOLE)
    cells = [
        Cell(set=name, method=method, labels=labels, draw=draw)
        for draw in range(draws)
        for name in sets
        for method in methods
    ]
    measured = job.measure(cells, partial(measure, python=python, trees=trees_of(job, trees)))
    figures = protocol.summary(measured)
    rows: list[list[str]] = []
    for name in sets:
        for method in methods:
            found = figures[name, method, labels]
            rows.extend(
                [
                    name,
                    _named(method, number),
                    figure(*found[f"{number} accuracy"]),
                    f"{found[f'{number} calls'][0]:.2f}",
                ]
                for number in range(1, len(found) // 2 + 1)
            )
    written = "\n".join(
        [table(["set", "way", "accuracy", "LLMs asked per row"], rows), paired_table(measured, sets)]
    )
    protocol.write(job.out, written, figures)
    return written


def paired_table(measured: Mapping[Cell, Scores], sets: Sequence[str]) -> str:
    """Return what each way leads a chain by, draw by draw: of those that ask no more the best, by gold, in hindsight."""
    rows = []
    for name in sets:
        for method in (*CASCADES, WHOLE):
            pairs = [
                (scores, measured[replace(cell, method=CHAIN)])
                for cell, scores in measured.items()
                if (cell.set, cell.method) == (name, method)
            ]
            best = _best_chain(pairs)
            leads = [100 * (own["1 accuracy"] - chain[f"{best} accuracy"]) for own, chain in pairs]
            calls = [np.mean([own["1 calls"] for own, _ in pairs])]
            calls.append(np.mean([chain[f"{best} calls"] for _, chain in pairs]))
            rows.append(
                [
                    name,
                    _named(method),
                    _named(CHAIN, best),
                    f"{calls[0]:.1f} against {calls[1]:.1f}",
                    f"{np.mean(leads):+.1f} ± {np.std(leads):.1f}",
                    f"{sum(lead > 0 for lead in leads)} of {len(leads)}",
                ]
            )
    head = ["set", "way", "best chain", "LLMs asked per row", "points ahead of it", "draws ahead"]
    return table(head, rows)


def _best_chain(pairs: Sequence[tuple[Scores, Scores]]) -> int:
    """Return the links of the chain that is right most often over the draws, asking no more LLMs per row."""
    most = float(np.mean([own["1 calls"] for own, _ in pairs]))
    chains = [chain for _, chain in pairs]
    means = {
        n: float(np.mean([chain[f"{n} accuracy"] for chain in chains]))
        for n in range(1, len(chains[0]) // 2 + 1)
        if np.mean([chain[f"{n} calls"] for chain in chains]) <= most
    }
    return max(means, key=means.__getitem__)


def _named(method: str, number: int = 1) -> str:
    if method == CHAIN:
        return f"chain of {number}"
    return method if method == WHOLE else f"cascade_loss = {method.split()[1]}"
