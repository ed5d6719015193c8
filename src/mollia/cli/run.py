"""`mollia run task.toml`: the whole loop; goes on where an earlier run stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mollia.cli.options import (
    Address,
    AllowUnnamed,
    EngineName,
    Target,
    TextView,
    Workers,
    kept_lines,
    opened_engine,
)
from mollia.cli.output import current
from mollia.exit_codes import UNSURE
from mollia.progress import WRITING, doing
from mollia.session.run_folder import LABELS, LEDGER, REPORT, SUMMARY

if TYPE_CHECKING:
    from mollia.loop.result import RunResult
    from mollia.protocols import Engine
    from mollia.quality.completeness import Completeness
    from mollia.task.config import Task

EXAMPLES = {
    "Label the texts of a task": "run task.toml",
    "Ask from every node of a Ray cluster": "run task.toml --engine ray --address 10.0.0.1:6379",
    "Mark the labels that hold 95 % accuracy without a review": "run task.toml --target-accuracy 0.95",
}


def run(
    task: Annotated[
        Path, typer.Argument(help="The task file; `mollia init` writes one.", metavar="TASK.TOML")
    ],
    target_accuracy: Target = None,
    text_view: TextView = None,
    *,
    allow_unnamed: AllowUnnamed = False,
    engine: EngineName = "local",
    address: Address = None,
    workers: Workers = None,
) -> None:
    """Ask the panel, fuse, train the student, write labels and report.

    The same command goes on where an earlier run stopped; what was answered is not asked again.
    """
    with opened_engine(engine, address, workers) as opened:
        run_and_write(
            task,
            ask=True,
            target=target_accuracy,
            text_view=text_view,
            allow_unnamed=allow_unnamed,
            engine=opened,
        )


def run_and_write(
    task: Path,
    *,
    ask: bool,
    target: float | None = None,
    text_view: str | None = None,
    allow_unnamed: bool = False,
    engine: Engine | None = None,
) -> None:
    """Run, write all outputs, print the closing lines, and end with the exit code of what came out."""
    from mollia.cli.closing import closing_lines, next_steps  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.loop.run import run as run_loop  # noqa: PLC0415  # the same
    from mollia.task.load import load_task, with_text_view  # noqa: PLC0415  # the same

    loaded = load_task(task)
    if text_view is not None:
        loaded = with_text_view(loaded, text_view)
    out = current()
    with out.progress() as progress:
        result = run_loop(loaded, ask=ask, progress=progress, say=out.note, engine=engine)
        with doing(progress, WRITING):
            kept = write_all(result, loaded, target=target)
    out.say(*kept, *closing_lines(result, loaded))
    out.next(*next_steps(result, loaded), say=False)
    end(result.completeness, allow_unnamed=allow_unnamed)


def end(found: Completeness, *, allow_unnamed: bool = False) -> None:
    """End the command with the exit code of its outcome, 0 where all was done."""
    if found.exit_code and not (allow_unnamed and found.exit_code == UNSURE):
        raise typer.Exit(found.exit_code)


def write_all(result: RunResult, task: Task, *, target: float | None = None) -> list[str]:
    """Write labels, summary and report to the task's folder; return what a target accuracy leaves to review."""
    from mollia.loop.outputs import summary_of  # noqa: PLC0415  # as above
    from mollia.people.accepted import accepted_target  # noqa: PLC0415  # as above
    from mollia.session.task_pool import labels_format  # noqa: PLC0415  # as above
    from mollia.usecases.result import write_run  # noqa: PLC0415  # as above

    folder = task.run.out
    if target is None:
        target = accepted_target(folder / LEDGER)
    kept = write_run(result, folder, target=target, text_format=labels_format(task).text_format)
    files = {"labels": folder / LABELS, "summary": folder / SUMMARY, "report": folder / REPORT}
    current().give(**summary_of(result, kept), files=files)
    return [] if kept is None else kept_lines(kept, str(folder / LABELS))
