"""`mollia prompts task.toml`: which wording and which examples to ask each LLM with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from mollia.cli.options import listed
from mollia.cli.output import current
from mollia.errors import DataError
from mollia.exit_codes import PARTIAL
from mollia.invocation import command

if TYPE_CHECKING:
    from mollia.asking.try_prompts import Tried
    from mollia.settings import Choose

EXAMPLES = {
    "Three wordings, without and with four labelled texts": "prompts task.toml",
    "One LLM, and the labelled texts nearest to each text": "prompts task.toml --llms gemma --examples 0,4:nearest",
}


def prompts(
    task: Annotated[Path, typer.Argument(help="The task file.", metavar="TASK.TOML")],
    *,
    variants: Annotated[
        str, typer.Option(help="Wordings to try: numbers, as under `variant` in [[panel]].")
    ] = "0,1,2",
    examples: Annotated[
        str, typer.Option(help="How many labelled texts to show, and how chosen: 0,4,4:nearest,8:diverse.")
    ] = "0,4",
    llms: Annotated[str, typer.Option("--llms", help="LLMs to try; by default all that can be asked.")] = "",
) -> None:
    """Choose each LLM's wording and examples on the labelled rows.

    Every LLM is asked about the rows that people labelled, in every way; the answers stay in the task's ledger. What a choice
    gains is measured on rows that took no part in it.
    """
    from mollia.asking.try_prompts import try_prompts  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.task.load import load_task  # noqa: PLC0415  # the same

    wordings, shown = _numbers(variants), _shown(examples)
    loaded = load_task(task)
    said = current()
    with said.progress() as progress:
        found = try_prompts(
            loaded, variants=wordings, examples=shown, llms=listed(llms), progress=progress, say=said.note
        )
    said.give(llms=[_as_json(each) for each in found])
    for each in found:
        said.say(*_lines(each), "")
    changed = [each for each in found if each.kept != each.ways[0]]
    if changed:
        said.say("Write into the task file, at the LLM's [[panel]] table:")
        said.say(*(line for each in changed for line in _toml(each)))
    if any(any(each.lacking) for each in found):
        said.say("Partial: run the same command again to go on.")
        said.next(("Go on where it stopped", command("prompts", task)), say=False)
        raise typer.Exit(PARTIAL)
    said.next(("Label the texts", command("run", task)))


def _numbers(written: str) -> list[int]:
    try:
        found = [int(each) for each in listed(written)]
    except ValueError:
        found = []
    if not found or min(found) < 0:
        raise DataError(f'--variants: "{written}" is not a list of numbers.', hint="Write --variants 0,1,2")
    return found


def _shown(written: str) -> list[tuple[int, Choose]]:
    from mollia.settings import Choose as Ways  # noqa: PLC0415  # heavy: keeps --help fast

    out: list[tuple[int, Choose]] = []
    for each in listed(written):
        number, _, choose = each.partition(":")
        if not number.strip().isdecimal() or choose not in {"", *get_args(Ways)}:
            raise DataError(
                f'--examples: "{each}" is not a number, alone or with how the examples are chosen.',
                hint=f"Write --examples 0,4,4:nearest; chosen is one of {', '.join(get_args(Ways))}.",
            )
        out.append((int(number), cast("Choose", choose or "fixed")))
    if not out:
        raise DataError("--examples names nothing to try.", hint="Write --examples 0,4")
    return out


def _lines(tried: Tried) -> list[str]:
    """Return what is said about one LLM."""
    choice = tried.choice
    head = f"{tried.llm:<40}{'right':>8}{'log score':>11}{'tokens':>9}{'seconds':>9}"
    lines = [head]
    for number, way in enumerate(tried.ways):
        cost = tried.costs[number]
        spent = "" if cost is None else f"{cost.prompt_tokens + cost.reply_tokens:>9.0f}{cost.seconds:>9.2f}"
        marks = [" now"] * (number == 0) + [" best"] * (choice is not None and number == choice.chosen)
        if tried.lacking[number]:
            marks.append(f" {tried.lacking[number]} rows without an answer")
        figures = f"{choice.right[number]:>8.1%}{choice.log_score[number]:>11.3f}" if choice else f"{'':>19}"
        lines.append(f"  {way!s:<38}{figures}{spent:>18}{','.join(marks)}")
    if choice is None:
        return [*lines, f"{tried.llm}: answers are lacking, so nothing was chosen."]
    gain, log = choice.right_gain, choice.log_gain
    lines.append(
        f"Choosing on {choice.n_human} labelled rows, on rows that did not choose: {100 * gain.value:+.1f} points right "
        f"({100 * gain.low:+.1f} to {100 * gain.high:+.1f}), log score {log.value:+.3f} ({log.low:+.3f} to {log.high:+.3f})."
    )
    if choice.better:
        lines.append(f"{tried.llm}: ask with {tried.kept}.")
    elif choice.chosen:
        lines.append(
            f"{tried.llm}: keep {tried.ways[0]}; the gain is not beyond chance, and {tried.ways[choice.chosen]} only looks better."
        )
    else:
        lines.append(f"{tried.llm}: keep {tried.ways[0]}; nothing else scores better.")
    return lines


def _toml(tried: Tried) -> list[str]:
    kept = tried.kept
    lines = [f"# {tried.llm}", f"variant = {kept.variant}", f"examples = {kept.examples}"]
    return [*lines, f'choose = "{kept.choose}"'] if kept.examples else lines


def _as_json(tried: Tried) -> dict[str, object]:
    choice = tried.choice
    return {
        "llm": tried.llm,
        "kept": _way_json(tried, tried.ways.index(tried.kept)),
        "changed": tried.kept != tried.ways[0],
        "ways": [_way_json(tried, number) for number in range(len(tried.ways))],
        "right_gain": None if choice is None else choice.right_gain,
        "log_gain": None if choice is None else choice.log_gain,
        "human_labels": None if choice is None else choice.n_human,
    }


def _way_json(tried: Tried, number: int) -> dict[str, object]:
    way, cost, choice = tried.ways[number], tried.costs[number], tried.choice
    return {
        "variant": way.variant,
        "examples": way.examples,
        "choose": way.choose,
        "right": None if choice is None else float(choice.right[number]),
        "log_score": None if choice is None else float(choice.log_score[number]),
        "tokens": None if cost is None else cost.prompt_tokens + cost.reply_tokens,
        "seconds": None if cost is None else cost.seconds,
        "lacking": tried.lacking[number],
    }
