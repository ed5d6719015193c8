"""`mollia plan task.toml`: calls, tokens, time and money of asking the panel, beforehand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mollia.cli.output import current
from mollia.invocation import command

if TYPE_CHECKING:
    from mollia.asking.forecast import Forecast, Plan
    from mollia.asking.sizing import Sizing
    from mollia.task.config import Task

MEASURED = 20
EXAMPLES = {
    "Measure with 20 texts what asking about all of them takes": "plan task.toml",
    "Estimate from the prompts alone, without asking": "plan task.toml --measure 0",
    "Size up a hundred million texts like these": "plan task.toml --rows 100000000",
}


def plan(
    task: Annotated[Path, typer.Argument(help="The task file.", metavar="TASK.TOML")],
    measure: Annotated[
        int,
        typer.Option(
            min=0,
            help="Texts to ask about for measuring; their answers are kept. 0 asks nothing and estimates from the prompts.",
        ),
    ] = MEASURED,
    rows: Annotated[
        int | None,
        typer.Option(
            min=1, help="Plan for so many texts like the task's: hours, servers, storage and network too."
        ),
    ] = None,
) -> None:
    """Estimate calls, tokens, time and money of asking the panel.

    A few texts are asked about, to measure; their answers are kept in the ledger.
    """
    from mollia.asking.forecast import plan_task  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.asking.sizing import size_up  # noqa: PLC0415  # the same
    from mollia.task.load import load_task  # noqa: PLC0415  # the same

    loaded = load_task(task)
    out = current()
    with out.progress() as progress:
        plan = plan_task(loaded, measure=measure, rows=rows, progress=progress)
    out.give(forecasts=plan.forecasts, spent=plan.spent, caps=caps(loaded, plan))
    out.say(*table(plan.forecasts), *assumed(plan.forecasts), *caps(loaded, plan))
    if rows is not None:
        found = size_up(
            plan.forecasts, rows=rows, text_bytes=plan.text_bytes, n_classes=len(loaded.class_names)
        )
        out.give(sizing=found)
        out.say(*sized(found))
    if loaded.run.cascade:
        out.say("run.cascade will ask for less: these are the most it can take.")
    out.next(("Label the texts", command("run", task)))


def table(forecasts: list[Forecast]) -> list[str]:
    """Return one line an LLM and a line for all."""
    lines = [
        f"{'LLM':<24}{'texts':>9}{'calls':>10}{'tokens in':>13}{'out':>10}{'time':>10}{'money':>10}  based on"
    ]
    for each in forecasts:
        basis = f"{each.measured} answers" if each.measured else "an estimate"
        lines.append(
            _line(each.llm, each.rows, each) + ("  " + basis if each.rows else "  nothing left to ask")
        )
    slowest = max((each.seconds for each in forecasts if not math.isnan(each.seconds)), default=0.0)
    total = [
        sum(values)
        for values in zip(
            *[(f.calls, f.prompt_tokens, f.reply_tokens, f.money) for f in forecasts], strict=True
        )
    ]
    lines.append(
        f"{'all, side by side':<24}{'':>9}{total[0]:>10.0f}{total[1]:>13.0f}{total[2]:>10.0f}"
        f"{_time(slowest):>10}{total[3]:>10.2f}"
    )
    return lines


def assumed(forecasts: list[Forecast]) -> list[str]:
    """Return a sentence on the tokens of images, where there are any."""
    of_images = [each for each in forecasts if each.image_bytes and each.rows]
    guessed = {each.llm: each.image_tokens for each in of_images if each.image_tokens}
    lines = []
    if measured := [each.llm for each in of_images if each.llm not in guessed]:
        lines.append(f"Images: their tokens are in what was measured ({', '.join(measured)}).")
    if guessed:
        lines.append(
            f"Images: {round(max(guessed.values()))} tokens each are assumed, the tiles by which OpenAI counts for GPT-4o "
            f"({', '.join(guessed)}). Other models count otherwise; --measure {MEASURED} asks the server."
        )
    return lines


def caps(task: Task, plan: Plan) -> list[str]:
    """Return a warning for each cap of the task's budget that will be reached."""
    budget, forecasts = task.budget, plan.forecasts
    sums = {
        "calls": (budget.calls, sum(each.calls for each in forecasts)),
        "tokens": (budget.tokens, sum(each.prompt_tokens + each.reply_tokens for each in forecasts)),
        "seconds": (
            budget.seconds,
            max((e.seconds for e in forecasts if not math.isnan(e.seconds)), default=0.0),
        ),
        "money": (budget.money, sum(each.money for each in forecasts)),
    }
    return [
        f"budget.{name} = {cap:g} will end the run as partial: about {need:.6g} more are needed, and "
        f"{getattr(plan.spent, name):.6g} are spent."
        for name, (cap, need) in sums.items()
        if cap is not None and need > cap - getattr(plan.spent, name)
    ]


def sized(found: Sizing) -> list[str]:
    """Return the lines on what so many texts take beside calls and tokens."""
    lines = [f"For {found.rows:,} texts like these:", f"  {'work':<32}{'hours':>12}  to do it in a week"]
    for work in found.work:
        machines = (
            f"{work.servers:,} such server{'s' * (work.servers > 1)}" if work.asking else "this machine"
        )
        known = not math.isnan(work.hours)
        lines.append(
            f"  {work.name:<32}{_hours(work.hours):>12}  {machines if known else 'not measured (--measure 20)'}"
        )
    held = ", ".join(f"{name} {_bytes(size)}" for name, size in found.storage.items())
    lines.append(f"  storage: {held}")
    lines.append(f"  network: {_bytes(found.sent)} to the servers, {_bytes(found.received)} back")
    slowest, after = found.slowest, found.next_slowest
    if slowest is not None and after is not None:
        lines.append(f"  slowest: {slowest.name}; with servers enough, {after.name}")
    if found.sample is not None:
        lines.append(
            f"  instead: ask about {found.sample.texts:,} of them ({_hours(found.sample.asking)} h) and let the student "
            f"label the rest ({_hours(found.sample.student)} h)"
        )
    return lines


def _hours(hours: float) -> str:
    return "?" if math.isnan(hours) else f"{hours:,.0f}" if hours >= 100 else f"{hours:.1f}"  # noqa: PLR2004  # digits


def _bytes(size: float) -> str:
    units = ("B", "kB", "MB", "GB", "TB")
    power = min(int(math.log10(max(size, 1.0)) // 3), len(units) - 1)
    shown = size / 1000**power
    return f"{shown:,.1f} {units[power]}" if power and shown < 10 else f"{shown:,.0f} {units[power]}"  # noqa: PLR2004  # digits


def _line(name: str, rows: int, each: Forecast) -> str:
    return (
        f"{name:<24}{rows:>9}{each.calls:>10.0f}{each.prompt_tokens:>13.0f}{each.reply_tokens:>10.0f}"
        f"{_time(each.seconds):>10}{each.money:>10.2f}"
    )


def _time(seconds: float) -> str:
    if math.isnan(seconds):
        return "?"
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"
