"""`mollia report task.toml`: the outputs anew, from what the ledger holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.options import Target
from mollia.cli.run import run_and_write


def report(
    task: Annotated[Path, typer.Argument(help="The task file of a run.", metavar="TASK.TOML")],
    target_accuracy: Target = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Write labels, summary and report anew from the ledger, asking no LLM."""
    run_and_write(task, ask=False, quiet=quiet, target=target_accuracy)
