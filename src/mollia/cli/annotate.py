"""`mollia annotate task.toml`: ask the panel about every text, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mollia.cli.options import Address, AllowUnnamed, EngineName, Workers, opened_engine
from mollia.cli.output import current
from mollia.cli.run import end
from mollia.invocation import command
from mollia.session.run_folder import LEDGER

if TYPE_CHECKING:
    from mollia.asking.ask_task import PanelState
    from mollia.task.config import Task

MANY_CLASSES = 18  # more than letters stand for at once
MANY = 0.05  # share of rows from which a weakness of an LLM is told
EXAMPLES = {
    "Ask about all texts; start it again to go on after a stop": "annotate task.toml",
    "The same in a script, without a progress display": "annotate task.toml --quiet",
}


def annotate(
    task: Annotated[Path, typer.Argument(help="The task file.", metavar="TASK.TOML")],
    *,
    allow_unnamed: AllowUnnamed = False,
    engine: EngineName = "local",
    address: Address = None,
    workers: Workers = None,
) -> None:
    """Ask the panel about every text, and nothing else.

    Answers that the ledger holds are not asked for again; `mollia run` goes on from there.
    """
    from mollia.asking.ask_task import ask_task, shortlist_recall  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.task.load import load_task  # noqa: PLC0415  # the same

    loaded = load_task(task)
    out = current()
    with opened_engine(engine, address, workers) as opened, out.progress() as progress:
        state = ask_task(loaded, progress=progress, say=out.note, engine=opened)
    out.say(*_summary(state))
    if len(loaded.classes) > MANY_CLASSES:
        for llm, recall in shortlist_recall(state.panel, state.pool).items():
            out.say(f"{llm}: the true class was on the shortlist in {recall:.1%} of the rows with gold.")
    found = state.completeness
    out.give(**_as_json(state, loaded))
    out.say(*(f"{found.status.capitalize()}: {lacking}" for lacking in found.lacking))
    if found.failed:
        look = command("doctor", task)
        out.say(f"{found.working} LLMs gave usable answers. Look at each: {look}")
        out.next(("Look at each LLM", look), say=False)
    elif found.status == "partial":
        out.say("Run the same command again to go on.")
        out.next(("Go on where it stopped", command("annotate", task)), say=False)
    elif found.status == "complete" or allow_unnamed:
        out.next(("Label the texts", command("run", task)))
    end(found, allow_unnamed=allow_unnamed)


def _as_json(state: PanelState, task: Task) -> dict[str, object]:
    """Return what programs are told."""
    result, found = state.result, state.completeness
    return {
        "status": found.status,
        "lacking": found.lacking,
        "rows": len(state.pool),
        "answers_now": result.asked,
        "answers_before": result.reused,
        "calls": result.calls,
        "tokens": result.prompt_tokens + result.reply_tokens,
        "money": result.money,
        "seconds": result.seconds,
        "over_all_runs": {
            "calls": state.spending.calls,
            "tokens": state.spending.tokens,
            "money": state.spending.money,
        },
        "llms": [
            {
                "llm": each.llm,
                "asked": each.asked,
                "usable": each.usable,
                "failed": each.has_failed,
                "problems": state.panel.problems.get(each.llm, {}),
                "unparsed": state.panel.unparsed.get(each.llm, {}),
            }
            for each in found.llms
        ],
        "ledger": task.run.out / LEDGER,
    }


def _summary(state: PanelState) -> list[str]:
    from mollia.fusion.observation import usable_answers  # noqa: PLC0415  # heavy: keeps --help fast

    result, panel = state.result, state.panel.answers
    n = len(panel)
    answered = usable_answers(panel)
    lines = [
        f"{result.asked} answers came in, {result.reused} were in the ledger; {result.calls} calls, "
        f"{result.prompt_tokens + result.reply_tokens} tokens, {result.seconds:.1f} s"
        + (f", {result.money:.2f} money." if result.money else ".")
    ]
    if state.spending.calls > result.calls:
        spent = state.spending
        money = f", {spent.money:.2f} money" if spent.money else ""
        lines.append(f"Over all runs of the task: {spent.calls} calls, {spent.tokens} tokens{money}.")
    for i, llm in enumerate(panel.llms):
        parts = [f"{llm}: {int(answered[:, i].sum())}/{n} rows with a usable answer"]
        parts += _counted("failed", state.panel.problems.get(llm, {}))
        parts += _counted("replies unparsed", state.panel.unparsed.get(llm, {}))
        thin = state.panel.thin.get(llm, 0)
        if thin > MANY * n:
            parts.append(f"in {thin} rows the labels hold under 5 % of the mass (a wordy or confused model)")
        lines.append("; ".join(parts) + ".")
    return lines


def _counted(what: str, counts: Mapping[str, int]) -> list[str]:
    if not counts:
        return []
    kinds = ", ".join(
        f"{number} {kind}" for kind, number in sorted(counts.items(), key=lambda each: -each[1])
    )
    return [f"{sum(counts.values())} {what} ({kinds})"]
