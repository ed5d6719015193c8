"""One accuracy per LLM, learned by EM: what is left of Dawid-Skene where classes are too many for confusions.

    R_xk ~ prior_k exp(.6 sum_i o_ik log(a_i (K - 1) / (1 - a_i))),   a_i ~ (sum_x w_x o_ix . R_x + 7) / (sum_x w_x + 10)

with human rows clamped, w = 5 for them and 1 otherwise. The .6 stands for errors that the LLMs share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Floats, PanelMass, Probs, Vector, one_hot, softmax
from mollia.fusion.carried import own_rows, row_counts
from mollia.fusion.observation import has_answer, mean_over_llms

RIGHT, ROWS = 7.0, 10.0  # rows that the prior accuracy stands for, and how many of them are right
HUMAN_WEIGHT = 5.0
SHARED_ERRORS = 0.6
PRIOR_COUNT, PRIOR_SHARE = 2.0, 0.3
STEPS, TOLERANCE = 20, 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class OneCoin:
    """Learned: each LLM's weight (N,) and the log class prior (K,)."""

    weight: Vector
    log_prior: Vector

    def posterior(self, o: PanelMass) -> Probs:
        """Return the posterior (n, K) of rows, each taken as new."""
        scores: Floats = np.einsum("nik,i->nk", o, self.weight) + self.log_prior
        return softmax(scores)


def learn_one_coin(o: PanelMass, y: Classes, carried: Vector | None = None) -> OneCoin:
    """Learn from observations o (n, N, K) and labels y (n,), -1 = none; `carried` (n,) as in `confusion.dawid_skene`."""
    n_classes = o.shape[2]
    own = own_rows(carried)
    n = len(y[own])
    human = np.flatnonzero(y >= 0)
    clamp = one_hot(y[human], n_classes)
    w = np.where(y >= 0, HUMAN_WEIGHT, 1.0) * row_counts(carried, len(y))
    answered = w @ has_answer(o)  # (N,)
    R = mean_over_llms(o)
    R[human] = clamp
    for _ in range(STEPS):
        right = np.einsum("nik,nk->i", o, R * w[:, None])
        accuracy = np.clip((right + RIGHT) / (answered + ROWS), 1 / n_classes + 0.01, 0.98)
        mass = w[own] @ R[own] + PRIOR_COUNT + PRIOR_SHARE * n / n_classes
        learned = OneCoin(
            weight=SHARED_ERRORS * np.log(accuracy * max(n_classes - 1, 1) / (1 - accuracy)),
            log_prior=np.log(mass / mass.sum()),
        )
        new = learned.posterior(o)
        new[human] = clamp
        moved, R = float(np.abs(new - R).max(initial=0.0)), new
        if moved < TOLERANCE:
            break
    return learned
