"""How far stated confidence is from what is right: ECE, Brier, log loss, reliability, risk-coverage.

Guo et al. (2017), arXiv 1706.04599; Brier (1950); Geifman and El-Yaniv (2017), arXiv 1705.08500.
Every function takes rows that neither trained nor chose anything; m rows, K classes. Rows drawn with unequal
chances each count for `weight` (m,) rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mollia.arrays import Classes, Floats, Mask, Probs, Rows, Vector, one_hot, read_only
from mollia.errors import DataError, NotEnoughLabels

Bins = Literal["equal mass", "equal width"]
FLOOR = 1e-12  # of a probability inside a logarithm


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Mean confidence and share right in each non-empty bin, by rising confidence, (b,) each.

    `count` are rows, `effective` what they are worth where they count unequally, `share` what they stand for.
    """

    count: Rows
    confidence: Vector
    right: Vector
    effective: Vector
    share: Vector

    def __post_init__(self) -> None:
        object.__setattr__(self, "count", read_only(self.count, np.int64))
        for name in ("confidence", "right", "effective", "share"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.float64))


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCoverage:
    """The error rate among the rows kept at each confidence threshold, (t,) each, coverage rising.

    `area` is the mean risk over all coverages (AURC).
    """

    threshold: Vector
    coverage: Vector
    risk: Vector
    area: float

    def __post_init__(self) -> None:
        for name in ("threshold", "coverage", "risk"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.float64))

    def thinned(self, most: int) -> RiskCoverage:
        """Return at most about `most` of the thresholds, at even steps and the last; the area stays."""
        at = np.append(np.arange(0, len(self.coverage) - 1, max(1, len(self.coverage) // most)), -1)
        return replace(self, **{name: getattr(self, name)[at] for name in ("threshold", "coverage", "risk")})


def _check(rows: int, other: int) -> None:
    if rows == 0:
        raise NotEnoughLabels(
            "There is no human label to check confidence with.", hint="Label some rows drawn at random."
        )
    if rows != other:
        raise DataError(f"There are {rows} rows of confidence and {other} rows of labels.")


def brier(probs: Probs, y: Classes, weight: Vector | None = None) -> float:
    """Return the mean squared distance of probs (m, K) from one-hot y (m,), in [0, 2]."""
    _check(len(probs), len(y))
    return float(np.average(((probs - one_hot(y, probs.shape[1])) ** 2).sum(1), weights=weight))


def log_loss(probs: Probs, y: Classes, weight: Vector | None = None) -> float:
    """Return the mean of -log p_y over rows, in nats; finite for p = 0."""
    _check(len(probs), len(y))
    given: Floats = probs[np.arange(len(y)), y]
    return float(np.average(-np.log(np.maximum(given, FLOOR)), weights=weight))


def reliability(
    confidence: Vector,
    right: Mask,
    *,
    bins: int = 10,
    kind: Bins = "equal mass",
    weight: Vector | None = None,
) -> Reliability:
    """Return the reliability bins of confidence (m,) against right (m,).

    "equal mass" bins hold as equal counts as ties allow (a tie is never split); "equal width" bins
    divide [0, 1].

    Raises
    ------
    NotEnoughLabels
        When there are no rows.
    """
    _check(len(confidence), len(right))
    if kind == "equal width":
        inner = np.linspace(0, 1, bins + 1)[1:-1]
    else:
        inner = np.quantile(confidence, np.linspace(0, 1, bins + 1)[1:-1], method="lower")
    bin_of = np.searchsorted(np.unique(inner), confidence, side="left")  # (m,)
    n_bins = int(bin_of.max()) + 1
    count = np.bincount(bin_of, minlength=n_bins)
    kept = count > 0
    w = np.ones(len(confidence)) if weight is None else weight
    mass = np.bincount(bin_of, w, n_bins)[kept]
    return Reliability(
        count=count[kept],
        confidence=np.bincount(bin_of, w * confidence, n_bins)[kept] / mass,
        right=np.bincount(bin_of, w * right, n_bins)[kept] / mass,
        effective=mass**2 / np.bincount(bin_of, w**2, n_bins)[kept],
        share=mass / mass.sum(),
    )


def expected_calibration_error(
    confidence: Vector,
    right: Mask,
    *,
    bins: int = 10,
    kind: Bins = "equal mass",
    weight: Vector | None = None,
) -> float:
    """Return the ECE: the mean over rows of |confidence - share right| of the row's bin."""
    found = reliability(confidence, right, bins=bins, kind=kind, weight=weight)
    return float(found.share @ np.abs(found.confidence - found.right))


def risk_coverage(confidence: Vector, right: Mask, weight: Vector | None = None) -> RiskCoverage:
    """Return what share of rows is kept, and how many of them are wrong, at every threshold.

    Rows of equal confidence are kept or dropped together.
    """
    _check(len(confidence), len(right))
    order = np.argsort(-confidence, kind="stable")
    sorted_confidence = confidence[order]
    w = np.ones(len(order)) if weight is None else weight[order]
    wrong = np.cumsum(w * ~right[order].astype(bool))
    kept = np.cumsum(w)
    last = np.append(sorted_confidence[1:] != sorted_confidence[:-1], True)  # last row of each tie
    risk = wrong[last] / kept[last]
    coverage = kept[last] / kept[-1]
    rows = np.diff(kept[last], prepend=0)  # whole numbers without weights: the area is never above 1
    area = float((risk * rows).sum() / kept[-1])
    return RiskCoverage(threshold=sorted_confidence[last], coverage=coverage, risk=risk, area=area)
