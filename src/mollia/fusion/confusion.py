"""Expectation-maximisation of Dawid and Skene (1979) on soft answers, with human rows clamped.

    Pi_i[k, a] ~ sum_x w_x R_xk o_i[a] + m K D_i[k, a]
    R_xk       ~ prior_k prod_i prod_a Pi_i[k, a] ^ (omega_i o_ia)

Symbols: o (n, N, K) observations, R (n, K) responsibilities, Pi (N, K, K) confusion
distributions (row k: what LLM i says of class k), D the prior confusion: the same for all LLMs, or learned from
the panel in every step (`panel_prior`). omega (N,): 1, or less for LLMs that make the same errors as others.

Of very many masses Pi is learned anew after each block of rows, in place of once a step (Neal and Hinton 1998), and a block's
counts go further than to their new values (Salakhutdinov and Roweis 2003): the same fixed points, in fewer steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike

from mollia.arrays import Classes, Floats, Mask, PanelMass, Probs, Rows, Vector, one_hot, softmax
from mollia.fusion.carried import row_counts
from mollia.fusion.known_llms import KnownLLMs
from mollia.fusion.observation import mean_over_llms
from mollia.fusion.panel_prior import prior_confusions, shared_errors

MANY_CELLS = 1_000_000  # rows x LLMs x classes above which the EM runs in single precision
TINY = 1e-10  # a confusion probability is never below this


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Constants of the EM; the defaults are docs/fusion.md's step 2."""

    human_weight: float = 5.0  # w of a human row
    smoothing: float = 1.0  # m, weight of the prior confusion
    accuracy: float = 0.7  # D's diagonal
    prior_count: float = 2.0  # added to each class's count
    prior_share: float = 0.0  # of a class's count where all classes are equally frequent, added to each
    panel_prior: bool = False  # D_i and omega are learned from the panel
    max_steps: int = 30
    block: int | None = None  # rows after which the confusions are learned anew, None = all
    overstep: float = 1.0  # times the way to its new counts that a block goes, but in the first and last step
    tolerance: float = 1e-4  # stop when no responsibility moves by more
    most_rows: int | None = None  # of a larger pool so many rows teach the confusions
    quick: bool = False  # the stack in single precision (`fit_stack`)
    known: KnownLLMs | None = None  # what the LLMs were like on earlier tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """What the EM learned: counts (N, K, K), the log prior (K,), and how much each LLM counts (N,)."""

    counts: Floats
    log_prior: Vector
    omega: Vector

    @property
    def log_confusion(self) -> Floats:
        """Log Pi, (N, K, K)."""
        return _log_rows(self.counts)

    def log_likelihood(self, o: PanelMass) -> Floats:
        """Return sum_i omega_i sum_a o_ia log Pi_i[k, a], (n, K)."""
        return _log_likelihood(o, self.log_confusion * self.omega[:, None, None])


def _log_rows(counts: Floats) -> Floats:
    total = np.maximum(counts.sum(-1, keepdims=True), TINY)
    out: Floats = np.log(np.maximum(counts / total, TINY))
    return out


def _log_likelihood(o: PanelMass, log_confusion: Floats) -> Floats:
    n, n_llms, n_classes = o.shape
    by_answer = log_confusion.transpose(0, 2, 1).reshape(n_llms * n_classes, n_classes)  # (N a, k)
    out: Floats = o.reshape(n, n_llms * n_classes) @ by_answer
    return out


def prior_confusion(n_classes: int, accuracy: float) -> Floats:
    """Return D: `accuracy` on the diagonal, the rest shared evenly (K, K)."""
    off = (1.0 - accuracy) / max(n_classes - 1, 1)
    out: Floats = np.full((n_classes, n_classes), off)
    np.fill_diagonal(out, accuracy if n_classes > 1 else 1.0)
    return out


def dawid_skene(
    o: PanelMass,
    y: Classes,
    *,
    settings: Settings,
    log_prior: Floats | None = None,
    start: Probs | None = None,
    repeats: Vector | None = None,
    carried: Vector | None = None,
) -> tuple[Probs, Confusion]:
    """Run the EM; return the posterior (n, K) and what was learned.

    y (n,) clamps rows with a human label, -1 elsewhere. `log_prior` (n, K) replaces the learned
    class prior, row by row. `start` (n, K) is the first R, by default the mean of o. `repeats` (n,)
    is how many equal rows each one stands for. `carried` (n,) is 0 for the pool's rows, above it for labelled rows of an
    earlier task: how much of a human row's weight they have; they say nothing of the class prior. The posterior of a human row comes from Pi without that row's own clamped count
    (leave-one-out), so that it does not repeat the label it was given.
    """
    some = learned_from(y, settings.most_rows)
    weight = _weights(y, settings, carried)
    learned = _learn(
        o[some],
        y[some],
        mean_over_llms(o[some]) if start is None else start[some],
        None if log_prior is None else log_prior[some],
        settings,
        None if repeats is None else repeats[some],
        weight=weight[some],
        own=None if carried is None else carried[some] == 0,
    )
    prior = learned.log_prior if log_prior is None else log_prior
    if settings.panel_prior:
        R = _posterior(o[some], y[some], learned, prior if log_prior is None else prior[some], weight[some])
        T = np.where(y[some, None] >= 0, one_hot(y[some], o.shape[2]), R)
        learned = replace(learned, omega=shared_errors(o[some], T, learned.counts, weight[some]))
    return _posterior(o, y, learned, prior, weight), learned


def _weights(y: Classes, settings: Settings, carried: Vector | None) -> Vector:
    """Return how much each row (n,) counts."""
    weight: Vector = np.where(y >= 0, settings.human_weight, 1.0) * row_counts(carried, len(y))
    return weight


