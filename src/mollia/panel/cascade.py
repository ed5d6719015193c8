"""Cascade: ask one LLM after another, and stop at each row as soon as further answers are not worth their call.

A stage asks the next LLMs about the rows still open, then fuses what is there, unasked answers
missing. With u = 1 - the largest posterior, what all further LLMs would add to a row's accuracy, and the
chance that they would change its label, are modelled as

    gain(u) = beta u^POWER,    change(u) = refitted delta u^POWER,

beta and delta of each stage such that the pilot's gains and changed labels are met in sum. The pilot are rows that
all LLMs answer (the human rows among them); a gain is F[x, label of all] - F[x, label so far], F the calibrated
posterior of everything asked. Rows are closed from the least u up, as long as what all closed rows lose is,
in 9 of 10 panels, at most the stage's part of the loss allowed (`panel.promise`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Rows, Vector
from mollia.panel.costs import Costs
from mollia.panel.parts import llms_of
from mollia.panel.promise import DRIFT, all_at_most, at_most
from mollia.panel.refits import Refits, posterior_of
from mollia.protocols import Fuser
from mollia.randomness import generator
from mollia.records import PanelAnswers

LOSS = 0.01  # accuracy the cascade may lose at most, in 9 of 10 panels
PILOT = 100  # rows that all LLMs answer, at least: the human rows and others,
PILOT_SHARE = 0.08  # and at least this share: without it what late LLMs mean is learned from hard rows alone
LEAST_HUMAN = 20  # labels without which no posterior is calibrated
SPEND = 0.35  # of the loss left, what one stage may spend
POWER = 1.5
REFITTED = 5.0  # labels that change for one on the pilot, since a fit without the answers left out differs elsewhere too; `bench promise`
LEAST_ASKED = 2  # LLMs a row is put to at least: one alone cannot be told right from wrong,
LEAST_SHARE = 0.25  # and at least this share of the panel
STAGES = 8  # of a large panel, at most about so many: each takes two fits, and LLMs of one stage answer side by side
PRIOR = 1.0  # beta and delta at the first stage before any evidence; they fall with the LLMs left
PRIOR_WEIGHT = 1.0  # in rows of u = 1


# Asks LLMs about rows; returns all answers there are, in the pool's order, or None to end here.
Ask = Callable[[Sequence[str], Rows], PanelAnswers | None]
Say = Callable[[int, int], None]  # answers asked for, and at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Some LLMs' turn: rows asked, rows closed after it; loss and changed labels expected from that, as shares of all rows."""

    llms: tuple[str, ...]
    asked: int
    closed: int
    loss: float
    changed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """A finished cascade: who was asked about which row (n, N) in the panel's order, and its stages.

    `pilot` rows were asked in full. `at_most` is the accuracy lost at most, in 9 of 10 panels; 0 where everything was asked.
    """

    asked: Mask
    order: tuple[str, ...]
    pilot: Rows
    stages: tuple[Stage, ...]
    at_most: float

    @property
    def loss(self) -> float:
        """Expected loss of accuracy over all rows."""
        return sum(stage.loss for stage in self.stages)

    @property
    def changed(self) -> float:
        """Expected share of labels that are others than the whole panel's."""
        return sum(stage.changed for stage in self.stages)

    @property
    def saved(self) -> float:
        """Share of the answers that were not asked for."""
        return 1.0 - float(self.asked.mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a cascade goes: `pilot` rows and `order` of LLMs as `pilot_rows` and `order_of` give them.

    `loss` is the accuracy that may be lost at most, in 9 of 10 panels; `drift` and `refitted` are the bound's constants.
    """

    pilot: Rows
    order: Sequence[str]
    loss: float = LOSS
    drift: float = DRIFT
    refitted: float = REFITTED


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
    stages: list[Stage] = []
    for turn, (first, asked_so_far) in enumerate(_turns(len(order)), 1):
        rows, llms = np.flatnonzero(open_), tuple(order[first:asked_so_far])
        if not len(rows) or (now := ask(llms, rows)) is None:
            break
        answers = now
        asked[np.ix_(rows, np.array([answers.llms.index(llm) for llm in llms]))] = True
        say(int(asked.sum()), asked.size)
        close, gain, change = np.arange(len(rows)), np.zeros(len(rows)), np.zeros(len(rows))
        if asked_so_far < len(order):
            gain, change = _outlook(
                fuser,
                masked(answers, asked),
                y,
                texts,
                pilot=pilot,
                order=order,
                asked_so_far=asked_so_far,
                rows=rows,
            )
            change *= course.refitted
            close = _cheapest(gain / n, change / n, stages, course=course, turn=turn, n=n)
        open_[rows[close]] = False
        lost, changed = (float(each[close].sum()) / n for each in (gain, change))
        stages.append(Stage(llms=llms, asked=len(rows), closed=len(close), loss=lost, changed=changed))
    spent = sum(stage.loss for stage in stages), sum(stage.changed for stage in stages)
    bound = at_most(*spent, n, drift=course.drift)
    return Cascade(asked=asked, order=tuple(order), pilot=pilot, stages=tuple(stages), at_most=bound)


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
) -> tuple[Vector, Vector]:
    """Return the open rows' expected gain from all further LLMs, and the chance that these change the label in one fit."""
    known = np.flatnonzero(answers.asked.any(1))
    few = None if texts is None else [texts[row] for row in known.tolist()]
    at = np.searchsorted(known, rows)
    everything = answers[known]
    F = posterior_of(fuser, everything, y[known], few)
    P = posterior_of(fuser, everything.subpanel(order[:asked_so_far]), y[known], few)
    share_left = 1.0 - (asked_so_far - 1) / (len(order) - 1)
    beta, delta = _rates(P, F, np.searchsorted(known, pilot), PRIOR * share_left)
    x: Vector = (1.0 - P[at].max(1)) ** POWER
    return beta * x, delta * x


def _rates(P: Probs, F: Probs, pilot: Rows, prior: float) -> tuple[float, float]:
    """Return beta and delta with which the pilot's gains and changed labels are met in sum, drawn to the prior.

    Least squares would look at the doubtful rows alone, and promise too little loss on the many others.
    """
    x = (1.0 - P[pilot].max(1)) ** POWER
    own, label = F[pilot], P[pilot].argmax(1)
    gained = (own.max(1) - own[np.arange(len(own)), label]).sum()
    changed = (own.argmax(1) != label).sum()
    beta, delta = (
        float((met + PRIOR_WEIGHT * prior) / (x.sum() + PRIOR_WEIGHT)) for met in (gained, changed)
    )
    return beta, delta


def _cheapest(
    gain: Vector, change: Vector, before: Sequence[Stage], *, course: Course, turn: int, n: int
) -> Rows:
    """Return the positions of the smallest gains with which all that is closed loses at most what is allowed."""
    allowed = course.loss * (1.0 - (1.0 - SPEND) ** turn)
    order = np.argsort(gain, kind="stable")
    loss = sum(stage.loss for stage in before) + np.cumsum(gain[order])
    changed = sum(stage.changed for stage in before) + np.cumsum(change[order])
    bound = all_at_most(loss, changed, n, drift=course.drift)
    return order[: int(np.searchsorted(bound, allowed, side="right"))]
