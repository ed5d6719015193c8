"""The five lines that end a run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mollia.data.labels_file import FAILED
from mollia.loop.result import RunResult


def closing_lines(result: RunResult, folder: Path, task: Path) -> list[str]:
    """Say what was labelled, by whom, how well, where the report lies, and what to try next."""
    sources = Counter(result.source)
    labelled = len(result.source) - sources[FAILED]
    status = f" (partial: {result.partial})" if result.partial else ""
    return [
        f"{labelled}/{len(result.source)} rows labelled{status}: {folder / 'labels.csv'}",
        f"Human labels used: {len(result.seed)}; LLMs on the panel: {len(result.panel.llms)}"
        + (f"; calls: {result.n_calls}" if result.n_calls else "")
        + (
            f"; the cascade saved {result.not_asked} of {result.panel.asked.size} answers"
            if result.not_asked
            else ""
        ),
        _accuracy(result),
        f"Report: {folder / 'report.html'}",
        f"Next: {_next(result, folder, task)}",
    ]


def _accuracy(result: RunResult) -> str:
    if result.scores:
        figures = ", ".join(f"{name} {value:.3f}" for name, value in result.scores.items())
        return f"Accuracy on the {result.scored_rows} rows nobody labelled: {figures}"
    if result.estimate is not None:
        found = result.estimate
        return (
            f"Accuracy: {found.value:.2f}, {found.level:.0%} interval {found.low:.2f} to {found.high:.2f} "
            f"({found.method}, {found.n_human} human labels)"
        )
    if len(result.seed):
        return f"Accuracy: no figure from {len(result.seed)} human labels; the confidences are rough"
    return "Accuracy: no figure without human labels; every confidence is uncalibrated"


def _next(result: RunResult, folder: Path, task: Path) -> str:
    if result.partial:
        return f"run again to go on: mollia run {task}"
    if not len(result.seed):
        return "label about 50 rows drawn at random (id,label in a CSV; seed.path in the task) and run again"
    return (
        f"label new texts with the student: mollia predict {folder / 'student'} new.csv --out new_labels.csv"
    )
