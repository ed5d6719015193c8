"""Temperature: probabilities that mean what they say."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Classes, Floats, Rows, softmax

MIN_LABELS = 20  # fewer cannot be split into folds that say anything
FEW = 1.3  # T with human labels, but fewer than MIN_LABELS
NONE = 2.0  # T without human labels
CENTRE = 1.2  # where the penalty 2 (log T - log 1.2)^2 pulls
PULL = 2.0
N_FOLDS = 5


def folds(n: int) -> Rows:
    """Return each human row's fold (n,), 0 to 4 in turn."""
    return np.arange(n) % N_FOLDS


def negative_log_likelihood(probs: Floats, y: Classes) -> float:
    """Return -sum log p of the right classes, for probs (m, K) and y (m,)."""
    return float(-np.log(np.maximum(probs[np.arange(len(y)), y], 1e-12)).sum())


def temperature(scores: Floats, y: Classes) -> float:
    """Return T from cross-fitted scores (m, K) of human rows y (m,).

    T minimises the negative log-likelihood of softmax(S / T) plus a pull towards 1.2
    (FUSION, step 6).
    """
    grid = np.exp(np.linspace(-1.0, 2.0, 61))
    costs = [
        negative_log_likelihood(softmax(scores / t), y) + PULL * (np.log(t) - np.log(CENTRE)) ** 2
        for t in grid
    ]
    return float(grid[int(np.argmin(costs))])
