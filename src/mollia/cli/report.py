"""`mollia report task.toml`: the outputs written again, from what the ledger holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.options import AllowUnnamed, Target, TextView
from mollia.cli.run import run_and_write

EXAMPLES = {
    "Write the outputs of a task again": "report task.toml",
    "Mark the labels that hold 90 % accuracy without a review": "report task.toml --target-accuracy 0.9",
}


def report(
    task: Annotated[Path, typer.Argument(help="The task file of a run.", metavar="TASK.TOML")],
    target_accuracy: Target = None,
    text_view: TextView = None,
    allow_unnamed: AllowUnnamed = False,
) -> None:
    """Write labels and report again, without asking any LLM.

    Everything comes from the ledger: use it after new human labels or changes to the task.
    """
    run_and_write(
        task,
        ask=False,
        target=target_accuracy,
        text_view=text_view,
        allow_unnamed=allow_unnamed,
    )
