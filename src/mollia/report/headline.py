"""The first screen: what was labelled, how good it is, what it cost, what to do next."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mollia.honest.intervals import z_value
from mollia.loop.result import RunResult
from mollia.report.numbers import count, duration, listing, percent
from mollia.report.panel_table import LLMRow, seed_rows

WIDE = 0.05  # half-width above which more labels are advised
SEED = 50  # human labels to begin with
REVIEW = 50  # rows one sitting of review takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do next: the action, why or how, and the command where there is one."""

    action: str
    reason: str
    command: str = ""


def what_was_labelled(result: RunResult) -> str:
    """Say in one sentence what was labelled, by whom."""
    n_human = len(seed_rows(result)[0])
    failed = result.completeness.failed
    by = f"a panel of {count(len(result.panel.llms), 'LLM')}"
    if failed:
        by = f"{result.completeness.working} LLMs of the panel"
    if n_human:
        by += f" and {count(n_human, 'human label')}"
    else:
        by += ", without any human label"
    texts = count(len(result.pool), "text")
    if result.n_labelled < len(result.source):
        texts = f"{result.n_labelled:,} of {texts}"
    lede = f"{texts} in {count(len(result.classes), 'class', 'classes')}, labelled by {by}."
    return " ".join([lede, *(each.sentence for each in failed)])


def accuracy_sentence(result: RunResult) -> str:
    """Say the estimated accuracy with its interval in one sentence, or that there is none and why."""
    e = result.estimate
    if e is None:
        if not len(seed_rows(result)[0]):
            return "No accuracy figure: no human labels. The confidences are uncalibrated."
        if result.fused.human.all():
            return "No accuracy figure: every row has a label from a person."
        return (
            "No accuracy figure: too few human labels of rows that were drawn, not picked, to hold any out."
        )
    return (
        f"An estimated {percent(e.value)} of the labels are right; "
        f"the {e.level:.0%} interval runs from {percent(e.low)} to {percent(e.high)} "
        f"({count(e.n_human, 'human label')}, {e.method}). {_covered(result)}"
    )


def measured_sentence(result: RunResult) -> str:
    """Say what the accuracy measured against gold rests on; "" without gold."""
    m = result.measured
    if m is None:
        return ""
    return (
        f"Of the {count(m.n_rows, 'row')} that nobody labelled, {percent(m.value)} have the label of the gold column; "
        f"the {m.level:.0%} interval runs from {percent(m.low)} to {percent(m.high)}. "
        f"{_covered(result)}"
    )


def held_sentence(result: RunResult) -> str:
    """Say whether the estimate's interval contains the measured accuracy; "" without either."""
    if result.measured is None or result.estimate_held is None:
        return ""
    value = percent(result.measured.value)
    if result.estimate_held:
        return f"The estimate held: the measured {value} lies in its interval."
    return f"The estimate did not hold: the measured {value} lies outside its interval."


def _covered(result: RunResult) -> str:
    """Say what share of the rows has a label: accuracy alone could be bought by labelling few."""
    if result.n_labelled == len(result.source):
        return "Every row has a label."
    return f"{percent(result.n_labelled / len(result.source))} of the rows have one; the others are blank."


def cost(result: RunResult) -> list[tuple[str, str]]:
    """Return what it cost, as (name, figure)."""
    spent = result.spending
    calls = count(spent.calls) if spent.calls or result.live else "none: recorded answers"
    out = [("Human labels", count(len(seed_rows(result)[0]))), ("LLM calls", calls)]
    if spent.tokens:
        out.append(("Tokens", f"{count(spent.prompt_tokens)} read, {count(spent.reply_tokens)} written"))
    if spent.money:
        out.append(("Money", f"{spent.money:,.2f}"))
    if spent.seconds and spent.calls:
        out.append(("Time of asking", duration(spent.seconds)))
    if result.seconds:
        out.append(("Time of the last run", duration(result.seconds)))
    return out


def labels_needed(share: float, half_width: float = WIDE, level: float = 0.95) -> int:
    """Return the human rows, in tens, for plus or minus `half_width` around about `share`."""
    kept = min(max(share, 0.05), 0.95)
    return 10 * math.ceil(z_value(level) ** 2 * kept * (1 - kept) / half_width**2 / 10)


def next_steps(result: RunResult, llms: list[LLMRow]) -> list[Step]:
    """Return what is most worth doing next, best first."""
    rows, y = seed_rows(result)
    steps = _again(result)

    def told(what: str) -> str:
        return result.commands.get(what, "")

    if not len(rows):
        steps.append(
            Step(
                action=f"Label about {SEED} rows that mollia draws (serve, or seed).",
                reason="They teach the fuser, calibrate the confidences, and give an accuracy figure of about plus or "
                "minus 12 points.",
                command=told("label"),
            )
        )
    unseen = [name for k, name in enumerate(result.classes) if len(rows) and not (y == k).any()]
    if unseen:
        steps.append(
            Step(
                action=f"Label rows of {listing([f'“{name}”' for name in unseen])}.",
                reason="No human label shows this class; nothing about it is calibrated."
                if len(unseen) == 1
                else "No human label shows these classes; nothing about them is calibrated.",
                command=told("label"),
            )
        )
    steps += _sharper(result)
    steps += _review(result)
    mute = [llm.name for llm in llms if llm.asked and not llm.answered]
    if mute:
        steps.append(
            Step(
                action=f"Check {listing(mute)}.",
                reason="No answer could be used; see the ledger for the raw replies.",
                command=told("doctor"),
            )
        )
    return steps[:5]


def _again(result: RunResult) -> list[Step]:
    """Return what a run that is not complete needs first."""
    command = result.commands.get("run", "")
    if result.completeness.failed:
        return [
            Step(
                action="Look at the LLMs that failed, and run the same command again.",
                reason="Only what lacks an answer is asked again.",
                command=command,
            )
        ]
    if result.completeness.status == "partial":
        return [
            Step(
                action="Run the same command again.",
                reason="The ledger holds what was answered; it goes on.",
                command=command,
            )
        ]
    return []


def _sharper(result: RunResult) -> list[Step]:
    """Return how the accuracy figure gets narrower, where it is wide."""
    found = result.estimate
    if found is None:
        return []
    points = round(100 * (found.high - found.low) / 2)
    if points <= round(100 * WIDE):
        return []
    now = f"it is plus or minus {points} now."
    needed = labels_needed(found.value)
    left = int(np.count_nonzero(~result.fused.human))
    action = f"For a sharper figure, label an audit sample of about {needed} random rows."
    reason = f"That gives about plus or minus {100 * WIDE:.0f} points; {now}"
    if needed >= left:
        action = f"For a sharper figure, label the {count(left)} rows that nobody labelled."
        reason = f"Plus or minus {100 * WIDE:.0f} points take about {needed} random rows, and there are no more; {now}"
    return [Step(action=action, reason=reason, command=result.commands.get("review", ""))]


def _review(result: RunResult) -> list[Step]:
    open_rows = np.flatnonzero(~result.fused.human)
    take = min(REVIEW, len(open_rows))
    if not take:
        return []
    least = np.sort(result.fused.confidence[open_rows])[:take]
    reason = "The panel is least sure of them."
    if result.fused.calibrated:
        wrong = round(float((1 - least).sum()))
        reason = f"By their confidences about {wrong} of these {take} labels are wrong."
    return [
        Step(
            action=f"Review the {take} least certain rows.",
            reason=reason,
            command=result.commands.get("review", ""),
        )
    ]
