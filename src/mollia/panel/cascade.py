"""Cascade: ask one LLM after another, and stop at each row as soon as further answers are not worth their call.

A stage asks the next LLM about the rows still open, then fuses what is there, unasked answers
missing. With u = 1 - the largest posterior, what all further LLMs would add to a row's accuracy is modelled as

    gain(u) = beta u^2.5,

beta of each stage fitted on the pilot, rows that all LLMs answer (the human rows among them):
F[x, label of all] - F[x, label so far], F the calibrated posterior of everything asked. Rows are
closed from the least gain up, until the stage's part of the loss allowed is spent. A row is also
closed, at no loss, when all LLMs left could agree on any class without changing its label.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from sklearn.base import clone

from mollia.arrays import Classes, Mask, Probs, Rows, Vector
from mollia.panel.costs import Costs
from mollia.panel.parts import llms_of
from mollia.panel.refits import Refits, posterior_of
from mollia.protocols import Fuser
from mollia.randomness import generator
from mollia.records import PanelAnswers

LOSS = 0.003  # accuracy the cascade may be expected to lose
PILOT = 100  # rows that all LLMs answer, at least: the human rows and others
LEAST_HUMAN = 20  # labels without which no posterior is calibrated
SPEND = 0.35  # of the loss left, what one stage may spend
POWER = 2.5
PRIOR = 1.0  # beta at the first stage before any evidence; it falls with the LLMs left
PRIOR_WEIGHT = 0.3  # in units of u^5


Ask = Callable[
    [str, Rows], PanelAnswers
]  # asks an LLM about rows; returns all answers there are, pool's order
Say = Callable[[int, int], None]  # answers asked for, and at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One LLM's turn: rows asked, rows closed after it (those settled among them), the loss expected from that."""

    llm: str
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


def pilot_rows(y: Classes, *, most: int = PILOT, random_state: int | None = 0) -> Rows:
    """Return the rows to ask in full first: all human rows (y >= 0), and others up to `most`, in order."""
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
    pilot: Rows,
    order: Sequence[str],
    loss: float = LOSS,
    say: Say = lambda _asked, _most: None,
) -> Cascade:
    """Ask stage by stage until every row is closed or was put to all LLMs.

    What a stage decides hangs on the answers of the stages so far alone, not on what else `ask` may
    return: a cascade that is run again over the same answers takes the same way.

    Parameters
    ----------
    ask : called with an LLM and rows (positions), and only with rows that are still open.
    fuser : copied for each fit; its posterior should be calibrated.
    answers : n rows, of which the pilot's are answered by all LLMs.
    y : (n,) human labels, -1 = none; rows with one are never asked outside the pilot.
    pilot, order : as `pilot_rows` and `order_of` give them.
    loss : the accuracy that may be lost, as a share of all rows.
    """
    n = len(y)
    asked = np.zeros((n, len(answers.llms)), bool)
    asked[pilot] = True
    open_ = y < 0
    open_[pilot] = False
    left = loss * n
    stages = []
    for number, llm in enumerate(order):
        rows = np.flatnonzero(open_)
        if not len(rows):
            break
        answers = ask(llm, rows)
        asked[rows, answers.llms.index(llm)] = True
        say(int(asked.sum()), asked.size)
        if number == len(order) - 1:
            stages.append(Stage(llm=llm, asked=len(rows), closed=len(rows), settled=0, loss=0.0))
            break
        gain, settled = _outlook(
            fuser, masked(answers, asked), y, texts, pilot=pilot, so_far=order[: number + 1], rows=rows
        )
        close = settled.copy()
        close[_cheapest(np.where(settled, 0.0, gain), SPEND * left)] = True
        lost = float(gain[close & ~settled].sum())
        left -= lost
        open_[rows[close]] = False
        stages.append(
            Stage(
                llm=llm, asked=len(rows), closed=int(close.sum()), settled=int(settled.sum()), loss=lost / n
            )
        )
    return Cascade(asked=asked, order=tuple(order), pilot=pilot, stages=tuple(stages))


def masked(X: PanelAnswers, asked: Mask) -> PanelAnswers:
    """Return X with the answers outside `asked` (n, N) missing."""
    kept = X.asked & asked
    return replace(
        X, z=np.where(kept[:, :, None], X.z, 0.0), c=np.where(kept[:, :, None], X.c, 0.0), asked=kept
    )


def _outlook(
    fuser: Fuser,
    answers: PanelAnswers,
    y: Classes,
    texts: Sequence[str] | None,
    *,
    pilot: Rows,
    so_far: Sequence[str],
    rows: Rows,
) -> tuple[Vector, Mask]:
    """Return the open rows' expected gain from all further LLMs, and which of them are settled; both (b,)."""
    known = np.flatnonzero(answers.asked.any(1))
    few = None if texts is None else [texts[row] for row in known.tolist()]
    at = np.searchsorted(known, rows)
    everything = answers[known]
    fitted = cast("Fuser", clone(fuser))
    F = _fit(fitted, everything, y[known], few)
    before = everything.subpanel(so_far)
    P = posterior_of(fuser, before, y[known], few)
    share_left = 1.0 - (len(so_far) - 1) / (len(answers.llms) - 1)
    beta = _beta(P, F, np.searchsorted(known, pilot), PRIOR * share_left)
    gain: Vector = beta * (1.0 - P[at].max(1)) ** POWER
    left = [i for i, llm in enumerate(answers.llms) if llm not in so_far]
    texts_of = None if texts is None else [texts[row] for row in rows.tolist()]
    return gain, _settled(fitted, answers[rows], left, texts_of)


def _fit(fuser: Fuser, X: PanelAnswers, y: Classes, texts: Sequence[str] | None) -> Probs:
    whole = getattr(fuser, "fit_predict_proba", None)
    if whole is not None:
        return np.asarray(whole(X, y, texts=texts))
    return fuser.fit(X, y, texts=texts).predict_proba(X, texts=texts)


def _beta(P: Probs, F: Probs, pilot: Rows, prior: float) -> float:
    """Fit gain(u) = beta u^POWER on the pilot by least squares, drawn to the prior."""
    x = (1.0 - P[pilot].max(1)) ** POWER
    own = F[pilot]
    gained = own.max(1) - own[np.arange(len(own)), P[pilot].argmax(1)]
    return float((x @ gained + PRIOR_WEIGHT * prior) / (x @ x + PRIOR_WEIGHT))


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
