"""Answers as rows of the ledger's table, and back."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np

from mollia.arrays import Vector
from mollia.records import Answer

CELLS = "key, text_id, replies, label_logprobs, votes, problem"  # all that labels are made of
COLUMNS = (
    "key, llm, text_id, replies, label_logprobs, votes, unseen_mass, "
    "prompt_tokens, reply_tokens, seconds, calls, problem"
)


def row_of(answer: Answer, now: float) -> tuple[object, ...]:
    """Return the cells of COLUMNS, then the time."""
    return (
        answer.key,
        answer.llm,
        answer.text_id,
        _text(answer.replies),
        None if answer.label_logprobs is None else _numbers(answer.label_logprobs),
        None if answer.votes is None else _numbers(answer.votes),
        float(answer.unseen_mass),  # SQLite keeps NaN as NULL
        int(answer.prompt_tokens),
        int(answer.reply_tokens),
        float(answer.seconds),
        int(answer.calls),
        answer.problem,
        now,
    )


@lru_cache(maxsize=4096)  # many answers are the same few words
def _text(replies: tuple[str, ...]) -> str:
    return json.dumps(replies)  # ASCII: half a surrogate pair survives


def _numbers(values: Vector) -> str:
    """Return a list of numbers as JSON."""
    numbers = values.tolist()
    written = repr(numbers)  # the same as JSON, and sooner, but for infinity and "not a number"
    return json.dumps(numbers) if "n" in written else written


def answer_of(row: tuple[Any, ...]) -> Answer:
    """Return the answer that a row holds.

    Raises
    ------
    ValueError, TypeError, RecursionError
        When a cell holds something else than `row_of` writes.
    """
    return Answer(
        key=row[0],
        llm=row[1],
        text_id=row[2],
        replies=replies_of(row[3]),
        label_logprobs=None if row[4] is None else vector_of(row[4]),
        votes=None if row[5] is None else vector_of(row[5]),
        unseen_mass=np.nan if row[6] is None else row[6],
        prompt_tokens=row[7],
        reply_tokens=row[8],
        seconds=row[9],
        calls=row[10],
        problem=row[11],
    )


def replies_of(text: str) -> tuple[str, ...]:
    """Return the replies that a cell holds.

    Raises
    ------
    ValueError, TypeError, RecursionError
        When it holds something else.
    """
    replies = json.loads(text)
    if not (isinstance(replies, list) and all(isinstance(reply, str) for reply in replies)):
        raise TypeError("replies are a list of strings")
    return tuple(replies)


def vector_of(text: str) -> Vector:
    """Return the numbers that a cell holds.

    Raises
    ------
    ValueError, TypeError, RecursionError
        When it holds something else.
    """
    values = np.array(json.loads(text), np.float64)
    if values.ndim != 1:
        raise ValueError("probabilities are a list of numbers")
    return values
