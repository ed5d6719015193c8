"""What each LLM has cost so far, summed from its answers."""

from __future__ import annotations

import math
from dataclasses import dataclass

SPENT = """
SELECT llm, COUNT(*), SUM(problem IS NOT NULL), SUM(calls > 0), SUM(calls), SUM(prompt_tokens), SUM(reply_tokens), SUM(seconds),
    MIN(at), MAX(at)
FROM answers GROUP BY +llm ORDER BY MIN(rowid)
"""
PROBLEMS = """
SELECT llm, kind_of(problem) AS kind, COUNT(*) AS number, MIN(problem)
FROM answers WHERE problem IS NOT NULL GROUP BY +llm, kind ORDER BY number DESC, kind
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """How many answers of an LLM failed in one way, and one of them in full, with the server's words."""

    llm: str
    kind: str
    number: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """One LLM's answers, failures and answers that took a request among them, requests, tokens, and seconds of waiting.

    `first` and `last` are the times at which the first and last of them were stored (seconds since 1970).
    """

    llm: str
    answers: int
    failures: int
    paid: int
    calls: int
    prompt_tokens: int
    reply_tokens: int
    seconds: float
    first: float = math.nan
    last: float = math.nan
