"""What each LLM has cost so far, summed from its answers."""

from __future__ import annotations

from dataclasses import dataclass

SPENT = """
SELECT llm, COUNT(*), SUM(problem IS NOT NULL), SUM(calls), SUM(prompt_tokens), SUM(reply_tokens), SUM(seconds)
FROM answers GROUP BY llm ORDER BY MIN(rowid)
"""
PROBLEMS = """
SELECT llm, substr(problem, 1, instr(problem || ':', ':') - 1) AS kind, COUNT(*) AS number
FROM answers WHERE problem IS NOT NULL GROUP BY llm, kind ORDER BY number DESC, kind
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """One LLM's answers (failures among them), requests, tokens, and seconds of waiting."""

    llm: str
    answers: int
    failures: int
    calls: int
    prompt_tokens: int
    reply_tokens: int
    seconds: float
