"""The lines that end a run: what was labelled, how well, and what to do next, as commands to paste."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mollia.invocation import command, options, quoted
from mollia.quality.gold_scores import TARGET
from mollia.report.headline import held_sentence
from mollia.report.numbers import percent
from mollia.session.run_folder import STUDENT
from mollia.text_format import UTF_8

if TYPE_CHECKING:
    from mollia.loop.result import RunResult
    from mollia.quality.completeness import Completeness
    from mollia.task.config import Task

REPORT = "report.html"
TEXT, IMAGE = "text", "image"  # the column that predict reads where none is named


Step = tuple[str, str]  # what to do, and the command


def closing_lines(
    result: RunResult, task: Task, *, shown: Sequence[str] = (), further: Sequence[Step] = ()
) -> list[str]:
    """Say what was labelled, by whom, how well, and what to do next.

    `shown` are further lines about the labels, `further` steps after a run's own.
    """
    return [
        *what_was_done(result, task.run.out),
        *accuracy_lines(result),
        *shown,
        "",
        "Next:",
        *lined_up([*next_steps(result, task), *further]),
    ]


def what_was_done(result: RunResult, folder: Path) -> list[str]:
    """Say how many rows were labelled and where they lie, and what it took."""
    found = result.completeness
    took = (
        f"Human labels used: {len(result.seed)}; LLMs on the panel: {found.working or len(result.panel.llms)}"
    )
    if result.spending.calls:
        took += f"; calls: {result.spending.calls:,}"
    if result.spending.calls > result.calls_now:
        took += f", {result.calls_now:,} of them in this run"
    if result.not_asked:
        took += f"; the cascade saved {result.not_asked} of {result.panel.asked.size} answers"
        if result.cascade_at_most is not None:
            took += f" and loses at most {100 * result.cascade_at_most:.1f} points of accuracy (in 9 of 10 panels)"
    return [
        *labelled_lines(result.n_labelled, len(result.source), found, folder / "labels.csv"),
        took,
        *(note for note in result.warnings if note.startswith("Priors:")),
    ]


def labelled_lines(labelled: int, total: int, found: Completeness, path: Path) -> list[str]:
    """Say how many rows were labelled and where they lie, and what keeps the labels from being complete."""
    status = "" if found.status == "complete" else f" ({found.status})"
    return [
        f"{labelled}/{total} rows labelled{status}: {path}",
        *(f"  {lacking}" for lacking in found.lacking),
    ]


def accuracy_lines(result: RunResult) -> list[str]:
    """Say the accuracy measured against gold, where there is gold, and the one estimated from human labels."""
    lines = ["", *_measured(result)] if result.scores else []
    found = result.estimate
    if found is not None:
        estimated = f"Accuracy, estimated: {found.figure}"
        return [*lines, "", estimated, *filter(None, [held_sentence(result)])] if lines else [estimated]
    if result.fused.human.all():
        return [*lines, "Accuracy: no estimate, since every row has a label from a person"]
    if len(result.seed):
        return [
            *lines,
            f"Accuracy: no estimate from {len(result.seed)} human labels; the confidences are rough",
        ]
    return [*lines, "Accuracy: no estimate without human labels; every confidence is uncalibrated"]


def _measured(result: RunResult) -> list[str]:
    """Return a table: each kind of label against gold."""
    wide = max(len(name) for name in result.scores)
    lines = [
        f"Accuracy, measured against gold on the {result.scored_rows:,} rows that nobody labelled:",
        f"  {'':{wide}}   right   95% interval    says  reviews",
    ]
    for name, score in result.scores.items():
        found = score.accuracy
        says = "   –" if score.stated is None else f"{percent(score.stated, 0):>4}"
        lines.append(
            f"  {name:{wide}}  {percent(found.value):>6}   {percent(found.low):>5} – {percent(found.high):>5}   {says}"
            f"  {score.reviews:>7,}"
        )
    return [
        *lines,
        "  says: mean confidence of the labels (a single LLM gives none). reviews: rows to check by hand, the",
        f"  least confident first, until {TARGET:.0%} of all labels are right. The best single LLM is the one that the",
        "  human labels point to.",
    ]


def next_steps(result: RunResult, task: Task) -> list[Step]:
    """Return what to do next, each with a command that works when it is pasted."""
    report = ("See the report", see(task.run.out / REPORT))
    if result.completeness.status == "partial":
        return [("Go on where it stopped", command("run", task.file)), report]
    if result.completeness.failed:
        doctor, go_on = command("doctor", task.file), command("run", task.file)
        return [("Look at each LLM", doctor), ("Then go on", go_on), report]
    if not len(result.seed):
        return [report, ("Label about 50 rows", command("serve", task.file))]
    review = ("Review labels in the browser", command("serve", task.file))
    if isinstance(task.data.vectors, str):  # no other file has vectors for that student
        return [report, review]
    what = {"image": "images", "audio": "rows"}.get(task.data.medium, "texts")
    return [report, review, (f"Label more {what} without any LLM", _predict(task))]


def _predict(task: Task) -> str:
    """Return the command that labels a file of the data's kind: the data itself, as there is no other yet."""
    data = task.data
    column, usual = (data.image, IMAGE) if data.image else (data.text, TEXT)
    given = {
        "--text": column if column != usual else None,
        "--encoding": data.encoding if data.encoding != UTF_8.encoding else None,
        "--delimiter": data.delimiter,
        "--out": task.run.out / "predictions.csv",
    }
    return command("predict", task.run.out / STUDENT, data.path, *options(given))


def lined_up(steps: Sequence[Step]) -> list[str]:
    """Return one line per step, the commands below each other."""
    wide = max(len(what) for what, _ in steps) + 1
    return [f"  {what + ':':{wide}}  {line}" for what, line in steps]


def see(page: Path) -> str:
    """Return what opens a page in the browser here, or its path where no program is known to."""
    if sys.platform == "win32":
        return f'start "" "{page}"'
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    return f"{opener} {quoted(page)}" if shutil.which(opener) else quoted(page)
