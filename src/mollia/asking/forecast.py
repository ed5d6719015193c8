"""What asking the rest of the pool will take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.annotate.ask_panel import panel_keys
from mollia.annotate.budget import MILLION
from mollia.annotate.plain_text import estimate_tokens
from mollia.asking.ask_task import ask_within_budget
from mollia.ledger.sqlite_store import SqliteStore
from mollia.progress import Progress, quiet
from mollia.protocols import Annotator
from mollia.records import Answer, Question
from mollia.session.opened import opened
from mollia.settings import PanelMember
from mollia.task.config import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What asking one LLM the rest of the pool will take; `measured` rows are what it is based on."""

    llm: str
    rows: int  # rows that lack an answer
    measured: int
    calls: float
    prompt_tokens: float
    reply_tokens: float
    seconds: float
    money: float


def plan_task(task: Task, *, measure: int, progress: Progress = quiet) -> list[Forecast]:
    """Forecast what asking the rest takes, from up to `measure` rows that are really asked (and kept).

    Without measured rows, one call a text is assumed and tokens are estimated from the prompts.
    """
    with opened(task) as (pool, annotators, questions, store):
        members = {member.name: member for member in task.panel}
        rows = np.linspace(0, len(pool) - 1, min(measure, len(pool))).astype(int).tolist() if measure else []
        if rows:
            some = {llm: [asked[row] for row in rows] for llm, asked in questions.items()}
            ask_within_budget(task, annotators, some, store, progress)
        keys = panel_keys(questions, annotators)
        return [
            _forecast(members[each.name], each, questions[each.name], keys[each.name], store)
            for each in annotators
        ]


def _forecast(
    member: PanelMember,
    annotator: Annotator,
    questions: Sequence[Question],
    keys: Sequence[str],
    store: SqliteStore,
) -> Forecast:
    answered = {a.key: a for a in store.answers(keys, llms=[annotator.name]) if a.problem is None}
    left = {key: q for key, q in zip(keys, questions, strict=True) if key not in answered and q.prompt.user}
    n = len(left) if annotator.live else 0
    calls, prompt, reply, seconds = _mean_cost(list(answered.values()), list(left.values()))
    money = (prompt * member.price_in + reply * member.price_out) / MILLION
    return Forecast(
        llm=member.name,
        rows=n,
        measured=len(answered),
        calls=n * calls,
        prompt_tokens=n * prompt,
        reply_tokens=n * reply,
        seconds=n * seconds / annotator.parallel,
        money=n * money,
    )


def _mean_cost(answered: Sequence[Answer], left: Sequence[Question]) -> tuple[float, float, float, float]:
    """Return calls, prompt tokens, reply tokens and seconds of one text."""
    if answered:
        costs = np.array([[a.calls, a.prompt_tokens, a.reply_tokens, a.seconds] for a in answered], float)
        calls, prompt, reply, seconds = costs.mean(0).tolist()
        return calls, prompt, reply, seconds
    some = left[:: max(1, len(left) // 200)]
    prompt = float(np.mean([estimate_tokens(q.prompt.system + q.prompt.user) for q in some])) if some else 0.0
    samples = some[0].samples if some else 0
    return 1.0, prompt * (2 if samples else 1), float(1 + 3 * samples), float("nan")
