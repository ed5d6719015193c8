"""What asking each LLM costs: measured in the ledger, or counted in readings of the text."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mollia.annotate.budget import MILLION
from mollia.asking.advise import quick_look
from mollia.panel import Asking, Worth
from mollia.panel.parts import samples_of
from mollia.records import Answer, PanelAnswers
from mollia.session.parts import Parts
from mollia.settings import PanelMember


def readings(X: PanelAnswers) -> dict[str, Asking]:
    """Return one call for an LLM's label probabilities and one a sample: how often it read the text."""
    return {
        llm: Asking(calls=float(max(bool(X.z[:, i].any()) + samples_of(X, llm), 1)))
        for i, llm in enumerate(X.llms)
    }


def asking_of(parts: Parts, X: PanelAnswers) -> dict[str, Asking]:
    """Return what one text costs with each LLM of a task: measured, or counted in readings."""
    counted = readings(X)
    out = {}
    for member in (each for each in parts.task.panel if each.name in X.llms):
        keys = list(dict.fromkeys(parts.keys[member.name]))
        measured = _measured(member, parts.store.answers(keys, llms=[member.name]))
        out[member.name] = measured or counted[member.name]
    return out


def _measured(member: PanelMember, answers: Iterable[Answer]) -> Asking | None:
    """Return the mean cost of an LLM's usable answers; None where none took a call."""
    spent = np.array(
        [
            [a.calls, a.prompt_tokens, a.reply_tokens, a.seconds]
            for a in answers
            if a.problem is None and a.calls
        ],
        float,
    )
    if not len(spent):
        return None
    calls, prompt, reply, seconds = spent.mean(0).tolist()
    money = (prompt * member.price_in + reply * member.price_out) / MILLION
    return Asking(calls=calls, tokens=prompt + reply, seconds=seconds, money=money)


def panel_worth(parts: Parts) -> tuple[Worth, ...]:
    """Return what a finished run can tell in passing of each LLM's worth; () where it cannot."""
    X = parts.panel()
    return quick_look(
        X,
        parts.known.y,
        parts.pool.texts,
        classes=parts.classes,
        asking=asking_of(parts, X),
        random_state=parts.task.run.random_state,
    )
