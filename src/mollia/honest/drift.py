"""Whether the rows people labelled look like the pool: else a figure from them says nothing about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Floats, Probs
from mollia.errors import DataError

DRAWS = 999  # random draws of as many rows, to compare with
SEED = 20260116
ALARM = 0.002  # once in 500 draws by chance; with refits, which saw fewer labels, in one of 80 draws from 16 recorded panels
LEAST = 0.05  # standard deviation over the pool: where nearly all rows are sure, tenths of a point are no drift, but what refits cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How odd the labelled rows would be as a random draw; `widest` is the class that differs most."""

    p: float
    widest: int
    in_seed: float
    in_pool: float

    @property
    def alarming(self) -> bool:
        """Whether a random draw hardly ever looks like this."""
        return self.p <= ALARM


def drift(seed_posterior: Probs, pool_posterior: Probs) -> Drift | None:
    """Compare the mean posterior and confidence of labelled rows (m, K) with the pool's (n, K).

    The posterior of the labelled rows must not have seen their labels (cross-fitted). A permutation test
    on the largest standardised difference of a mean; None when there is nothing to compare.
    """
    if seed_posterior.shape[1] != pool_posterior.shape[1]:
        raise DataError(
            f"The posteriors have {seed_posterior.shape[1]} and {pool_posterior.shape[1]} classes."
        )
    m, n = len(seed_posterior), len(pool_posterior)
    if m == 0 or n <= m:
        return None
    pool = np.column_stack([pool_posterior, pool_posterior.max(1)])  # (n, K + 1)
    seed_mean = np.append(seed_posterior.mean(0), seed_posterior.max(1).mean())
    mean, spread = pool.mean(0), np.maximum(pool.std(0), LEAST)

    def oddness(means: Floats) -> Floats:
        out: Floats = (np.abs(means - mean) / spread).max(-1)
        return out

    rng = np.random.default_rng(SEED)
    drawn = np.stack([pool[rng.choice(n, m, replace=False)].mean(0) for _ in range(DRAWS)])
    p = (1 + int((oddness(drawn) >= oddness(seed_mean)).sum())) / (DRAWS + 1)
    widest = int((np.abs(seed_mean - mean) / spread)[:-1].argmax())
    return Drift(p=p, widest=widest, in_seed=float(seed_mean[widest]), in_pool=float(mean[widest]))
