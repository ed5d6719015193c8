"""Negative learning: how much it counts that a row is *not* of a class (docs/method.md, sections 4 and 7.4).

The loss itself is in `student.softmax_head`.
"""

from __future__ import annotations

LAMBDA_START, LAMBDA_END = 0.4, 1.0  # the paper's


def lambda_schedule(
    round_: int, n_rounds: int, *, start: float = LAMBDA_START, end: float = LAMBDA_END
) -> float:
    """Return lambda of a round: start + (end - start) round / n_rounds, at most `end`.

    Rounds count from 1, the seed round; with the paper's ten rounds this is 0.4 + 0.06 i. The seed
    round has no Y-, so the first effective value is 0.52.
    """
    return start + (end - start) * min(round_ / max(n_rounds, 1), 1.0)
