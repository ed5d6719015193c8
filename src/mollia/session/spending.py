"""What a task has cost so far, by its ledger: over all runs, and all LLMs it ever asked."""

from __future__ import annotations

from mollia.annotate.ask_panel import SECONDS
from mollia.annotate.budget import Budget, Spending
from mollia.ledger.sqlite_store import SqliteStore
from mollia.session.questions import prices
from mollia.task.config import Task


def spent_on(task: Task, store: SqliteStore) -> Spending:
    """Return what the answers in a task's ledger cost, at the task's prices; an LLM that it no longer names has none."""
    by_llm = store.spent()
    price = prices(task)
    seconds = store.manifest().get(SECONDS, 0.0)
    return Spending(
        answers=sum(each.paid for each in by_llm),
        calls=sum(each.calls for each in by_llm),
        prompt_tokens=sum(each.prompt_tokens for each in by_llm),
        reply_tokens=sum(each.reply_tokens for each in by_llm),
        money=sum(
            price[each.llm].of(each.prompt_tokens, each.reply_tokens) for each in by_llm if each.llm in price
        ),
        seconds=float(seconds) if isinstance(seconds, int | float) else 0.0,
    )


def caps_of(task: Task) -> Budget:
    """Return the caps that hold for a task, however often it is run."""
    caps = task.budget
    return Budget(calls=caps.calls, tokens=caps.tokens, seconds=caps.seconds, money=caps.money)
