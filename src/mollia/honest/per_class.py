"""Class shares, and precision, recall and F1 of each class, each with an interval.

K figures in the task's order; None where a class has no row to judge it (no claim is made).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Vector
from mollia.errors import DataError
from mollia.estimate import Estimate
from mollia.honest.prediction_powered import prediction_powered, weighted_share


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """One class: `support` human rows are of it, `predicted` human rows got it as label."""

    support: int
    predicted: int
    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None


def class_shares(
    y: Classes,
    posterior: Probs,
    pool_posterior: Probs,
    *,
    weight: Vector | None = None,
    level: float = 0.95,
    worth: float = 1.0,
) -> list[Estimate]:
    """Return each class's share of the pool (K), prediction-powered.

    y (m,) and posterior (m, K) belong to rows drawn at random whose labels did not train that
    posterior (audit rows, or a seed with its cross-fitted posterior); pool_posterior (N, K) is the
    posterior of all rows; `weight` (m,) and `worth` are as in `prediction_powered`. Counting labels
    instead is biased towards the classes the panel prefers.
    """
    if posterior.shape != (len(y), pool_posterior.shape[1]):
        raise DataError(f"The posterior has shape {posterior.shape} for {len(y)} human labels.")
    return [
        prediction_powered(
            y == k,
            posterior[:, k],
            pool_posterior[:, k],
            weight=weight,
            level=level,
            worth=worth,
            what="class share",
        )
        for k in range(pool_posterior.shape[1])
    ]


def class_figures(
    label: Classes, y: Classes, n_classes: int, *, weight: Vector | None = None, level: float = 0.95
) -> list[ClassFigures]:
    """Return precision, recall and F1 of each class (K) from human rows (m,) drawn at random.

    Where they were drawn with unequal chances, each stands for `weight` (m,) rows. F1 = 2 J / (1 + J) rises with the Jaccard share J (right among the rows that are of the class or got
    it as label), so Wilson's interval for J, carried over, is one for F1.
    """
    out = []
    for k in range(n_classes):
        is_k, said_k = y == k, label == k
        hit, support, predicted = is_k & said_k, int(is_k.sum()), int(said_k.sum())

        def share(among: Mask, what: str, hit: Mask = hit) -> Estimate:
            return weighted_share(
                hit[among], None if weight is None else weight[among], level=level, what=what
            )

        out.append(
            ClassFigures(
                support=support,
                predicted=predicted,
                precision=share(said_k, "precision") if predicted else None,
                recall=share(is_k, "recall") if support else None,
                f1=_f1(share(is_k | said_k, "F1")) if support else None,
            )
        )
    return out


def _f1(jaccard: Estimate) -> Estimate:
    value, low, high = (2 * j / (1 + j) for j in (jaccard.value, jaccard.low, jaccard.high))
    return replace(jaccard, value=value, low=low, high=high, method=f"{jaccard.method}, of the Jaccard share")


def macro(figures: list[Estimate | None]) -> float:
    """Return the mean over the classes that have a figure; NaN without any."""
    known = [figure.value for figure in figures if figure is not None]
    return float(np.mean(known)) if known else float("nan")
