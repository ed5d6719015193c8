"""The weight of a student's word, judged by LLMs that are left out of the panel: no label is needed.

    S(b) = (S + 1.2 b log Q) / (1 + b)

S are the fused scores, 1.2 their usual temperature. The sharpness is that of one of them, as S and Q say much the same.
Each LLM in turn is left out, the rest fused again as S, and b raised in steps. A step changes some rows'
labels; where the new ones are right, the LLM left out answers them more often than the old ones. LLMs share
errors, so that it sides with the panel a little too often: a step is worth its while when the LLM left
out answers the new labels less often by no more than a fifth of the rows that changed. The b with the highest
sum over steps and LLMs is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Floats, PanelMass, Probs, Rows, clog
from mollia.fusion.co_training import TextTeacher, co_train
from mollia.fusion.confusion import Settings
from mollia.fusion.observation import heard
from mollia.fusion.pool import CENTRE

STEPS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
SHARED_ERRORS = 0.2  # of the changed rows, that the LLM left out sides with the panel for no good reason
ALONE = 0.5  # the weight where no LLM can be left out
MOST_ROWS = 3000  # that judge; more tell nothing new


def join(S: Floats, Q: Probs, b: float) -> Floats:
    """Return the scores (n, K) of the fused scores S and a view Q of weight b."""
    joined: Floats = (S + CENTRE * b * clog(Q, 0.0)) / (1.0 + b)
    return joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A view's weight b, and what it is worth: answers won a row and LLM left out, shared errors allowed for."""

    weight: float
    worth: float


def judge(o: PanelMass, scores: Sequence[Floats], Q: Probs) -> Judged:
    """Judge a view Q (n, K); scores S (n, K) are fused without each LLM of o (n, N, K) in turn."""
    if len(scores) < 2:  # noqa: PLR2004  # one LLM left out leaves none
        return Judged(weight=ALONE, worth=0.0)
    answered, won = heard(o), np.zeros(len(STEPS))
    for i, S in enumerate(scores):
        rows = answered[:, i]
        answer = o[rows, i].argmax(1)
        label = np.stack([join(S[rows], Q[rows], b).argmax(1) for b in STEPS])  # (B, n)
        agreed = (label == answer).sum(1)
        changed = (label[1:] != label[:-1]).sum(1)
        won[1:] += (np.diff(agreed) + SHARED_ERRORS * changed).cumsum()
    best = int(won.argmax())
    return Judged(weight=STEPS[best], worth=float(won[best] / max(answered.sum(), 1)))


def judging_rows(y: Classes, rng: np.random.Generator) -> Rows:
    """Return the human rows of y (n,) and, of a large pool, some others."""
    free = np.flatnonzero(y < 0)
    if len(free) > MOST_ROWS:
        free = rng.choice(free, MOST_ROWS, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(y >= 0), free]))


def scores_without(
    o: PanelMass, y: Classes, text: TextTeacher | None, *, rounds: int, settings: Settings
) -> list[Floats]:
    """Return the fused scores (n, K) without each LLM of o (n, N, K) in turn; none for an LLM alone."""
    n_llms = o.shape[1]
    scores = []
    for i in range(n_llms if n_llms > 1 else 0):
        learned, columns = co_train(np.delete(o, i, axis=1), y, text, rounds=rounds, settings=settings)
        scores.append(learned.scores(columns))
    return scores
