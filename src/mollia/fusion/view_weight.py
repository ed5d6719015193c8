"""The weight of a student's word, judged by LLMs that are left out of the panel and by the human rows.

    S(b) = (S + 1.2 b log Q) / (1 + b)

S are the fused scores, 1.2 their usual temperature. The sharpness is that of one of them, as S and Q say much the same.
b is raised in steps, and each changes some rows' labels. Rightly, if the human rows, whose labels S and Q have not
seen, win more answers than they lose. They are few, so that LLMs speak too: each in turn is left out, the rest fused
again as S, and where a change is right the LLM left out answers the new label more often than the old one. LLMs
share errors and side with the panel a little too often: 15 % of the changed rows are added to what is won.
Their count weighs as much as fifty changed human rows, since some hundreds of rows leave no doubt but about those 15 %.
With fewer than seven human rows a class people are not heard: a label shapes what the students are taught of its class, and
they seem to know it (on policy_en they won 19 of 22 changes among fifty human rows, and lost more than they won in the pool).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Floats, PanelMass, Probs, Rows, clog
from mollia.fusion.co_training import co_train
from mollia.fusion.confusion import Settings
from mollia.fusion.log_linear_pool import CENTRE, ROWS_A_CLASS
from mollia.fusion.observation import heard
from mollia.fusion.ridge import LeaveOneOut

STEPS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
SHARED_ERRORS = 0.15  # of the changed rows, that the LLM left out sides with the panel for no good reason
LLMS_COUNT = 50.0  # changed human rows that all of them weigh
ALONE = 0.5  # the weight where no LLM can be left out
MOST_ROWS = 3000  # that judge beside the human ones; more tell nothing new


def join(S: Floats, Q: Probs, b: float) -> Floats:
    """Return the scores (n, K) of the fused scores S and a view Q of weight b."""
    joined: Floats = (S + CENTRE * b * clog(Q, 0.0)) / (1.0 + b)
    return joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A view's weight b, and the share of the rows that it is thought to win."""

    weight: float
    worth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Who judges a view: LLMs left out, each on some rows of the pool, and people on theirs."""

    rows: Rows  # (n,)
    o: PanelMass  # (n, N, K)
    without: Sequence[Floats]  # (n, K) each: scores without an LLM
    human: Rows  # (m,), rows of the pool; none where labels are too few to be held out
    held_out: Floats  # (m, K): scores that have not seen the row's label
    y: Classes  # (m,)


def judge(witnesses: Witnesses, Q: Probs) -> Judged:
    """Judge a view's word Q (pool, K)."""
    said, scores = Q[witnesses.rows], witnesses.without
    if len(scores) < 2:  # noqa: PLR2004  # one LLM left out leaves none
        return Judged(weight=ALONE, worth=0.0)
    answered = heard(witnesses.o)
    asked = max(int(answered.sum()), 1)
    won, changed = np.zeros(len(STEPS)), np.zeros(len(STEPS))
    for i, S in enumerate(scores):
        rows = answered[:, i]
        more = _count(S[rows], said[rows], witnesses.o[rows, i].argmax(1))
        won, changed = won + more[0], changed + more[1]
    rate = won / np.maximum(changed, 1) + SHARED_ERRORS * (changed > 0)
    of_people, they_changed = np.zeros(len(STEPS)), np.zeros(len(STEPS))
    if len(witnesses.y) >= ROWS_A_CLASS * Q.shape[1]:
        of_people, they_changed = _count(witnesses.held_out, Q[witnesses.human], witnesses.y)
    worth = (LLMS_COUNT * rate + of_people) / (LLMS_COUNT + they_changed) * changed / asked
    best = int(worth.argmax())
    return Judged(weight=STEPS[best], worth=float(worth[best]))


def _count(S: Floats, Q: Probs, y: Classes) -> tuple[Floats, Floats]:
    """Return, for each step, how many of the labels y (n,) are won, and how many changes led to it, (B,) each."""
    label = np.stack([join(S, Q, b).argmax(1) for b in STEPS])  # (B, n)
    right = (label == y).sum(1)
    changes = (label[1:] != label[:-1]).sum(1).cumsum()
    return (right - right[0]).astype(np.float64), np.concatenate([[0.0], changes])


def scores_without(
    o: PanelMass, y: Classes, text: LeaveOneOut | None, *, rounds: int, settings: Settings
) -> list[Floats]:
    """Return the fused scores (n, K) without each LLM of o (n, N, K) in turn; none for an LLM alone."""
    n_llms = o.shape[1]
    scores = []
    for i in range(n_llms if n_llms > 1 else 0):
        learned, columns = co_train(np.delete(o, i, axis=1), y, text, rounds=rounds, settings=settings)
        scores.append(learned.scores(columns))
    return scores
