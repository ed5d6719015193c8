"""`mollia run task.toml`: the whole loop; goes on where an earlier run stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.closing import closing_lines
from mollia.cli.options import Target, kept_lines
from mollia.cli.progress import shown
from mollia.session.run_folder import LABELS

PARTIAL = 5


def run(
    task: Annotated[
        Path, typer.Argument(help="The task file; `mollia init` writes one.", metavar="TASK.TOML")
    ],
    target_accuracy: Target = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Label the task's texts: ask the panel, fuse, train the student, write labels and report."""
    partial = run_and_write(task, ask=True, quiet=quiet, target=target_accuracy)
    if partial:
        raise typer.Exit(PARTIAL)


def run_and_write(task: Path, *, ask: bool, quiet: bool, target: float | None = None) -> str:
    """Run, write all outputs, print the closing lines; return why the run is partial, or ""."""
    from mollia.loop.outputs import promised, write_outputs  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.loop.run import run as run_loop  # noqa: PLC0415  # the same
    from mollia.report.report import write_report  # noqa: PLC0415  # the same
    from mollia.task.load import load_task  # noqa: PLC0415  # the same

    loaded = load_task(task)
    with shown(silent=quiet) as progress:
        result = run_loop(loaded, ask=ask, progress=progress)
    folder = loaded.run.out
    kept = None if target is None else promised(result, target)
    write_outputs(result, folder, kept=kept, encoding=loaded.data.encoding, delimiter=loaded.data.delimiter)
    write_report(result, folder / "report.html", target=target)
    if kept is not None:
        for line in kept_lines(kept, str(folder / LABELS)):
            typer.echo(line)
    for line in closing_lines(result, folder, task):
        typer.echo(line)
    return result.partial
