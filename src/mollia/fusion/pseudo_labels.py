"""Pseudo-labelling: a model's surest predictions become training labels, until none is left."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mollia.arrays import Classes, Probs

# Trains on the rows with a label (n,) >= 0 and returns the posterior (n, K) of all rows.
Refit = Callable[[Classes], Probs]


def pseudo_label(refit: Refit, y: Classes, *, sigma: float, max_rounds: int) -> tuple[Probs, Classes]:
    """Return the last posterior (n, K) and the labels (n,) it was trained on.

    Rows whose top probability exceeds sigma join the training set with their predicted class
    and stay in it; at most `max_rounds` refits follow the first fit, and none once all rows that
    are left would join (docs/method.md, sections 3 and 7).
    Nothing is selected: the last model is the model.
    """
    labels = y.copy()
    probs = refit(labels)
    for _ in range(max_rounds):
        left = labels < 0
        sure = left & (probs.max(1) > sigma)
        if not sure.any() or (sure == left).all():
            break
        labels[sure] = probs.argmax(1)[sure]
        probs = refit(labels)
    return probs, labels


def count_pseudo(labels: Classes, y: Classes) -> int:
    """Return how many of the labels (n,) no person gave."""
    return int(np.count_nonzero((labels >= 0) & (y < 0)))