def _posterior(o: PanelMass, y: Classes, learned: Confusion, prior: Floats, weight: Vector) -> Probs:
    scores = learned.log_likelihood(o) + prior
    human = np.flatnonzero(y >= 0)
    scores[human] = _left_out(scores[human], o[human], y[human], learned, weight[human])
    return softmax(scores)


def learned_from(y: Classes, most: int | None) -> Rows | slice:
    """Return the rows that are learned from: all, or the human ones and others at even steps."""
    if most is None or len(y) <= most:
        return slice(None)
    steps = np.linspace(0, len(y) - 1, most).astype(np.int64)
    rows: Rows = np.union1d(steps, np.flatnonzero(y >= 0))
    return rows


@dataclass(kw_only=True, slots=True)
class _Block:
    """Some rows of the EM. Arrays lie class by class: sums over few classes are slow row by row."""

    said: Floats  # (N K, b) observations
    prior: Floats | None  # (K, b), the rows' own
    human: Rows
    clamp: Floats  # (K, m), what stands in the human rows
    repeats: Vector | None
    own: Mask | None
    R: Floats  # (K, b), weighted
    counts: Floats  # (K, N K), expected
    mass: Vector  # (K,), of the pool's rows

    def expect(self, learned: Confusion) -> float:
        """Set R to what was learned; return how far it moved."""
        n_classes, kind = len(self.R), self.R.dtype
        by_class = learned.log_confusion.transpose(1, 0, 2).reshape(n_classes, -1)
        new = by_class.astype(kind, copy=False) @ self.said
        new += learned.log_prior[:, None].astype(kind, copy=False) if self.prior is None else self.prior
        new -= new.max(0)
        np.exp(new, out=new)
        new /= new.sum(0)
        new[:, self.human] = self.clamp
        self.R -= new
        moved = max(float(self.R.max(initial=0.0)), -float(self.R.min(initial=0.0)))
        self.R = new
        return moved

    def count(self, share: float = 1.0) -> None:
        """Count the rows by R, going so many times the way from the last counts."""
        R = self.R if self.repeats is None else self.R * self.repeats.astype(self.R.dtype, copy=False)
        counts = (R @ self.said.T).astype(np.float64, copy=False)
        mass = (R if self.own is None else R[:, self.own]).sum(1, dtype=np.float64)
        if share != 1.0:
            counts = np.maximum(self.counts + share * (counts - self.counts), 0.0)
            mass = np.maximum(self.mass + share * (mass - self.mass), 0.0)
        self.counts, self.mass = counts, mass


def _learn(  # noqa: PLR0917  # the EM's state
    o: PanelMass,
    y: Classes,
    start: Probs,
    log_prior: Floats | None,
    settings: Settings,
    repeats: Vector | None,
    *,
    weight: Vector,
    own: Mask | None,
) -> Confusion:
    """Run the EM on all rows given."""
    n, n_llms, n_classes = o.shape
    fixed = prior_confusion(n_classes, settings.accuracy)
    n_own = n if own is None else int(own.sum())
    known = 0.0 if settings.known is None else settings.known.counts(int((y >= 0).sum()))
    n_blocks = 1 if settings.block is None else max(1, round(n / settings.block))

    def block(rows: slice) -> _Block:
        kind: DTypeLike = np.float32 if o.size > MANY_CELLS else np.float64
        human = np.flatnonzero(y[rows] >= 0)
        made = _Block(
            said=np.ascontiguousarray(o[rows].reshape(-1, n_llms * n_classes).T, kind),
            prior=None if log_prior is None else np.ascontiguousarray(log_prior[rows].T, kind),
            human=human,
            clamp=weight[rows][human] * one_hot(y[rows][human], n_classes).T,
            repeats=None if repeats is None else repeats[rows],
            own=None if own is None else own[rows],
            R=np.array(start[rows].T, kind),
            counts=np.zeros(0),
            mass=np.zeros(0),
        )
        made.R[:, human] = made.clamp
        made.count()
        return made

    blocks = [block(slice(at, None, n_blocks)) for at in range(n_blocks)]

    def maximise() -> Confusion:
        total = sum((each.counts for each in blocks[1:]), blocks[0].counts)
        counts = total.reshape(n_classes, n_llms, n_classes).transpose(1, 0, 2)
        mass = sum((each.mass for each in blocks[1:]), blocks[0].mass)
        mass = mass + settings.prior_count + settings.prior_share * n_own / n_classes
        log_prior: Vector = np.log(np.maximum(mass / max(mass.sum(), TINY), TINY))
        D = prior_confusions(counts, settings.accuracy) if settings.panel_prior else fixed
        counts = counts + settings.smoothing * n_classes * D + known
        return Confusion(counts=counts, log_prior=log_prior, omega=np.ones(n_llms))

    learned = maximise()
    for step in range(settings.max_steps):
        moved, between = 0.0, 0 < step < settings.max_steps - 1
        for each in blocks:
            moved = max(moved, each.expect(learned))
            if each is blocks[-1] and moved < settings.tolerance:
                return learned
            each.count(settings.overstep if between else 1.0)
            learned = maximise()
    return learned


def _left_out(scores: Floats, o: PanelMass, y: Classes, learned: Confusion, weight: Vector) -> Floats:
    """Return human rows' scores (m, K), each without its own count in its own class."""
    own = np.arange(len(y))
    counts = learned.counts[:, y, :].transpose(1, 0, 2)  # (m, N, K): row y of each Pi
    log_full = _log_rows(counts)
    log_rest = _log_rows(np.maximum(counts - weight[:, None, None] * o, 1e-9))
    out = scores.copy()
    out[own, y] += (o * (log_rest - log_full) * learned.omega[:, None]).sum((1, 2))
    return out
