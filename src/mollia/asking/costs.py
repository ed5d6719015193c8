"""What asking each LLM costs: measured in the ledger, or counted in readings of the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mollia.panel import Asking
from mollia.panel.parts import samples_of
from mollia.records import Answer, PanelAnswers
from mollia.session.parts import Parts
from mollia.session.questions import price_of
from mollia.settings import PanelMember

MOST_MEASURED = 50_000  # answers of an LLM that its mean cost is taken from


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCost:
    """What one text costs with an LLM, on average."""

    calls: float
    prompt_tokens: float
    reply_tokens: float
    seconds: float
    member: PanelMember

    @property
    def money(self) -> float:
        """By the prices of the LLM's tokens."""
        return price_of(self.member).of(self.prompt_tokens, self.reply_tokens)


def mean_cost(answers: Iterable[Answer], member: PanelMember) -> AnswerCost | None:
    """Return the mean cost of an LLM's answers; None where there is none."""
    spent = np.array([[a.calls, a.prompt_tokens, a.reply_tokens, a.seconds] for a in answers], float)
    if not len(spent):
        return None
    calls, prompt, reply, seconds = spent.mean(0).tolist()
    return AnswerCost(calls=calls, prompt_tokens=prompt, reply_tokens=reply, seconds=seconds, member=member)


def paid(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Yield the answers that took a call; a failure is none."""
    return (each for each in answers if each.problem is None and each.calls)


def readings(X: PanelAnswers) -> dict[str, Asking]:
    """Return one call for an LLM's label probabilities and one a sample: how often it read the text."""
    return {
        llm: Asking(calls=float(max(bool(X.z[:, i].any()) + samples_of(X, llm), 1)))
        for i, llm in enumerate(X.llms)
    }


def asking_of(parts: Parts, X: PanelAnswers) -> dict[str, Asking]:
    """Return what one text costs with each LLM of a task: measured, or counted in readings."""
    measured = measured_costs(parts)
    return {
        llm: _asking(measured[llm]) if llm in measured else counted for llm, counted in readings(X).items()
    }


def measured_costs(parts: Parts) -> dict[str, AnswerCost]:
    """Return what one text cost with each LLM that was asked; what was recorded took no call and is not there."""
    live = {each.name for each in parts.annotators if each.live}
    out = {}
    for member in (each for each in parts.task.panel if each.name in live):
        keys = _some(parts.keys[member.name])
        stored = parts.store.answers(keys, llms=[member.name])
        cost = mean_cost(paid(stored), member)
        if cost is not None:
            out[member.name] = cost
    return out


def _some(keys: Sequence[str]) -> list[str]:
    """Return the different keys; of very many every so many-th, whose mean cost is that of all."""
    step = max(1, len(keys) // MOST_MEASURED)
    return list(dict.fromkeys(keys[::step]))


def _asking(cost: AnswerCost) -> Asking:
    return Asking(
        calls=cost.calls,
        tokens=cost.prompt_tokens + cost.reply_tokens,
        seconds=cost.seconds,
        money=cost.money,
    )
