"""Shares estimated from a few human labels with the help of a prediction on every row.

Prediction-powered inference with a tuned weight (PPI++, Angelopoulos, Duchi and Zrnic 2023, arXiv
2311.01453). The rows are a known, finite pool, so the estimator is the survey sampler's regression
estimator (Cochran 1977, ch. 7) with a finite-population correction. Two things keep it honest at 50
labels, where plain PPI++ covers less than it says: the weight and the gain in variance are computed
with four pseudo-rows (two right, two wrong, at the mean prediction), and the interval is Wilson's at the
effective number of rows, which neither leaves [0, 1] nor collapses. Where rows weigh differently, the
pseudo-rows weigh as much as the root mean square row: with weight 1 the interval is too narrow when one
sure row stands for many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Mask, Vector
from mollia.errors import DataError, NotEnoughLabels
from mollia.estimate import Estimate
from mollia.honest.intervals import check_level, wilson, wilson_bounds

PSEUDO = (1.0, 1.0, 0.0, 0.0)
METHOD = "prediction-powered"
WEIGHTED = "weighted by chance"
EQUAL = 1e-9  # weights that differ by less, relative to the largest, are the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Powered:
    """An estimate before its interval: `weight` is lambda, `effective` the rows it is worth."""

    value: float
    weight: float
    effective: float


def power(
    seen: Mask, predicted: Vector, pool_mean: float, n_pool: int, weight: Vector | None = None
) -> Powered:
    """Estimate a share over a pool from the n rows a person saw.

    theta = lambda mean_N(m) + mean_n(c - lambda m), lambda = clip(cov(c, m) / var(m), 0, 1).

    Parameters
    ----------
    seen : (n,)
        c: whether the row has the property (right, of the class).
    predicted : (n,)
        m: the predicted chance of it in the same rows, by a model that these rows did not train.
    pool_mean : float
        The mean of m over all n_pool rows.
    weight : (n,), optional
        How many rows each of them stands for, up to a factor: the inverse of its inclusion probability
        (Hajek), or `batch_draws.open_weights`. Without it the n rows are a simple random sample without
        replacement.
    """
    n = len(seen)
    c = np.concatenate([seen.astype(float), PSEUDO])  # (n + 4,)
    w = np.ones(n) if weight is None else weight / np.mean(weight)  # mean 1
    mean = float(w @ predicted / n)
    m = np.concatenate([predicted, np.full(4, mean)])
    w4 = np.concatenate([w, np.full(4, np.sqrt(np.mean(w**2)))])
    plain = np.concatenate([w, np.ones(4)])
    c0, m0 = c - np.average(c, weights=w4), m - mean
    spread = float(w4 @ m0**2)
    slope = float(np.clip(w4 @ (c0 * m0) / spread, 0.0, 1.0)) if spread > 0 else 0.0
    # Variance of the weighted mean of c - lambda m, beside that of c in a plain sample.
    gain = float((w4**2) @ (c0 - slope * m0) ** 2 / (plain @ c0**2))
    if slope > 0 and n > 2:  # noqa: PLR2004  # a slope costs a degree of freedom
        gain = min(gain * (n - 1) / (n - 2), float((w4**2) @ c0**2 / (plain @ c0**2)))
    value = float(np.clip(w @ seen / n + slope * (pool_mean - mean), 0.0, 1.0))
    correction = (n_pool - 1) / (n_pool - n) if weight is None else 1.0
    return Powered(value=value, weight=slope, effective=n / gain * correction)


def prediction_powered(
    seen: Mask,
    predicted: Vector,
    predicted_all: Vector,
    *,
    level: float = 0.95,
    chance: Vector | None = None,
    weight: Vector | None = None,
    worth: float = 1.0,
    what: str = "accuracy",
) -> Estimate:
    """Return a share over a pool with its interval, from n rows a person saw and a prediction on all.

    `seen` (n,), `predicted` (n,) and `weight` (n,) are as in `power`, `chance` (n,) stands for a weight of one over
    it; `predicted_all` (N,) is the prediction on every row of the pool, the n rows included. `worth` is what a
    seen row counts where the predictions for the seen rows are cross-fitted (`accuracy.WORTH`), 1 otherwise.

    Raises
    ------
    NotEnoughLabels
        When n is 0.
    DataError
        When the lengths do not fit, or a chance is not in (0, 1].
    """
    check_level(level)
    n, n_pool = len(seen), len(predicted_all)
    if n == 0:
        raise NotEnoughLabels("There is no human label to estimate from.", hint="Label some random rows.")
    if len(predicted) != n or n > n_pool or (chance is not None and len(chance) != n):
        raise DataError(
            f"There are {n} labelled rows, {len(predicted)} predictions for them and {n_pool} rows in all."
        )
    if chance is not None and not ((chance > 0) & (chance <= 1)).all():
        raise DataError("An inclusion probability must be above 0 and at most 1.")
    pool_mean = float(predicted_all.mean())
    if n == n_pool:
        share = float(seen.mean())
        low = high = share
    else:
        found = power(seen, predicted, pool_mean, n_pool, weight if chance is None else 1 / chance)
        share = found.value
        low, high = wilson_bounds(share, worth * found.effective, level)
    return Estimate(
        value=share, low=low, high=high, level=level, n_human=n, n_rows=n_pool, method=METHOD, what=what
    )


def uneven(weight: Vector) -> Vector | None:
    """Return weights (n,), None where all are equal: the rows are then a plain random sample."""
    return None if np.ptp(weight) < EQUAL * max(1.0, float(np.abs(weight).max(initial=0.0))) else weight


def weighted_share(
    seen: Mask, weight: Vector | None, *, level: float = 0.95, what: str = "accuracy"
) -> Estimate:
    """Return a share with its interval from n rows, one at least, that stand for `weight` (n,) rows each.

    Without a weight it is Wilson's interval; with one, Wilson's at the effective number of rows (`power`).
    """
    n = len(seen)
    if weight is None:
        return wilson(int(seen.sum()), n, level, what=what)
    nothing = np.zeros(n)
    found = power(seen, nothing, 0.0, n, weight)
    low, high = wilson_bounds(found.value, found.effective, level)
    return Estimate(
        value=found.value, low=low, high=high, level=level, n_human=n, n_rows=n, method=WEIGHTED, what=what
    )
