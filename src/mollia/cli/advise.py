"""`mollia advise task.toml`: what would help the labels most, in three sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.output import current

EXAMPLES = {
    "What would help most, with what it is expected to gain and to cost": "advise task.toml",
    "The same in a script, without a progress display": "advise task.toml --quiet",
}


def advise(
    task: Annotated[Path, typer.Argument(help="The task file.", metavar="TASK.TOML")],
) -> None:
    """Say what would help most: labels, an LLM, or descriptions.

    Each comes with the accuracy it is expected to gain and with its cost. The forecasts rest on the task's own answers
    and labels; nothing is asked.
    """
    from mollia.asking.advise_from import outlook_of  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.task.load import load_task  # noqa: PLC0415  # the same

    loaded = load_task(task)
    said = current()
    with said.progress() as progress:
        found = outlook_of(loaded, progress=progress)
    said.give(advice=found)
    said.say(*(f"{number}. {sentence}" for number, sentence in enumerate(found, start=1)))
