"""The weight of a student's predictions, chosen by LLMs that are left out of the panel and by the human rows.

    S(b) = (S + 1.2 b log Q) / (1 + b)

S are the fused scores, 1.2 their usual temperature. The sharpness is that of one of them, as S and Q say much the same.
b is raised in steps, and each changes some rows' labels. Rightly, if the human rows, whose labels S and Q have not
seen, are right about more rows than before. They are few, so held-out LLMs count too: each in turn is left out, the rest fused
again as S, and where a change is right the LLM left out answers the new label more often than the old one. LLMs
share errors and agree with the panel a little too often: 15 % of the changed rows are added to the net corrections.
Their count weighs as much as fifty changed human rows, since some hundreds of rows leave no doubt but about those 15 %.
With fewer than seven human rows per class the human rows do not count: a label shapes what the students learn of its class, and
they seem to know it (on policy_en 19 of 22 changes among fifty human rows were right, and most of those in the pool were wrong).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Floats, PanelMass, Probs, Rows, Vector, clog
from mollia.fusion.co_training import co_train
from mollia.fusion.confusion import Settings
from mollia.fusion.log_linear_pool import CENTRE, ROWS_PER_CLASS
from mollia.fusion.observation import has_answer
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
class ViewWeight:
    """A view's weight b, and its estimated net corrections as a share of the rows."""

    weight: float
    worth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """What a view is compared with: held-out LLMs, each on some rows of the pool, and people on theirs."""

    rows: Rows  # (n,)
    o: PanelMass  # (n, N, K)
    without: Sequence[Floats]  # (n, K) each: scores without an LLM
    human: Rows  # (m,), rows of the pool; none where labels are too few to be held out
    held_out: Floats  # (m, K): scores that have not seen the row's label
    y: Classes  # (m,)


def choose_weight(compared: HeldOut, Q: Probs) -> ViewWeight:
    """Choose the weight of a view's predicted probabilities Q (pool, K)."""
    predicted, scores = Q[compared.rows], compared.without
    if len(scores) < 2:  # noqa: PLR2004  # one LLM left out leaves none
        return ViewWeight(weight=ALONE, worth=0.0)
    answered = has_answer(compared.o)
    asked = max(int(answered.sum()), 1)
    corrections, changed = np.zeros(len(STEPS)), np.zeros(len(STEPS))
    for i, S in enumerate(scores):
        rows = answered[:, i]
        more = _count(S[rows], predicted[rows], compared.o[rows, i].argmax(1))
        corrections, changed = corrections + more[0], changed + more[1]
    rate = corrections / np.maximum(changed, 1) + SHARED_ERRORS * (changed > 0)
    by_people, they_changed = np.zeros(len(STEPS)), np.zeros(len(STEPS))
    if len(compared.y) >= ROWS_PER_CLASS * Q.shape[1]:
        by_people, they_changed = _count(compared.held_out, Q[compared.human], compared.y)
    worth = (LLMS_COUNT * rate + by_people) / (LLMS_COUNT + they_changed) * changed / asked
    best = int(worth.argmax())
    return ViewWeight(weight=STEPS[best], worth=float(worth[best]))


def _count(S: Floats, Q: Probs, y: Classes) -> tuple[Floats, Floats]:
    """Return, for each step, the net corrections of the labels y (n,) and how many changes led to them, (B,) each."""
    label = np.stack([join(S, Q, b).argmax(1) for b in STEPS])  # (B, n)
    right = (label == y).sum(1)
    changes = (label[1:] != label[:-1]).sum(1).cumsum()
    return (right - right[0]).astype(np.float64), np.concatenate([[0.0], changes])


def scores_without(
    o: PanelMass,
    y: Classes,
    text: LeaveOneOut | None,
    *,
    rounds: int,
    settings: Settings,
    carried: Vector | None = None,
) -> list[Floats]:
    """Return the fused scores (n, K) without each LLM of o (n, N, K) in turn; none for an LLM alone. `carried` (n,) as in `dawid_skene`."""
    n_llms = o.shape[1]
    scores = []
    for i in range(n_llms if n_llms > 1 else 0):
        learned, columns = co_train(
            np.delete(o, i, axis=1), y, text, rounds=rounds, settings=settings, carried=carried
        )
        scores.append(learned.scores(columns))
    return scores
