"""Cascade: ask one LLM after another, and stop at each row as soon as further answers are not worth their call.

A stage asks the next LLMs about the rows still open, then fuses what is there, unasked answers
missing. With u = 1 - the largest posterior, what all further LLMs would add to a row's accuracy is modelled as

    gain(u) = beta u^POWER,

beta of each stage such that the pilot's gains are met in sum. The pilot are rows that all LLMs answer (the
human rows among them); a gain is F[x, label of all] - F[x, label so far], F the calibrated posterior of
everything asked. Rows are
closed from the least gain up, until the stage's part of the loss allowed is spent. A row is also
closed, at no loss, when all LLMs left could agree on any class without changing its label (from half
of the panel on: a fit on few LLMs knows too little to say so).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from sklearn.base import clone

from mollia.arrays import Classes, Mask, Probs, Rows, Vector
from mollia.fitting import fitted_posterior
from mollia.panel.costs import Costs
from mollia.panel.parts import llms_of
from mollia.panel.refits import Refits, posterior_of
from mollia.protocols import Fuser
from mollia.randomness import generator
from mollia.records import PanelAnswers

LOSS = 0.0025  # accuracy the cascade may be expected to lose
PILOT = 100  # rows that all LLMs answer, at least: the human rows and others,
PILOT_SHARE = 0.08  # and at least this share: without it what late LLMs mean is learned from hard rows alone
LEAST_HUMAN = 20  # labels without which no posterior is calibrated
SPEND = 0.35  # of the loss left, what one stage may spend
POWER = 1.5
LEAST_ASKED = 2  # LLMs a row is put to at least: one alone cannot be told right from wrong,
LEAST_SHARE = 0.25  # and at least this share of the panel
STAGES = 8  # of a large panel, at most about so many: each takes two fits, and LLMs of one stage answer side by side
PRIOR = 1.0  # beta at the first stage before any evidence; it falls with the LLMs left
PRIOR_WEIGHT = 1.0  # in rows of u = 1


# Asks LLMs about rows; returns all answers there are, in the pool's order, or None to end here.
Ask = Callable[[Sequence[str], Rows], PanelAnswers | None]
Say = Callable[[int, int], None]  # answers asked for, and at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Some LLMs' turn: rows asked, rows closed after it (those settled among them), the loss expected from that."""

    llms: tuple[str, ...]
    asked: int
    closed: int
    settled: int
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """A finished cascade: who was asked about which row (n, N) in the panel's order, and its stages.

    `pilot` rows were asked in full. `loss` is the accuracy expected to be lost, as a share of all rows.
    """

    asked: Mask
    order: tuple[str, ...]
    pilot: Rows
    stages: tuple[Stage, ...]

    @property
    def loss(self) -> float:
        """Expected loss of accuracy over all rows."""
        return sum(stage.loss for stage in self.stages)

    @property
    def saved(self) -> float:
        """Share of the answers that were not asked for."""
        return 1.0 - float(self.asked.mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a cascade goes: `pilot` rows and `order` of LLMs as `pilot_rows` and `order_of` give them.

    `loss` is the accuracy that may be lost, as a share of all rows.
    """

    pilot: Rows
    order: Sequence[str]
    loss: float = LOSS


def pilot_rows(y: Classes, *, random_state: int | None = 0) -> Rows:
    """Return the rows to ask in full first: all human rows (y >= 0), and others, in order."""
    most = max(PILOT, round(PILOT_SHARE * len(y)))
    human, others = np.flatnonzero(y >= 0), np.flatnonzero(y < 0)
    room = min(max(most - len(human), 0), len(others))
    drawn = generator(random_state, "cascade", "pilot").choice(others, room, replace=False)
    return np.sort(np.concatenate([human, drawn]))


def order_of(refits: Refits, costs: Costs) -> tuple[str, ...]:
    """Return the LLMs in the order of worth per cost: each next one lowers the expected loss most a cost.

    LLMs without any answer come last.
    """
    mine = {llm: frozenset(part for part in refits.parts if part.llm == llm) for llm in llms_of(refits.parts)}
    order: list[str] = []
    while len(order) < len(mine):
        have = frozenset().union(*(mine[llm] for llm in order))
        lost = refits.loss(have).value
        left = [llm for llm in mine if llm not in order]
        rate = {llm: (lost - refits.loss(have | mine[llm]).value) / costs.of(mine[llm]) for llm in left}
        order.append(max(left, key=lambda llm: (rate[llm], -costs.of(mine[llm]))))
    return (*order, *(llm for llm in refits.X.llms if llm not in mine))


def run_cascade(
    ask: Ask,
    fuser: Fuser,
    answers: PanelAnswers,
    y: Classes,
    texts: Sequence[str] | None,
    *,
    course: Course,
    say: Say = lambda _asked, _most: None,
) -> Cascade:
    """Ask stage by stage until every row is closed or was put to all LLMs.

    What a stage decides hangs on the answers of the stages so far alone, not on what else `ask` may
    return: a cascade that is run again over the same answers takes the same way.

    Parameters
    ----------
    ask : called with the LLMs of a stage and the rows (positions) that are still open.
    fuser : copied for each fit; its posterior should be calibrated.
    answers : n rows, of which the pilot's are answered by all LLMs.
    y : (n,) human labels, -1 = none; rows with one are never asked outside the pilot.
    course : who is asked in which order, and what may be lost.
    """
    n, pilot, order = len(y), course.pilot, course.order
    asked = np.zeros((n, len(answers.llms)), bool)
    asked[pilot] = True
    open_ = y < 0
    open_[pilot] = False
    left = course.loss * n
    stages = []
    for first, asked_so_far in _turns(len(order)):
        rows, llms = np.flatnonzero(open_), tuple(order[first:asked_so_far])
        if not len(rows) or (now := ask(llms, rows)) is None:
            break
        answers = now
        asked[np.ix_(rows, np.array([answers.llms.index(llm) for llm in llms]))] = True
        say(int(asked.sum()), asked.size)
        close, lost, settled = np.ones(len(rows), bool), 0.0, 0
        if asked_so_far < len(order):
            gain, sure = _outlook(
                fuser,
                masked(answers, asked),
                y,
                texts,
                pilot=pilot,
                order=order,
                asked_so_far=asked_so_far,
                rows=rows,
            )
            close = sure.copy()
            close[_cheapest(np.where(sure, 0.0, gain), SPEND * left)] = True
            lost, settled = float(gain[close & ~sure].sum()), int(sure.sum())
        left -= lost
        open_[rows[close]] = False
        stages.append(
            Stage(llms=llms, asked=len(rows), closed=int(close.sum()), settled=settled, loss=lost / n)
        )
    return Cascade(asked=asked, order=tuple(order), pilot=pilot, stages=tuple(stages))


def masked(X: PanelAnswers, asked: Mask) -> PanelAnswers:
    """Return X with the answers outside `asked` (n, N) missing."""
    kept = X.asked & asked
    return replace(
        X, z=np.where(kept[:, :, None], X.z, 0.0), c=np.where(kept[:, :, None], X.c, 0.0), asked=kept
    )


def _turns(n_llms: int) -> list[tuple[int, int]]:
    """Return for each stage the first of its LLMs and the number of LLMs asked by then."""
    asked_so_far = [min(max(LEAST_ASKED, math.ceil(LEAST_SHARE * n_llms)), n_llms)]
    while asked_so_far[-1] < n_llms:
        asked_so_far.append(min(asked_so_far[-1] + max(1, round(n_llms / STAGES)), n_llms))
    return list(zip([0, *asked_so_far], asked_so_far, strict=False))


def _outlook(
    fuser: Fuser,
    answers: PanelAnswers,
    y: Classes,
    texts: Sequence[str] | None,
    *,
    pilot: Rows,
    order: Sequence[str],
    asked_so_far: int,
    rows: Rows,
) -> tuple[Vector, Mask]:
    """Return the open rows' expected gain from all further LLMs, and which of them are settled; both (b,)."""
    known = np.flatnonzero(answers.asked.any(1))
    few = None if texts is None else [texts[row] for row in known.tolist()]
    at = np.searchsorted(known, rows)
    everything = answers[known]
    fitted = cast("Fuser", clone(fuser))
    F = fitted_posterior(fitted, everything, y[known], texts=few)
    P = posterior_of(fuser, everything.subpanel(order[:asked_so_far]), y[known], few)
    share_left = 1.0 - (asked_so_far - 1) / (len(order) - 1)
    beta = _beta(P, F, np.searchsorted(known, pilot), PRIOR * share_left)
    gain: Vector = beta * (1.0 - P[at].max(1)) ** POWER
    if asked_so_far < len(order) - asked_so_far:
        return gain, np.zeros(len(rows), bool)
    left = [answers.llms.index(llm) for llm in order[asked_so_far:]]
    texts_of = None if texts is None else [texts[row] for row in rows.tolist()]
    return gain, _settled(fitted, answers[rows], left, texts_of)


def _beta(P: Probs, F: Probs, pilot: Rows, prior: float) -> float:
    """Return beta of gain(u) = beta u^POWER with which the pilot's gains are met in sum, drawn to the prior.

    Least squares would look at the doubtful rows alone, and promise too little loss on the many others.
    """
    x = (1.0 - P[pilot].max(1)) ** POWER
    own = F[pilot]
    gained = own.max(1) - own[np.arange(len(own)), P[pilot].argmax(1)]
    return float((gained.sum() + PRIOR_WEIGHT * prior) / (x.sum() + PRIOR_WEIGHT))


def _settled(fuser: Fuser, X: PanelAnswers, left: Sequence[int], texts: Sequence[str] | None) -> Mask:
    """Return the rows (n,) whose label stays whatever single class all LLMs left name."""
    label = fuser.predict_proba(X, texts=texts).argmax(1)
    same = np.ones(len(X), bool)
    asked = X.asked.copy()
    asked[:, left] = True
    for k in range(X.n_classes):
        c = X.c.copy()
        c[:, left] = np.eye(X.n_classes)[k]
        same &= fuser.predict_proba(replace(X, c=c, asked=asked), texts=texts).argmax(1) == label
        if not same.any():
            break
    return same


def _cheapest(gain: Vector, allowed: float) -> Rows:
    """Return the positions of the smallest gains whose sum is within what is allowed."""
    order = np.argsort(gain, kind="stable")
    return order[: int(np.searchsorted(np.cumsum(gain[order]), allowed, side="right"))]
