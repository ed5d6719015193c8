"""`mollia bench advise`: what `mollia advise` forecasts, against what then happens on recorded panels.

A forecast sees the human labels of its draw alone. What happens is measured on rows that nobody labelled, neither
before nor after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Mask
from mollia.asking.advise import QUICK_ROWS, make_refits
from mollia.asking.outlook import Outlook, outlook
from mollia.fusion import Mixture
from mollia.records import PanelAnswers
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.fusion import vectors
from mollia_benchmarks.job import Job
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.tables import table

METHODS = ("labels", "llm")
WHAT = {"labels": "twice the labels", "llm": "one more LLM"}
MOST_ROWS = 1500


def measure(cell: Cell, *, data: Path) -> Scores:
    """Forecast from one draw's labels, do what was forecast, and return both gains."""
    recorded = load(cell.set, data, most=MOST_ROWS)
    y = protocol.labels_of(recorded.gold, cell.labels, cell.draw)
    if cell.method == "labels":
        later = protocol.labels_of(recorded.gold, 2 * cell.labels, cell.draw)
        found = _forecast(recorded, recorded.answers, y)
        before = _accuracy(recorded, recorded.answers, y, later < 0)
        after = _accuracy(recorded, recorded.answers, later, later < 0)
        return {"forecast": found.labels, "gain": after - before, "before": before}
    llms = recorded.answers.llms
    without = recorded.answers.subpanel([llm for i, llm in enumerate(llms) if i != cell.draw % len(llms)])
    found = _forecast(recorded, without, y)
    before, after = (_accuracy(recorded, X, y, y < 0) for X in (without, recorded.answers))
    return {"forecast": found.llm or 0.0, "gain": after - before, "before": before}


def _forecast(recorded: Recorded, X: PanelAnswers, y: Classes) -> Outlook:
    refits, _ = make_refits(X, y, recorded.texts, most_rows=QUICK_ROWS)
    found = outlook(refits)
    if found is None:
        raise ValueError("too few labels to forecast from")
    return found


def _accuracy(recorded: Recorded, X: PanelAnswers, y: Classes, rows: Mask) -> float:
    posterior = Mixture(encoder=vectors(recorded)).fit_predict_proba(X, y, texts=recorded.texts)
    return float((posterior.argmax(1) == recorded.gold)[rows].mean())


def run(job: Job, *, methods: Sequence[str], labels: Sequence[int], draws: int) -> str:
    """Measure all cells; write `table.md` and `scores.json` to `job.out`; return the table.

    Raises
    ------
    DataError
        When a set or method is not known, or the recorded panels are not there.
    """
    protocol.require_known(methods, METHODS, "method", "measure")
    cells = [
        Cell(set=name, method=method, labels=number, draw=draw)
        for draw in range(draws)
        for name in job.sets
        for method in methods
        for number in (labels if method == "labels" else labels[:1])
        if 2 * number < min(len(load(name, job.data)), MOST_ROWS) // 2
    ]
    scores = job.measure(cells, measure)
    groups = sorted({(cell.set, cell.method, cell.labels) for cell in scores})
    figures = {group: _errors(scores, group) for group in groups}
    written = gains_table(figures)
    protocol.write(job.out, written, figures)
    return written


def _errors(scores: Mapping[Cell, Scores], group: tuple[str, str, int]) -> dict[str, float]:
    """Return forecast, gain, bias (forecast - gain) and error (its root mean square), means over the draws."""
    some = [each for cell, each in scores.items() if (cell.set, cell.method, cell.labels) == group]
    off = np.array([each["forecast"] - each["gain"] for each in some])
    return {
        "forecast": float(np.mean([each["forecast"] for each in some])),
        "gain": float(np.mean([each["gain"] for each in some])),
        "spread": float(np.std([each["gain"] for each in some])),
        "bias": float(off.mean()),
        "error": float(np.sqrt((off**2).mean())),
        "nothing": float(np.sqrt(np.mean([each["gain"] ** 2 for each in some]))),
    }


Figures = Mapping[tuple[str, str, int], Mapping[str, float]]


def gains_table(figures: Figures) -> str:
    """Return one line per step and set, then one over all sets; the last column is the error of forecasting no gain."""
    rows = []
    for method, labels in sorted({(method, labels) for _, method, labels in figures}):
        step = {group[0]: each for group, each in figures.items() if group[1:] == (method, labels)}
        rows += [_line(name, method, labels, each) for name, each in step.items()]
        if len(step) > 1:
            rows.append(_line("**all**", method, labels, over_all(list(step.values()))))
    return table(
        ["set", "step", "labels", "forecast", "gain", "bias", "error", "error of forecasting nothing"], rows
    )


def over_all(each: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the figures over several sets, each counting alike: means, and of errors the root mean square."""
    out = {key: float(np.mean([one[key] for one in each])) for key in ("forecast", "gain", "spread", "bias")}
    return out | {
        key: float(np.sqrt(np.mean([one[key] ** 2 for one in each]))) for key in ("error", "nothing")
    }


def _line(name: str, method: str, labels: int, found: Mapping[str, float]) -> list[str]:
    points = {key: 100 * value for key, value in found.items()}
    return [
        name,
        WHAT[method],
        str(labels),
        f"{points['forecast']:+.1f}",
        f"{points['gain']:+.1f} ± {points['spread']:.1f}",
        f"{points['bias']:+.1f}",
        f"{points['error']:.1f}",
        f"{points['nothing']:.1f}",
    ]
