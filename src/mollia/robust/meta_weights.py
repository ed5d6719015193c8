"""Learned weights: what human labels say about discrepancy, Y- and single rows.

Nothing here sees a label that it later scores: `right` and the student's predictions are cross-fitted,
each human row judged by a fuser and a student that did not learn from it. With few human rows the
values stay near what a person would assume without any.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.base import clone

from mollia.arrays import Classes, Mask, Probs, Rows, Vector
from mollia.protocols import Student
from mollia.randomness import generator

FOLDS = 5
LEAST_TRUST = 0.05


def learned_alpha(right: Mask, differ: Mask) -> float:
    """Return alpha as the odds that a discrepant label is as good as another (docs/student.md).

    `right` (h,): the fused label is the human one; `differ` (h,): the student says otherwise. With
    r right of n rows where they differ (d) and agree (a), alpha is the ratio of the smoothed shares
    (r_d + 1) / (n_d + 2) and (r_a + 2) / (n_a + 3), at most 1. Without human rows it is 0.75.
    """
    good, bad = right[~differ], right[differ]
    share_differ = (np.count_nonzero(bad) + 1) / (len(bad) + 2)
    share_agree = (np.count_nonzero(good) + 2) / (len(good) + 3)
    return float(min(share_differ / share_agree, 1.0))


def learned_lambda(y: Classes, negative: Mask, lambda_: float) -> float:
    """Return lambda times how much better Y- is than naming classes by chance.

    `y` (h,) are human labels, `negative` (h, K) the cross-fitted Y- of their rows. A Y- drawn by chance
    holds the true class in |Y-|/K of the rows; w rows where it does, smoothed as (w + 1/2) / (h + 1),
    keep the share 1 - observed / by chance, cut to [0, 1].
    """
    by_chance = float(negative.mean()) if negative.size else 0.0
    if by_chance == 0.0:
        return 0.0
    wrong = np.count_nonzero(negative[np.arange(len(y)), y])
    observed = (wrong + 0.5) / (len(y) + 1)
    return lambda_ * float(np.clip(1 - observed / by_chance, 0.0, 1.0))


def trust_weights(posterior: Probs, out_of_fold: Probs) -> Vector:
    """Return each row's trust (n,): the probability of y+ given the predictions of fuser and student.

    The product of the fused posterior and the student's out-of-fold probabilities, both (n, K),
    normalised and read at the posterior's argmax; at least 0.05.
    """
    both = posterior * out_of_fold
    total = both.sum(1)
    at = both[np.arange(len(both)), posterior.argmax(1)]
    share = np.where(total > 0, at / np.where(total > 0, total, 1.0), 1.0 / posterior.shape[1])
    trust: Vector = np.maximum(share, LEAST_TRUST)
    return trust


def out_of_fold_probs(
    student: Student,
    texts: Sequence[str],
    y: Probs,
    *,
    groups: Rows | None = None,
    random_state: int | None = 0,
) -> Probs:
    """Return probabilities (n, K) for each row by a student that did not learn from its text.

    Rows of equal `groups` (n,) share a fold. With fewer than two groups the probabilities are even.
    """
    owner = np.arange(len(texts)) if groups is None else np.unique(groups, return_inverse=True)[1]
    n_groups = int(owner.max(initial=-1)) + 1
    folds = min(FOLDS, n_groups)
    probs: Probs = np.full(y.shape, 1.0 / y.shape[1])
    if folds < 2:  # noqa: PLR2004  # one to learn from, one to judge
        return probs
    fold = (generator(random_state, "out of fold").permutation(n_groups) % folds)[owner]
    for number in range(folds):
        inside, outside = np.flatnonzero(fold != number).tolist(), np.flatnonzero(fold == number).tolist()
        learner: Student = clone(student).fit([texts[row] for row in inside], y[inside])
        probs[outside] = learner.predict_proba([texts[row] for row in outside])
    return probs
