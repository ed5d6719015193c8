"""Tables and learning curves of `mollia bench paper`, with the paper's own figures beside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from mollia.arrays import Floats
from mollia_benchmarks.paper_labels import ANNOTATORS, Labelling
from mollia_benchmarks.paper_run import Race
from mollia_benchmarks.plot import plot
from mollia_benchmarks.protocol import Scores
from mollia_benchmarks.tables import figure, table

# Read off the paper's plots (docs/method.md, section 6), final round: set, strategy, annotator.
PAPER: Mapping[str, Mapping[str, Mapping[str, float]]] = json.loads(
    Path(__file__).with_name("paper_figures.json").read_text("utf-8")
)
PAPER_ROWS = {"oracle": "ORACLE", "molam": "MoLLIA", "other": "best other LLM annotator"}
PAPER_SAYS = (
    "The last rows are the paper's, read off its plots (±.005): a fine-tuned DistilRoBERTa (coreset) or DistilBERT "
    "(random), with the best of 40 epochs picked on gold rows in each round, and MoLAM picked on the rows it labels."
)
PAPER_ROUNDS = 10
OURS = "ours"

Runs = Mapping[Race, Scores]


def report(scores: Runs, labelled: Mapping[Labelling, Scores]) -> str:
    """Return the tables of each set and student: the last round, the curves, and mollia's gains."""
    parts = []
    for name, student in _kinds(scores):
        own = _of(scores, name, student)
        parts.append(_last_round(own, labelled, name, student))
        if _is_curve(own):
            parts.append(_curves(own, name, student))
        gains = _gains(own, name, student)
        if gains:
            parts.append(gains)
    says = PAPER_SAYS if any(cell.rounds == PAPER_ROUNDS for cell in scores) else ""
    return "\n".join([*parts, says])


def learning_curves(scores: Runs) -> dict[str, str]:
    """Return an SVG for each set and student: a panel a strategy, a line an annotator.

    Open circles at the right are the paper's figures.
    """
    pictures = {}
    for name, student in _kinds(scores):
        own = _of(scores, name, student)
        if not _is_curve(own):
            continue
        panels = {
            strategy: {
                ANNOTATORS[annotator].title: _values(own, strategy, annotator).mean(0).tolist()
                for annotator in _each(own, "annotator")
                if len(_values(own, strategy, annotator))
            }
            for strategy in _each(own, "strategy")
        }
        marks = {
            strategy: {
                ANNOTATORS[annotator].title: value
                for annotator, value in PAPER.get(name, {}).get(strategy, {}).items()
                if max(_rounds(own)) == PAPER_ROUNDS
                if annotator in ANNOTATORS and ANNOTATORS[annotator].title in lines
            }
            for strategy, lines in panels.items()
        }
        pictures[f"{name}-{student}"] = plot(
            panels,
            _rounds(own),
            x_name="round",
            y_name=f"{name}: accuracy on rows that only score, {student} student (circles: the paper)",
            marks=marks,
        )
    return pictures


def _last_round(own: Runs, labelled: Mapping[Labelling, Scores], name: str, student: str) -> str:
    strategies = _each(own, "strategy")
    lines = []
    for annotator in _each(own, "annotator"):
        line = [ANNOTATORS[annotator].title]
        for strategy in strategies:
            values = _values(own, strategy, annotator)
            line.append(_mean(values[:, -1]) if len(values) else "")
        labellings = dict.fromkeys(cell.labelling for cell in own if cell.annotator == annotator)
        of_pool = [labelled[each]["accuracy"] for each in labellings if each in labelled]
        lines.append([*line, _mean(np.array(of_pool)) if of_pool else ""])
    last = max(_rounds(own))
    for row, title in PAPER_ROWS.items() if last == PAPER_ROUNDS else ():
        figures = [PAPER.get(name, {}).get(strategy, {}).get(row) for strategy in strategies]
        if any(value is not None for value in figures):
            shown = ["" if value is None else figure(value) for value in figures]
            lines.append([f"paper: {title}", *shown, ""])
    return table([f"{name}, {student}, round {last}", *strategies, "labels of the pool"], lines)


def _curves(own: Runs, name: str, student: str) -> str:
    """Return the means over seeds and strategies after each round."""
    lines = []
    for annotator in _each(own, "annotator"):
        every = [_values(own, strategy, annotator) for strategy in _each(own, "strategy")]
        means = np.concatenate(every).mean(0)
        lines.append([ANNOTATORS[annotator].title, *(figure(value) for value in means.tolist())])
    header = [f"{name}, {student}, all strategies", *(f"round {number}" for number in _rounds(own))]
    return table(header, lines)


def _gains(own: Runs, name: str, student: str) -> str:
    """Return mollia minus each other annotator at the last round, paired by seed and strategy.

    Strategies of one seed share its labels, so the standard error is over the seeds' means.
    """
    annotators = _each(own, "annotator")
    if OURS not in annotators:
        return ""
    lines = []
    for other in annotators:
        if other == OURS:
            continue
        pairs: dict[int, list[float]] = {}
        for cell, found in own.items():
            if cell.annotator != OURS:
                continue
            peer = next((s for c, s in own.items() if _same_but_for(c, cell, other)), None)
            if peer is not None:
                pairs.setdefault(cell.seed, []).append(found[str(cell.rounds)] - peer[str(cell.rounds)])
        gains = np.array([np.mean(values) for values in pairs.values()])
        error = f" ± {gains.std(ddof=1) / np.sqrt(len(gains)):.3f}" if len(gains) > 1 else ""
        lines.append([ANNOTATORS[other].title, f"{gains.mean():+.3f}{error}", str(len(gains))])
    return table([f"{name}, {student}: mollia's gain over", "mean ± standard error", "seeds"], lines)


def _same_but_for(one: Race, other: Race, annotator: str) -> bool:
    return (one.annotator, one.strategy, one.seed) == (annotator, other.strategy, other.seed)


def _kinds(scores: Runs) -> Iterator[tuple[str, str]]:
    yield from dict.fromkeys((cell.set, cell.student) for cell in scores)


def _of(scores: Runs, name: str, student: str) -> Runs:
    return {cell: found for cell, found in scores.items() if (cell.set, cell.student) == (name, student)}


def _is_curve(own: Runs) -> bool:
    """Whether there is a figure for each round, not for the last alone."""
    return all("0" in found for found in own.values())


def _each(own: Runs, field: str) -> list[str]:
    return list(dict.fromkeys(str(getattr(cell, field)) for cell in own))


def _rounds(own: Runs) -> Sequence[int]:
    return range(max(cell.rounds for cell in own) + 1)


def _values(own: Runs, strategy: str, annotator: str) -> Floats:
    """Return the accuracies (seeds, rounds + 1)."""
    rounds = _rounds(own)
    rows = [
        [found.get(str(number), np.nan) for number in rounds]
        for cell, found in own.items()
        if (cell.strategy, cell.annotator) == (strategy, annotator)
    ]
    return np.array(rows, np.float64).reshape(len(rows), len(rounds))


def _mean(values: Floats) -> str:
    return figure(float(values.mean()), float(values.std()) if len(values) > 1 else None)
