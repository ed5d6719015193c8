"""Which way of asking one LLM is best, chosen on human rows; and what the choice is worth on rows that did not choose.

With 50 labelled rows the best of nine prompts looks several points better than it is. So each fold of the human rows is
judged by what the other folds chose, both the choice and the reading of the answers made without it.

A way's answers are read as the fuser reads a lone LLM: as probabilities whose weight and bias are learned
(`fusion.stack`), so that an LLM that prefers one class but tells the classes apart is not called bad for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mollia.arrays import Classes, Floats, Mask, PanelMass, Probs, Rows, Vector, softmax
from mollia.errors import DataError, NotEnoughLabels
from mollia.fusion.observation import log_observation
from mollia.fusion.stack import fit_stack
from mollia.honest.cross_fit import folds_of
from mollia.honest.intervals import z_value

LEAST = 20  # human rows below which a choice is a guess
FOLDS = 5
WEIGHT = 0.7  # of the answers before any label
PENALTY = 10.0  # on what the answers say of other classes, per class
FLOOR = 1e-6
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """A mean difference over the human rows, with its standard error and 95 % interval."""

    value: float
    error: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptChoice:
    """What the human rows say of J ways of asking an LLM, of which the first is the present one.

    Parameters
    ----------
    right, log_score : (J,)
        Share of human rows whose class is the most probable, and mean log probability of it, each row read by a fit without
        its fold. The best of them is flattered by having been chosen.
    chosen : the way with the best log score.
    right_gain, log_gain : of choosing in this manner over the present way, on rows that did not choose.
    """

    right: Vector
    log_score: Vector
    chosen: int
    right_gain: Gain
    log_gain: Gain
    n_human: int

    @property
    def better(self) -> bool:
        """Whether to change: another way was chosen, and choosing gained more than its standard error."""
        return self.chosen != 0 and self.log_gain.value > self.log_gain.error


def choose_prompt(o: PanelMass, y: Classes, groups: Rows, *, random_state: int | None = 0) -> PromptChoice:
    """Choose among J ways of asking from observations o (m, J, K) of human rows with classes y (m,).

    Copies of one text share a number in `groups` (m,) and a fold.

    Raises
    ------
    DataError
        When a row has no class.
    NotEnoughLabels
        With fewer than LEAST different texts.
    """
    if (y < 0).any():
        raise DataError("Every row that chooses among prompts needs a human label.")
    check_enough(groups)
    fold = folds_of(y, groups, FOLDS, random_state)
    L = log_observation(o)  # (m, J, K)
    P = np.zeros(o.shape)  # each row read by a fit without its fold
    for out in np.unique(fold):
        P[fold == out] = _read(L, y, fold != out, fold == out)
    own, chosen_for = np.arange(len(y)), _chosen_without(L, y, fold)[fold]
    log = _log(P, y)
    right = P.argmax(2) == y[:, None]
    mean = log.mean(0)
    return PromptChoice(
        right=right.mean(0),
        log_score=mean,
        chosen=int(mean.argmax()),
        right_gain=_gain(right[own, chosen_for].astype(float) - right[:, 0]),
        log_gain=_gain(log[own, chosen_for] - log[:, 0]),
        n_human=len(y),
    )


def check_enough(groups: Rows) -> None:
    """Refuse to choose on the human rows of fewer than LEAST different texts; `groups` (m,) numbers the rows' texts.

    Raises
    ------
    NotEnoughLabels
        When they are fewer.
    """
    n = len(np.unique(groups))
    if n < LEAST:
        raise NotEnoughLabels(
            f"{n} labelled texts are too few to choose among prompts.",
            hint=f"Label {LEAST - n} more, about 50 are a good start: `mollia serve`, or seed.path.",
        )


def _chosen_without(L: Floats, y: Classes, fold: Rows) -> Rows:
    """Return for each fold the way that the other folds choose, (F,); the fits that score a row have seen neither fold."""
    n_folds = int(fold.max()) + 1
    log = np.zeros((n_folds, *L.shape[:2]))  # (F, m, J)
    for pair in combinations(range(n_folds), 2):
        held = np.isin(fold, pair)
        found = _log(_read(L, y, ~held, held), y[held])
        for out, other in (pair, pair[::-1]):
            log[out, fold == other] = found[fold[held] == other]
    return np.array([log[out, fold != out].mean(0).argmax() for out in range(n_folds)])


def _log(P: Probs, y: Classes) -> Floats:
    """Return the log probabilities (m, J) of the classes y (m,) in P (m, J, K)."""
    out: Floats = np.log(np.maximum(P[np.arange(len(y)), :, y], FLOOR))
    return out


def _read(L: Floats, y: Classes, seen: Mask, held: Mask) -> Probs:
    """Return what fits on the rows `seen` say of those `held`, by way: (h, J, K)."""
    n_classes = L.shape[2]
    penalty = PENALTY / n_classes * max(1.0, 50.0 / max(int(seen.sum()), 1))
    out = np.empty((int(held.sum()), *L.shape[1:]))
    for way in range(L.shape[1]):
        own = L[:, way]  # (m, K)
        stack = fit_stack(own[seen][:, None], own[seen], y[seen], w0=np.array([WEIGHT]), penalty=penalty)
        out[:, way] = softmax(stack.scores(own[held][:, None], own[held]))
    return out


def _gain(difference: Vector) -> Gain:
    mean = float(difference.mean())
    error = float(difference.std(ddof=1)) / np.sqrt(len(difference))
    half = z_value(LEVEL) * error
    return Gain(value=mean, error=error, low=mean - half, high=mean + half)
