"""The last step: a log-linear pool of the fused scores and the supervised views.

    log P = a S + sum_j b_j log V_j + const,  a > 0, b_j >= 0

a (an inverse temperature) and b are fitted on held-out values of the human rows, with
penalties 10 h (log a + log t)^2 + 20 max(1, 7 K / m) |b|^2 for m human rows, h = (100 / m)^2 6 / K
between 1 and 4 (a row says more of the temperature where there are many classes) and t = 1.2. So a supervised
view counts for little at 50 labels, for less with many classes, and for what it is worth at 500, and the
probabilities mean what they say.

Rows picked for being hard say little of the temperature among the others, where it comes out too low. With s from 0
(a random draw) to 1 (`chosen_rows`), t = 1.2 (1 + .2 s), and h is 1 + 2 s times as large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from mollia.arrays import Classes, Floats, Probs, Vector, clog, softmax

CENTRE = 1.2  # the temperature 1 / a without evidence
SCORE_PENALTY = 10.0
SURE_ROWS = 100.0  # human rows below which the temperature is held harder: fifty miss it by a third
FEW_CLASSES = 6.0  # with more, less hard
CHOSEN_CENTRE = 0.2
CHOSEN_HOLD = 2.0
VIEW_PENALTY = 20.0
ROWS_PER_CLASS = 7.0  # human rows per class below which a supervised view is trusted less
FLOOR = 1e-3  # added to a view's probabilities before the log


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLinearPool:
    """Weights: `a` of the fused scores, b (J,) of the views."""

    a: float
    b: Vector

    def posterior(self, scores: Floats, views: Sequence[Probs]) -> Probs:
        """Return P (n, K) from scores S (n, K) and views V_j (n, K)."""
        S = self.a * scores
        for weight, view in zip(self.b, views, strict=True):
            S = S + weight * clog(view, FLOOR)
        return softmax(S)


def fit_pool(
    scores: Floats,
    views: Sequence[Probs],
    y: Classes,
    *,
    picked: float = 0.0,
    weight: Vector | None = None,
) -> LogLinearPool:
    """Fit the pool on held-out scores (m, K) and views (m, K) of human rows y (m,).

    `picked` is 0 for a random draw, up to 1 for rows picked for being hard; `weight` (m,) is how much a row counts.
    """
    logs = np.stack([scores, *(clog(view, FLOOR) for view in views)])  # (1 + J, m, K)
    own, w = np.arange(len(y)), np.ones(len(y)) if weight is None else weight
    m = max(float(w.sum()), 1.0)
    few = (SURE_ROWS / m) ** 2 * FEW_CLASSES / scores.shape[1]
    hold = SCORE_PENALTY * float(np.clip(few, 1.0, 4.0)) * (1 + CHOSEN_HOLD * picked)
    centre = np.log(CENTRE * (1 + CHOSEN_CENTRE * picked))
    penalty = VIEW_PENALTY * max(1.0, ROWS_PER_CLASS * scores.shape[1] / m)

    def loss(theta: Vector) -> tuple[float, Vector]:
        weights = np.concatenate([[np.exp(theta[0])], theta[1:]])
        P = softmax(np.tensordot(weights, logs, axes=1))
        off = theta[0] + centre
        value = -(w * np.log(np.maximum(P[own, y], 1e-12))).sum()
        value += hold * off**2 + penalty * (theta[1:] ** 2).sum()
        P[own, y] -= 1.0
        P *= w[:, None]
        slope = np.tensordot(logs, P, axes=([1, 2], [0, 1]))
        slope[0] = slope[0] * weights[0] + 2 * hold * off
        slope[1:] += 2 * penalty * theta[1:]
        return float(value), slope

    start = np.concatenate([[-centre], np.zeros(len(views))])
    bounds = [(-3.0, 1.5), *[(0.0, None)] * len(views)]
    theta = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return LogLinearPool(a=float(np.exp(theta[0])), b=theta[1:])
