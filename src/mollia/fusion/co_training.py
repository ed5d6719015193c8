"""Steps 2 to 5 of the default fuser: Dawid-Skene and stack of the panel, taught and teaching the text.

    T = fused posterior, human rows set to their label
    Q = leave-one-out ridge from text vectors to T
    log prior of a row in Dawid-Skene = g log Q + (1 - g) log class prior

and again; g is the gate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Classes, Floats, PanelMass, Probs, Rows, Vector, clog, one_hot, softmax
from mollia.fusion.carried import own_rows, row_counts
from mollia.fusion.chosen_rows import chosen, holding_rows
from mollia.fusion.confusion import Confusion, Settings, dawid_skene
from mollia.fusion.gate import gate
from mollia.fusion.observation import has_answer, log_observation
from mollia.fusion.ridge import LeaveOneOut, Ridge
from mollia.fusion.stack import Stack, fit_stack, prior_stack

W0 = (0.6, 0.3, 0.7)  # prior weights of log R, of all LLMs' log answers together, of log Q
PENALTY = 1500.0  # on W: the LLMs' weights learn first, what single answers mean only from many labels
FLOOR = 0.01  # added to R before the log: Dawid-Skene is too sure


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the stack sees of n rows: views (n, J, K), answers (n, N K), prior weights w0 (J,).

    `carried` (n,) as in `dawid_skene`, None where no row is.
    """

    views: Floats
    answers: Floats
    w0: Vector
    carried: Vector | None = None

    def __getitem__(self, rows: Rows) -> Columns:
        """Return the columns of some rows."""
        carried = None if self.carried is None else self.carried[rows]
        return replace(self, views=self.views[rows], answers=self.answers[rows], carried=carried)

    def picked(self, y: Classes) -> float:
        """Return how far the human rows of y (n,) are from a random draw, 0 to 1 (`chosen_rows`)."""
        own = own_rows(self.carried)
        return chosen(softmax(self.views[own, 0]), np.flatnonzero(y[own] >= 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What co-training learned; the gate is 0 where the text was left out, None for the ridge then."""

    confusion: Confusion
    class_prior: Vector  # log, (K,)
    n_answered: int
    gate: float
    ridge: Ridge | None
    stack: Stack

    def new_columns(self, o: PanelMass, Q: Probs | None) -> Columns:
        """Return the columns of rows that were not learned from; Q (n, K) is the text's word on them."""
        prior = self.class_prior if Q is None else row_prior(Q, self.gate, self.class_prior)
        R = softmax(self.confusion.log_likelihood(o) + prior)
        if self.gate and Q is None:
            Q = np.full_like(R, 1.0 / R.shape[1])  # a row without a text: flat
        return make_columns(o, R, Q, self.gate, self.n_answered)

    def scores(self, columns: Columns) -> Floats:
        """Return the stack's scores S (n, K)."""
        return self.stack.scores(columns.views, columns.answers)


def row_prior(Q: Probs, g: float, class_prior: Vector) -> Floats:
    """Return each row's log prior (n, K): g log Q + (1 - g) log class prior."""
    prior: Floats = g * np.log(Q) + (1.0 - g) * class_prior
    return prior


def make_columns(
    o: PanelMass, R: Probs, Q: Probs | None, g: float, n_answered: int, *, shares: Vector | None = None
) -> Columns:
    """Return the stack's columns from observations, Dawid-Skene posterior and text view; `shares` (N,) of the LLMs' weight."""
    L = log_observation(o)
    n, n_llms, n_classes = o.shape
    views = np.empty((n, 1 + n_llms + (Q is not None), n_classes))
    views[:, 0] = clog(R, FLOOR)
    views[:, 1 : 1 + n_llms] = L
    w0 = [W0[0], *(W0[1] * (np.full(n_llms, 1 / n_answered) if shares is None else shares))]
    if Q is not None:
        views[:, -1] = clog(Q, 1e-3)
        w0.append(W0[2] * g)
    L *= np.sqrt(5.0 / n_answered)
    return Columns(views=views, answers=L.reshape(n, n_llms * n_classes), w0=np.array(w0))


def _shares(settings: Settings, o: PanelMass) -> Vector | None:
    return None if settings.known is None else settings.known.shares(o.shape[2])


def learn_stack(columns: Columns, y: Classes, *, quick: bool = False) -> Stack:
    """Fit the stack on the human rows among y (n,); prior weights where they are of fewer than two classes.

    lambda = (1500 / K) max(1, 50 / m): the fewer human rows m, the harder W is held. Human rows picked
    for being hard count together with some that hold the stack (`chosen_rows`).
    """
    rows = np.flatnonzero(y >= 0)
    n_classes = columns.views.shape[2]
    if len(np.unique(y[rows])) < 2:  # noqa: PLR2004  # one class says nothing about the others
        return prior_stack(columns.w0, columns.answers.shape[1], n_classes)
    weight = row_counts(columns.carried, len(y))[rows]
    penalty = PENALTY / n_classes * max(1.0, 50.0 / float(weight.sum()))
    held, strength = None, columns.picked(y)
    at = rows
    if strength:
        free, T, holds = holding_rows(columns.views, columns.w0, rows, strength)
        at, held = np.concatenate([rows, free]), (T, holds)
    return fit_stack(
        columns.views[at],
        columns.answers[at],
        y[rows],
        w0=columns.w0,
        penalty=penalty,
        held=held,
        weight=weight,
        quick=quick,
    )


def co_train(
    o: PanelMass,
    y: Classes,
    text: LeaveOneOut | None,
    *,
    rounds: int,
    settings: Settings,
    carried: Vector | None = None,
) -> tuple[Learned, Columns]:
    """Learn from observations o (n, N, K), human labels y (n,) and text; return the rows' last columns.

    A row's own posterior is left out of its text view, and a human row's own label out of its
    Dawid-Skene posterior. `carried` (n,) as in `dawid_skene`.
    """
    n_answered = max(int(has_answer(o).any(0).sum()), 1)
    R, confusion = dawid_skene(o, y, settings=settings, carried=carried)
    columns = make_columns(o, R, None, 0.0, n_answered, shares=_shares(settings, o))
    columns = replace(columns, carried=carried)
    stack = learn_stack(columns, y, quick=settings.quick)
    learned = Learned(
        confusion=confusion,
        class_prior=confusion.log_prior,
        n_answered=n_answered,
        gate=0.0,
        ridge=None,
        stack=stack,
    )
    if text is None or not rounds:
        return learned, columns
    P = softmax(learned.scores(columns))
    Q, model = text.fit(np.where(y[:, None] >= 0, one_hot(y, o.shape[2]), P))
    own = own_rows(carried)
    g = gate(P[own], Q[own])
    if g == 0.0:
        return learned, columns
    learned = replace(learned, gate=g, ridge=model)
    return teach_again(o, y, text, learned, P, rounds=rounds, settings=settings, carried=carried)


def teach_again(
    o: PanelMass,
    y: Classes,
    text: LeaveOneOut | None,
    learned: Learned,
    P: Probs,
    *,
    rounds: int,
    settings: Settings,
    carried: Vector | None = None,
) -> tuple[Learned, Columns]:
    """Go on from a posterior P (n, K) for some rounds of text, Dawid-Skene and stack, with the gate as learned."""
    for _ in range(rounds if learned.gate else 1):
        T = np.where(y[:, None] >= 0, one_hot(y, o.shape[2]), P)
        Q, model, prior = None, None, None
        if text is not None and learned.gate:
            Q, model = text.fit(T)
            prior = row_prior(Q, learned.gate, learned.class_prior)
        R, confusion = dawid_skene(o, y, settings=settings, log_prior=prior, start=T, carried=carried)
        columns = make_columns(o, R, Q, learned.gate, learned.n_answered, shares=_shares(settings, o))
        columns = replace(columns, carried=carried)
        stack = learn_stack(columns, y, quick=settings.quick)
        learned = replace(learned, confusion=confusion, ridge=model, stack=stack)
        P = softmax(learned.scores(columns))
    return learned, columns
