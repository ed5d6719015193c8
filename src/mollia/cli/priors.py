"""`mollia priors task.toml other.toml --out priors.json`: what the LLMs have shown, for the next task."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.output import current

EXAMPLES = {
    "Keep what a finished task showed of its LLMs": "priors task.toml --out priors.json",
    "Join it with what other tasks showed": "priors task.toml priors.json --out all.json",
}


def priors(
    sources: Annotated[
        list[Path],
        typer.Argument(help="Task files of finished tasks, and priors files.", metavar="TASKS"),
    ],
    out: Annotated[Path, typer.Option("--out", help="The JSON file to write.")] = Path("priors.json"),
) -> None:
    """Keep what finished tasks showed of each LLM.

    The file holds names of LLMs and classes, counts and means; no text, no id, no key, no path. The next
    task starts from it with `priors = "priors.json"` under `[fuse]`, or `mollia fuse --priors priors.json`.
    """
    from mollia.usecases.gather_priors import gather_priors  # noqa: PLC0415  # heavy: keeps --help fast

    said = current()
    with said.progress() as progress:
        found = gather_priors(sources, out, progress=progress)
    number = len(found.tasks)
    said.give(file=out, tasks=number, llms=[llm.name for llm in found.llms])
    said.say(f"{len(found.llms)} LLMs on {number} task{'s' * (number != 1)} -> {out}")
    for llm in found.llms:
        for each in llm.shown:
            said.say(
                f"{llm.name}, task {each.task}: {each.accuracy.value:.1%} right ({each.accuracy.low:.1%} to "
                f"{each.accuracy.high:.1%}), {each.invalid:.1%} of its answers unusable"
            )
