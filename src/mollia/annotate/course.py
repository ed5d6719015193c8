"""Whether asking an LLM on makes sense: one row never decides, several that bring nothing do."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

import numpy as np

from mollia.annotate.failures import Refused
from mollia.annotate.server_reply import TOKENS_USED_UP
from mollia.errors import AnnotatorError, ServerCannot
from mollia.records import Answer, Question
from mollia.replies.parse import parse_reply

REFUSED_AT_FIRST = 3  # different rows that a server may refuse before it has answered one
IN_A_ROW = 25  # rows that may fail one after the other afterwards
LEAST_MASS = 0.01  # on the classes together, for label probabilities to say anything
FRUITLESS = 20  # rows without one usable answer


def is_usable(answer: Answer, classes: Sequence[Sequence[str]]) -> bool:
    """Tell whether an answer says anything about the classes."""
    if answer.problem is not None:
        return False
    z = answer.label_logprobs
    if z is not None and float(np.exp(np.nan_to_num(z, nan=-np.inf)).sum()) >= LEAST_MASS:
        return True
    return any(parse_reply(reply, classes).label >= 0 for reply in answer.replies)


class Course:
    """Counts rows that brought nothing; threads may share it."""

    def __init__(self, llm: str, *, max_tokens: int, concurrency: int) -> None:
        self._llm = llm
        self._max_tokens = max_tokens
        self._in_a_row = max(IN_A_ROW, 2 * concurrency)
        self._counting = threading.Lock()
        self._finals: dict[str, AnnotatorError] = {}  # by question: what its refusal means if all are refused
        self._failed = 0  # rows in a row
        self._fruitless: Counter[str] | None = Counter()  # None once an answer was usable
        self._why = ""
        self._final: AnnotatorError | None = None  # of the last row that was refused
        self.answered = False  # whether a row got an answer, usable or not

    def refused(self, question: Question, error: Refused) -> None:
        """Remember a refusal until its answer is checked."""
        with self._counting:
            self._finals[question.key] = error.final

    def check(self, classes: Sequence[Sequence[str]], answer: Answer) -> None:
        """Take note of an answer.

        Raises
        ------
        AnnotatorError
            When too many rows in a row brought nothing.
        """
        with self._counting:
            final = self._finals.pop(answer.key, None)
            if answer.problem is None:
                self.answered, self._failed = True, 0
            else:
                self._failed += 1
            self._final = final or self._final
            self._note(classes, answer)
            if self._fruitless is not None and self._fruitless.total() >= FRUITLESS:
                raise self._without_use(self._fruitless)
            if answer.problem is not None and self._failed >= self._most(final):
                raise final or self._given_up(answer.problem)

    def end(self) -> None:
        """Close the account: where every row was refused, however few they were.

        Raises
        ------
        AnnotatorError
            That says what the refusals mean.
        """
        if self._final is not None and not self.answered:
            raise self._final

    def _most(self, final: AnnotatorError | None) -> int:
        if self.answered:
            return self._in_a_row
        return REFUSED_AT_FIRST if final is not None else FRUITLESS

    def _note(self, classes: Sequence[Sequence[str]], answer: Answer) -> None:
        if self._fruitless is None or is_usable(answer, classes):
            self._fruitless = None
            return
        if answer.problem is not None:
            reason = answer.problem.partition(":")[0]
        elif answer.replies:
            reason = f"replies that name no class ({parse_reply(answer.replies[0], classes).reason})"
            self._why = answer.replies[0].strip()[:80]
        else:
            reason = "no mass on any class"
        self._fruitless[reason] += 1

    def _given_up(self, problem: str) -> AnnotatorError:
        return ServerCannot(
            f"{self._llm}: {self._failed} rows one after the other failed, the last with: {problem}.",
            hint="Look at the server, then run the same command again: what was answered is kept.",
        )

    def _without_use(self, reasons: Counter[str]) -> AnnotatorError:
        (reason, number), *_ = reasons.most_common(1)
        said = f', such as "{self._why}"' if self._why and reason.startswith("replies") else ""
        return ServerCannot(
            f"{self._llm}: {reasons.total()} rows brought not one usable answer: {number} x {reason}{said}.",
            hint=remedy(reason, self._max_tokens),
        )


def remedy(reason: str, max_tokens: int) -> str:
    """Return what to do where no reply names a class."""
    if reason.startswith(TOKENS_USED_UP) or "cut" in reason:
        return (
            f"The model thinks before it answers and max_tokens = {max_tokens} is used up by then: switch its thinking off "
            '(in [panel.extra], for instance reasoning_effort = "none" or chat_template_kwargs = {enable_thinking = false}), '
            "or set max_tokens = 2000 for this panel member."
        )
    return (
        "Look at the replies (the command ledger writes them to a file), the class names and the "
        'instruction; a base model needs prompt = "plain".'
    )
