"""Checks on what a student is asked to learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Mask, Probs, Vector
from mollia.errors import DataError

ROUNDING = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """Soft labels y (n, K), weights (n,) and Y- (n, K), checked."""

    y: Probs
    weight: Vector
    negative: Mask


def check_lessons(n: int, y: Probs, weight: Vector | None, negative: Mask | None) -> Lessons:
    """Return the labels of n rows with defaults filled in: weight 1, no Y-.

    Raises
    ------
    DataError
        Without rows, when shapes do not fit, or when labels or weights are impossible.
    """
    y = np.asarray(y, np.float64)
    if y.ndim != 2 or len(y) != n:  # noqa: PLR2004  # (n, K)
        raise DataError(
            f"A student needs soft labels of shape (n, K) for n = {n} texts; these are {y.shape}.",
            hint="Class numbers become soft labels with mollia.arrays.one_hot(y, n_classes).",
        )
    if n == 0 or y.shape[1] == 0:
        raise DataError("A student cannot learn from no rows.", hint="Label at least one row.")
    weight = np.ones(n) if weight is None else np.asarray(weight, np.float64)
    negative = np.zeros(y.shape, bool) if negative is None else np.asarray(negative, bool)
    if weight.shape != (n,) or negative.shape != y.shape:
        raise DataError(
            f"Weights {weight.shape} must be (n,) and negative labels {negative.shape} must be (n, K) "
            f"= {y.shape}."
        )
    wrong = ~np.isfinite(y).all(1) | (y < 0).any(1) | (np.abs(y.sum(1) - 1) > ROUNDING)
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"The soft label of training row {row} is not a distribution: {y[row].tolist()}.",
            hint="Each row must be at least 0 and sum to 1; leave rows without a label out.",
        )
    if not np.isfinite(weight).all() or (weight < 0).any():
        row = int((~np.isfinite(weight) | (weight < 0)).argmax())
        raise DataError(f"The weight of training row {row} is {weight[row]}; it must be at least 0.")
    return Lessons(y=y, weight=weight, negative=negative)
