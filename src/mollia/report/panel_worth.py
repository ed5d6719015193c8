"""The report's table of what each LLM is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mollia.loop.result import RunResult


@dataclass(frozen=True, slots=True, kw_only=True)
class WorthRow:
    """One LLM's line, in words."""

    llm: str
    missed: str
    calls: str
    tokens: str
    seconds: str
    faults: str


def rows(result: RunResult) -> list[WorthRow]:
    """Return one line an LLM, the most missed first; empty where the run could not tell."""
    return [
        WorthRow(
            llm=each.llm,
            missed=f"{100 * each.missed:.2f}",
            calls=f"{each.asking.calls:.3g}",
            tokens=_known(each.asking.tokens, 0),
            seconds=_known(each.asking.seconds, 2),
            faults="; ".join(each.faults),
        )
        for each in sorted(result.worth, key=lambda each: -each.missed)
    ]


def _known(value: float, digits: int) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}"
