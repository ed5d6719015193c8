"""Columns of a panel that hold what people or gold say, and no LLM's answers: they would make every figure too good."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Classes
from mollia.fusion.observation import usable_answers
from mollia.quality.gold_scores import llm_labels
from mollia.records import PanelAnswers

LEAST = 5  # answers that are exactly the human labels, from which a column is known for one of them
AGREES = 20  # human labels met without a miss, from which a column may be asked about
GOOD = 0.85  # what an LLM may well reach on its own
LUCK = 0.01  # the chance of that below which one asks


def of_people(answers: PanelAnswers, y: Classes) -> tuple[str, ...]:
    """Return the LLMs that answer only rows with a human label of y (n,), and always with it."""
    human = y >= 0
    own = llm_labels(answers[np.flatnonzero(human)])  # (m, N)
    said = own >= 0
    right = (said.sum(0) >= LEAST) & ((own == y[human, None]) | ~said).all(0)
    llms = [llm for llm, is_right in zip(answers.llms, right.tolist(), strict=True) if is_right]
    if not llms:
        return ()
    elsewhere = usable_answers(answers.subpanel(llms))[~human]  # (n - m, candidates)
    return tuple(llm for i, llm in enumerate(llms) if not elsewhere[:, i].any())


def never_wrong(answers: PanelAnswers, y: Classes) -> list[str]:
    """Ask about the LLMs that meet every human label of y (n,) where the next best is too far from that for luck."""
    own = llm_labels(answers[np.flatnonzero(y >= 0)])  # (m, N)
    y = y[y >= 0]
    said = own >= 0
    n, right = said.sum(0), (own == y[:, None]).sum(0)
    share = np.where(n > 0, right / np.maximum(n, 1), 0.0)
    perfect = (right == n) & (n >= AGREES)
    others = [*share[~perfect].tolist(), GOOD]
    next_best = max(others)
    return [
        f"{llm} gives the human label in all {times:,} rows that both have. If it holds true labels and not an LLM's answers, "
        "no figure here can be believed: name the column as gold, or choose the LLMs without it."
        for llm, times, is_one in zip(answers.llms, n.tolist(), perfect.tolist(), strict=True)
        if is_one and next_best**times < LUCK
    ]
