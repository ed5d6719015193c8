"""Caps on what asking may cost, checked before each question is put."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mollia.records import Answer, Question

MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Caps; None = no cap."""

    calls: int | None = None
    tokens: int | None = None
    seconds: float | None = None
    money: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Money per million tokens."""

    prompt: float = 0.0
    reply: float = 0.0

    def of(self, prompt_tokens: float, reply_tokens: float) -> float:
        """Return what so many tokens read and written cost."""
        return (prompt_tokens * self.prompt + reply_tokens * self.reply) / MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What asking has cost: answers that took a request, requests, tokens, money, and seconds of asking."""

    answers: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    reply_tokens: int = 0
    money: float = 0.0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """Read and written."""
        return self.prompt_tokens + self.reply_tokens


NOTHING = Spending()


class Meter:
    """Counts what was spent, `before` and now, and lets questions through while the next one fits the caps.

    Questions in flight are reckoned at the mean cost so far, so that many threads do not
    overshoot a cap by more than a question's own surprise.
    """

    def __init__(self, budget: Budget, prices: Mapping[str, Price], before: Spending = NOTHING) -> None:
        self._budget = budget
        self._before = before
        self._prices = prices
        self._turn = threading.Lock()
        self._started = time.monotonic()
        self._admitted = 0
        self._answered = 0
        self._halted = False
        self.calls = self.prompt_tokens = self.reply_tokens = 0
        self.money = 0.0
        self._cap = ""

    @property
    def reached(self) -> str:
        """Which cap ended the asking, in one sentence; "" when none did."""
        if not self._cap:
            return ""
        spent, cap = getattr(self.spent, self._cap), getattr(self._budget, self._cap)
        return f"The budget of {cap:g} {self._cap} is used up ({spent:g} spent)."

    @property
    def spent(self) -> Spending:
        """All that the task has spent."""
        before = self._before
        return Spending(
            answers=before.answers + self._answered,
            calls=before.calls + self.calls,
            prompt_tokens=before.prompt_tokens + self.prompt_tokens,
            reply_tokens=before.reply_tokens + self.reply_tokens,
            money=before.money + self.money,
            seconds=before.seconds + time.monotonic() - self._started,
        )

    def stop(self) -> None:
        """Let no more questions through."""
        self._halted = True

    def admit(self, questions: Sequence[Question]) -> Iterator[Question]:
        """Yield questions while the budget lasts."""
        for question in questions:
            with self._turn:
                if self._halted or self._would_exceed():
                    return
                self._admitted += 1
            yield question

    def cost(self, answer: Answer) -> float:
        """Return what an answer cost in money."""
        return self._prices.get(answer.llm, Price()).of(answer.prompt_tokens, answer.reply_tokens)

    def paid(self, answer: Answer) -> None:
        """Count an answer's cost."""
        with self._turn:
            self._answered += 1
            self.calls += answer.calls
            self.prompt_tokens += answer.prompt_tokens
            self.reply_tokens += answer.reply_tokens
            self.money += self.cost(answer)

    def _would_exceed(self) -> bool:
        if self._cap:
            return True
        ahead = self._admitted - self._answered + 1  # in flight, and the one that asks
        spent = self.spent
        each = max(1, spent.answers)
        costs: list[tuple[str, float, float, float | None]] = [
            ("calls", spent.calls, max(1.0, spent.calls / each), self._budget.calls),
            ("tokens", spent.tokens, spent.tokens / each, self._budget.tokens),
            ("money", spent.money, spent.money / each, self._budget.money),
        ]
        for name, so_far, mean, cap in costs:
            if cap is not None and so_far + ahead * mean > cap:
                self._cap = name
                return True
        if self._budget.seconds is not None and spent.seconds >= self._budget.seconds:
            self._cap = "seconds"
        return bool(self._cap)
