"""`mollia run task.toml`: the whole loop; goes on where an earlier run stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.closing import closing_lines
from mollia.cli.progress import shown

PARTIAL = 5


def run(
    task: Annotated[
        Path, typer.Argument(help="The task file; `mollia init` writes one.", metavar="TASK.TOML")
    ],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Label the task's texts: ask the panel, fuse, train the student, write labels and report."""
    partial = run_and_write(task, ask=True, quiet=quiet)
    if partial:
        raise typer.Exit(PARTIAL)


def run_and_write(task: Path, *, ask: bool, quiet: bool) -> str:
    """Run, write all outputs, print the closing lines; return why the run is partial, or ""."""
    from mollia.loop.outputs import write_outputs  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.loop.run import run as run_loop  # noqa: PLC0415  # the same
    from mollia.report.report import write_report  # noqa: PLC0415  # the same
    from mollia.task.load import load_task  # noqa: PLC0415  # the same

    loaded = load_task(task)
    with shown(silent=quiet) as progress:
        result = run_loop(loaded, ask=ask, progress=progress)
    folder = loaded.run.out
    write_outputs(result, folder, encoding=loaded.data.encoding, delimiter=loaded.data.delimiter)
    write_report(result, folder / "report.html")
    for line in closing_lines(result, folder, task):
        typer.echo(line)
    return result.partial
