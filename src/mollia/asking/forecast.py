"""What asking the rest of the pool will take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.annotate.budget import Spending
from mollia.annotate.image_tokens import openai_tokens
from mollia.annotate.plain_text import estimate_tokens
from mollia.asking.ask_task import ask_within_budget
from mollia.asking.costs import AnswerCost, mean_cost
from mollia.images import sent, sent_size
from mollia.progress import Progress, quiet
from mollia.records import Question
from mollia.session.open_task import OpenTask, open_task
from mollia.session.questions import questions_at
from mollia.session.spending import spent_on
from mollia.settings import PanelMember
from mollia.task.config import Task

OPENED = 20  # images that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What asking one LLM the rest of the pool will take; `measured` rows are what it is based on.

    `image_bytes` is what is sent of a row's image in one call, on average. `image_tokens` are an image's tokens by
    OpenAI's tiles, where that was assumed: nothing was measured, and there are images. Both are 0 otherwise.
    """

    llm: str
    rows: int  # rows that lack an answer
    measured: int
    calls: float
    prompt_tokens: float
    reply_tokens: float
    seconds: float
    money: float
    image_bytes: float = 0.0
    image_tokens: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What asking the rest will take, by LLM, what the task has cost so far, and a text's mean bytes in UTF-8."""

    forecasts: list[Forecast]
    spent: Spending
    text_bytes: float


def plan_task(task: Task, *, measure: int, rows: int | None = None, progress: Progress = quiet) -> Plan:
    """Forecast what asking the rest takes, from up to `measure` rows that are really asked (and kept).

    With `rows`, so many texts like the task's are planned for instead, none of them asked before. Without measured
    rows, one call per text is assumed and tokens are estimated from the prompts, and from the images' sizes.
    """
    with open_task(task) as opened:
        n, questions = len(opened.pool), opened.panel.questions
        asked_now = np.linspace(0, n - 1, min(measure, n)).astype(int).tolist() if measure else []
        if asked_now:
            some = {llm: questions_at(asked, np.array(asked_now)) for llm, asked in questions.items()}
            ask_within_budget(opened, some, progress)
        forecasts = [_forecast(member, opened, rows) for member in task.panel]
        return Plan(
            forecasts=forecasts,
            spent=spent_on(task, opened.store),
            text_bytes=float(np.mean([len(text.encode()) for text in opened.pool.shown])) if n else 0.0,
        )


def _forecast(member: PanelMember, opened: OpenTask, rows: int | None) -> Forecast:
    panel = opened.panel
    annotator = next(each for each in panel.annotators if each.name == member.name)
    questions, keys = panel.questions[member.name], panel.keys.get(member.name, ())
    answered = {a.key: a for a in opened.store.answers(keys, llms=[member.name]) if a.problem is None}
    left = {
        key: row
        for row, (key, question) in enumerate(zip(keys, questions, strict=False))  # no keys: nothing is asked
        if key not in answered and question.prompt.user
    }
    n = (len(left) if rows is None else rows) if annotator.live else 0
    images = _images(questions) if annotator.live else Images()
    cost = mean_cost(answered.values(), member) or _guessed(
        questions, [*left.values()], member, images.tokens
    )
    return Forecast(
        llm=member.name,
        rows=n,
        measured=len(answered),
        calls=n * cost.calls,
        prompt_tokens=n * cost.prompt_tokens,
        reply_tokens=n * cost.reply_tokens,
        seconds=n * cost.seconds / annotator.parallel,
        money=n * cost.money,
        image_bytes=images.sent,
        image_tokens=0.0 if answered else images.tokens,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """Means of the images of a few rows: bytes as they are sent, tokens by OpenAI's tiles."""

    sent: float = 0.0
    tokens: float = 0.0


def _images(questions: Sequence[Question]) -> Images:
    """Return what the images of at most OPENED rows are."""
    rows = np.linspace(0, len(questions) - 1, min(OPENED, len(questions))).astype(int).tolist()
    shown = [questions[row].prompt.image for row in rows]
    if not any(shown):
        return Images()
    return Images(
        sent=float(np.mean([len(sent(each)) for each in shown if each])),
        tokens=float(np.mean([openai_tokens(sent_size(each)) for each in shown if each])),
    )


def _guessed(
    questions: Sequence[Question], left: Sequence[int], member: PanelMember, image_tokens: float
) -> AnswerCost:
    """Return the cost of one text where none was measured: one call, tokens estimated from the prompts."""
    some = [questions[row] for row in left[:: max(1, len(left) // 200)]]
    prompt = float(np.mean([estimate_tokens(q.prompt.system + q.prompt.user) for q in some])) if some else 0.0
    samples = some[0].samples if some else 0
    return AnswerCost(
        calls=1.0,
        prompt_tokens=(prompt + image_tokens) * (2 if samples else 1),
        reply_tokens=float(1 + 3 * samples),
        seconds=float("nan"),
        member=member,
    )
