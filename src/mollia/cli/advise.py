"""`mollia advise task.toml` or labels.csv: what would help the labels most, in three sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.output import current
from mollia.errors import DataError

EXAMPLES = {
    "What would help most, with what it is expected to gain and to cost": "advise task.toml",
    "The same of labels that mollia fuse wrote": "advise labels.csv",
    "The same in a script, without a progress display": "advise task.toml --quiet",
}


def advise(
    source: Annotated[
        Path,
        typer.Argument(
            help="The task file, or the labels that mollia fuse wrote, with their summary beside them.",
            metavar="TASK.TOML|LABELS",
        ),
    ],
    text: Annotated[
        str | None,
        typer.Option("--text", help="A labels file's column with the texts, where it is not found."),
    ] = None,
) -> None:
    """Say what would help most: labels, an LLM, or descriptions.

    Each comes with the accuracy it is expected to gain and with its cost. The forecasts rest on the
    answers and labels that are there; nothing is asked.
    """
    from mollia.asking.advise_from import outlook_of  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.asking.advise_fused import outlook_of_file  # noqa: PLC0415  # the same
    from mollia.task.load import load_task  # noqa: PLC0415  # the same
    from mollia.task.task_file import is_task  # noqa: PLC0415  # the same

    said = current()
    with said.progress() as progress:
        if is_task(source):
            if text is not None:
                raise DataError("A task says itself where its texts are.", hint="Leave out --text.")
            found = outlook_of(load_task(source), progress=progress)
        else:
            found = outlook_of_file(source, text=text, say=said.note, progress=progress)
    said.give(advice=found)
    said.say(*(f"{number}. {sentence}" for number, sentence in enumerate(found, start=1)))
