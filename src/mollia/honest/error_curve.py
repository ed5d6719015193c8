"""How often labels are wrong at each stated confidence, learned from a few human rows.

P(wrong) = logistic(a + b logit(1 - confidence)): Platt's two numbers (1999), held to what the
confidence says (a = 0, b = 1) by a prior where human rows are few; uncertainty by Laplace's method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from mollia.arrays import Floats, Mask, Vector, read_only
from mollia.errors import DataError, NotEnoughLabels

PRIOR = np.array([0.0, 1.0])  # a, b
SPREAD = np.array([1.5, 0.5])  # of the prior
CLIP = 1e-4  # a stated confidence is taken to lie this far from 0 and 1
STEPS = 50
TINY = 1e-8  # a step that ends the search
DRAWS = 100
RANGE = (0.05, 0.95)  # quantiles of the draws; held the real number in about 80 % of simulated runs
SEED = 20260115  # the draws of Laplace's method are the same each time


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCurve:
    """Fitted (a, b), and `draws` (DRAWS, 2) from its posterior."""

    fitted: Floats
    draws: Floats

    def __post_init__(self) -> None:
        object.__setattr__(self, "fitted", read_only(self.fitted, np.float64))
        object.__setattr__(self, "draws", read_only(self.draws, np.float64))

    def wrong(self, confidence: Vector, parameters: Floats | None = None) -> Vector:
        """Return the chance (n,) that a label of this confidence is wrong."""
        a, b = self.fitted if parameters is None else parameters
        out: Vector = special.expit(a + b * _doubt(confidence))
        return out


def _doubt(confidence: Vector) -> Vector:
    out: Vector = special.logit(np.clip(1 - confidence, CLIP, 1 - CLIP))
    return out


def learn_error_curve(confidence: Vector, right: Mask) -> ErrorCurve:
    """Fit the curve on human rows (m,) that did not train the labels.

    Raises
    ------
    NotEnoughLabels
        Without human rows.
    """
    if len(confidence) != len(right):
        raise DataError(f"There are {len(confidence)} confidences for {len(right)} human rows.")
    if len(right) == 0:
        raise NotEnoughLabels(
            "Errors cannot be forecast without human labels.", hint="Label some random rows."
        )
    columns = np.stack([np.ones(len(right)), _doubt(confidence)])  # (2, m)
    precision = np.diag(SPREAD**-2.0)

    def loss(parameters: Floats) -> float:
        score = parameters @ columns
        away = parameters - PRIOR
        return float(np.logaddexp(0, score).sum() - score[~right].sum() + away @ precision @ away / 2)

    fitted = PRIOR
    for _ in range(STEPS):  # Newton's, halved until the loss falls: it is convex, but steep at the ends
        p = special.expit(fitted @ columns)
        slope = columns @ (p - ~right) + precision @ (fitted - PRIOR)
        curvature = (columns * (p * (1 - p))) @ columns.T + precision
        step = np.linalg.solve(curvature, slope)
        while loss(fitted - step) > loss(fitted) and np.abs(step).max() > TINY:
            step = step / 2
        fitted = fitted - step
        if np.abs(step).max() <= TINY:
            break
    fitted = np.maximum(fitted, [-np.inf, 0.0])  # more confidence never means more errors
    draws = np.random.default_rng(SEED).multivariate_normal(fitted, np.linalg.inv(curvature), DRAWS)
    draws[:, 1] = np.maximum(draws[:, 1], 0.0)
    return ErrorCurve(fitted=fitted, draws=draws)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """How many rows a person must review for a target: the forecast, and a range that usually holds it."""

    few: int
    likely: int
    many: int

    def __str__(self) -> str:
        """Say the forecast with its range."""
        if self.many == 0:
            return "no review is needed"
        return f"about {self.likely} reviews (between {self.few} and {self.many})"


def reviews_needed(curve: ErrorCurve, pool_confidence: Vector, *, target: float = 0.95) -> Reviews:
    """Forecast the reviews, least confident rows first, after which all rows hold the target on average.

    Reviewed rows count as right; the others are wrong as often as the curve says.
    """
    if not 0 < target < 1:
        raise DataError(f"The target is {target}, expected between 0 and 1.", hint="Try 0.95.")
    ordered = np.sort(pool_confidence)[::-1]
    allowed = (1 - target) * len(ordered) + 1e-9

    def needed(parameters: Floats) -> int:
        return len(ordered) - int(
            np.searchsorted(np.cumsum(curve.wrong(ordered, parameters)), allowed, side="right")
        )

    spread = np.quantile([needed(draw) for draw in curve.draws], RANGE)
    likely = needed(curve.fitted)
    return Reviews(
        few=min(math.floor(spread[0]), likely), likely=likely, many=max(math.ceil(spread[1]), likely)
    )
