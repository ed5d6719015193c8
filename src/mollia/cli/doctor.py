"""`mollia doctor task.toml`: what the panel's servers can do, before anything is paid for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mollia.cli.output import current
from mollia.exit_codes import LLM_FAILED
from mollia.invocation import command

if TYPE_CHECKING:
    from mollia.records import Probe

EXAMPLES = {
    "Check the LLMs of a task": "doctor task.toml",
    "Check those of a task in another folder": "doctor reviews/task.toml",
}
NOT_COUNTED = "What doctor asks (up to a dozen questions per LLM) goes into no ledger: neither a task's costs nor its [budget] count it."


def doctor(
    task: Annotated[Path, typer.Argument(help="The task file.", metavar="TASK.TOML")],
) -> None:
    """Check that each LLM answers, and show what it can do.

    Every LLM of the panel is asked a few questions; what stands in its way is said with the remedy.
    """
    from mollia.asking.probe_panel import look_at_panel  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.task.load import load_task  # noqa: PLC0415  # the same

    out, loaded = current(), load_task(task)
    with out.busy("asking each LLM a few questions"):
        found = look_at_panel(loaded)
    out.give(llms=found)
    if not found:
        out.say("All panel members are recorded answers: there is no server to look at.")
    for each in found:
        out.say(*lines_of(each))
    if found:
        out.say(NOT_COUNTED)
    if any(each.problem for each in found):
        raise typer.Exit(LLM_FAILED)
    out.next(("Estimate what asking takes", command("plan", task)))


def lines_of(found: Probe) -> list[str]:
    """Return what a person wants to read about one LLM."""
    lines = [f"{found.llm}: {'ready' if not found.problem else 'NOT READY'}  {found.address}"]
    if found.reachable:
        lines.append(f"  server               {found.server} {found.version}".rstrip())
        lines.append(
            f"  context              {found.context or 'not told'}{' tokens' if found.context else ''}"
        )
    if found.problem:
        return [
            *lines,
            f"  problem              {found.problem}",
            *([f"  remedy               {found.hint}"] if found.hint else []),
        ]
    alternatives = f", {found.alternatives} alternatives a token" if found.alternatives else ""
    lines.append(f"  label probabilities  {_way(found.label_probabilities)}{alternatives}")
    if found.alternatives:
        lines.append(f"  taken                {found.masks} temperature and top_p; tokens {found.token_form}")
    lines.append(f"  repeatable           {_yes(found.repeatable)}")
    if found.reads_shared_prompt_once is not None:
        lines.append(
            f"  shared prompt        {'read once' if found.reads_shared_prompt_once else 'read for every text'}"
        )
    speed = f"{found.seconds_per_text:.2f} s a text"
    if found.tokens_per_second:
        speed += f", {found.tokens_per_second:.0f} tokens per second"
    lines.append(f"  speed                {speed}")
    return [*lines, *(f"  note                 {note}" for note in found.notes)]


def _way(rung: str) -> str:
    return "none: samples are counted instead" if rung == "votes" else f"yes, by {rung}"


def _yes(value: bool | None) -> str:
    return "not known" if value is None else "yes" if value else "no"
