"""The panel without the loop: ask it, plan what asking costs, look at its servers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from mollia.annotate.ask_panel import AskResult, ask_panel, panel_keys
from mollia.annotate.budget import MILLION, Budget
from mollia.annotate.llama_cpp import LlamaCpp
from mollia.annotate.openai_server import OpenAIServer
from mollia.annotate.parse import parse_reply
from mollia.annotate.plain_text import estimate_tokens
from mollia.annotate.probe import Probe, probe
from mollia.errors import DataError
from mollia.ledger.panel_matrix import Panel, panel_matrix
from mollia.ledger.sqlite_store import SqliteStore, open_store
from mollia.loop.annotators import build_annotators
from mollia.loop.build import open_parts, prices, questions_by_llm
from mollia.loop.cascade import ask_in_cascade, merged
from mollia.loop.places import LEDGER
from mollia.loop.progress import Progress, quiet
from mollia.loop.task_pool import pool_of
from mollia.protocols import Annotator
from mollia.records import Answer, PanelAnswers, Pool, Question
from mollia.task.config import Llm, Task

SHOWN_TO = 2  # questions a probe needs


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelState:
    """A panel that was asked: what asking brought, and all its answers (read from the ledger)."""

    result: AskResult
    panel: Panel
    pool: Pool


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


def ask_task(task: Task, *, progress: Progress = quiet) -> PanelState:
    """Ask the panel about every text of a task; what the ledger holds is not asked again.

    Raises
    ------
    MolliaError
        When the data, a panel member or the ledger is wrong.
    """
    if task.run.cascade:
        with open_parts(task, ask=True, progress=progress) as parts, threadpool_limits(1):
            ask_in_cascade(parts)
            return PanelState(result=merged(parts.results), panel=parts.panel_read(), pool=parts.pool)
    with _opened(task) as (pool, annotators, questions, store):
        result = _ask(task, annotators, questions, store, progress)
        keys = panel_keys(questions, annotators)
        panel = panel_matrix(store, keys, pool.ids, task.labels, parse=parse_reply)
    return PanelState(result=result, panel=panel, pool=pool)


def answers_at_hand(task: Task) -> PanelAnswers:
    """Return the answers that cost no call: the ledger's and the recorded ones, (n, N, K).

    Raises
    ------
    DataError
        When there is not one usable answer.
    """
    with _opened(task) as (pool, annotators, questions, store):
        free = [each for each in annotators if not each.live]
        ask_panel({each.name: questions[each.name] for each in free}, free, store)
        keys = panel_keys(questions, annotators)
        answers = panel_matrix(store, keys, pool.ids, task.labels, parse=parse_reply).answers
    if not answers.z.any() and not answers.c.any():
        raise DataError(
            "No LLM of the panel has answered yet, so nothing says which rows are doubtful.",
            hint="Ask it first (mollia annotate task.toml), or draw the rows at random (--strategy random).",
        )
    return answers


def plan_task(task: Task, *, measure: int, progress: Progress = quiet) -> list[Forecast]:
    """Forecast what asking the rest takes, from up to `measure` rows that are really asked (and kept).

    Without measured rows, one call a text is assumed and tokens are estimated from the prompts.
    """
    with _opened(task) as (pool, annotators, questions, store):
        members = {member.name: member for member in task.panel}
        rows = np.linspace(0, len(pool) - 1, min(measure, len(pool))).astype(int).tolist() if measure else []
        if rows:
            some = {llm: [asked[row] for row in rows] for llm, asked in questions.items()}
            _ask(task, annotators, some, store, progress)
        keys = panel_keys(questions, annotators)
        return [
            _forecast(members[each.name], each, questions[each.name], keys[each.name], store)
            for each in annotators
        ]


def look_at_panel(task: Task) -> list[Probe]:
    """Return what each live panel member can do; recorded ones need no look."""
    pool = pool_of(task)
    annotators = build_annotators(task, pool)
    questions = questions_by_llm(task, pool)
    found = []
    try:
        for annotator in annotators:
            client = annotator.asked if isinstance(annotator, LlamaCpp) else annotator
            if isinstance(client, OpenAIServer):
                some = [question for question in questions[annotator.name] if question.prompt.user]
                found.append(probe(client, some[:SHOWN_TO]))
    finally:
        for annotator in annotators:
            annotator.close()
    return found


def shortlist_recall(panel: Panel, pool: Pool) -> Mapping[str, float]:
    """Return by LLM the share of rows with gold whose true class got any mass, where z was asked for."""
    known = pool.gold >= 0
    out = {}
    for i, llm in enumerate(panel.answers.llms):
        z = panel.answers.z[:, i]
        rows = known & (z.sum(1) > 0)
        if rows.any():
            out[llm] = float((z[rows, pool.gold[rows]] > 0).mean())
    return out


@contextmanager
def _opened(
    task: Task,
) -> Iterator[tuple[Pool, Sequence[Annotator], Mapping[str, Sequence[Question]], SqliteStore]]:
    pool = pool_of(task)
    annotators = build_annotators(task, pool)
    try:
        with open_store(task.run.out / LEDGER) as store:
            yield pool, annotators, questions_by_llm(task, pool), store
    finally:
        for annotator in annotators:
            annotator.close()


def _ask(
    task: Task,
    annotators: Sequence[Annotator],
    questions: Mapping[str, Sequence[Question]],
    store: SqliteStore,
    progress: Progress,
) -> AskResult:
    totals = {llm: len({question.key for question in asked}) for llm, asked in questions.items()}
    done = dict.fromkeys(totals, 0)

    def show(llm: str, more: int) -> None:
        done[llm] += more
        progress(llm, min(done[llm], totals[llm]), totals[llm])

    caps = task.budget
    return ask_panel(
        questions,
        annotators,
        store,
        budget=Budget(calls=caps.calls, tokens=caps.tokens, seconds=caps.seconds, money=caps.money),
        prices=prices(task),
        progress=show,
    )


def _forecast(
    member: Llm, annotator: Annotator, questions: Sequence[Question], keys: Sequence[str], store: SqliteStore
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
        seconds=n * seconds / (1 if isinstance(annotator, LlamaCpp) else member.concurrency),
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
