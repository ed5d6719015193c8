"""Which labels may be taken without a review: the largest set that holds a target, with a stated assurance.

Learn then Test (Angelopoulos et al. 2021, arXiv 2110.01052): sets grow from the most confident rows;
each is tested, with an exact binomial tail, against "its accuracy is below the target". The risk of a
wrong promise, 1 - assurance, is shared among a few starting sets; a set that passes hands its risk on to
the next larger one (the fallback procedure, Wiens 2003), so that all promises together hold. Which sets
are tested depends on the number of human labels alone, never on what they say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from mollia.arrays import Mask, Vector, read_only
from mollia.errors import DataError, NotEnoughLabels
from mollia.honest.error_curve import ErrorCurve, learn_error_curve

STEP = 0.05  # of the pool, from one tested set to the next
LIMIT = 3000  # human rows in one set beyond which no forecast is made
APART = 3  # a starting set is this many times larger than the one before
SIZES = 80  # numbers of human rows tried up to there
SPARE = 1.15  # the first set is this much larger than the smallest that could pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """`rows` (N,) may be taken as they are; `str()` says why, or why none.

    `n_human` human rows lay in the last accepted set, `n_wrong` of them wrong. `labels_needed` is
    about how many human labels a first set would take, 0 where one was accepted, -1 where no
    number would do.
    """

    target: float
    assurance: float
    rows: Mask
    threshold: float
    n_human: int
    n_wrong: int
    n_labelled: int
    labels_needed: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", read_only(self.rows, np.bool_))

    def __str__(self) -> str:
        """Say how many rows are accepted, on what evidence; or that none are, and what it takes."""
        promise = f"{self.target:.0%} accuracy at {self.assurance:.0%} assurance"
        if self.rows.any():
            return (
                f"{int(self.rows.sum())} of {len(self.rows)} rows hold {promise} (confidence of at least "
                f"{self.threshold:.3f}; {self.n_wrong} of {self.n_human} human rows among such are wrong)"
            )
        none = f"with {self.n_labelled} human labels no group of rows can be guaranteed {promise}"
        if self.labels_needed < 0:
            return f"{none}; more labels would not change that, because even the most confident rows are wrong too often"
        return f"{none}; about {self.labels_needed} labels would allow a first group"


def fewest_rows(target: float, assurance: float) -> int:
    """Return how many human rows, all right, prove the target at the assurance."""
    return math.ceil(math.log(1 - assurance) / math.log(target) - 1e-9)


def p_value(n_wrong: int, n: int, target: float) -> float:
    """Return the chance of at most `n_wrong` errors in n rows if the accuracy just missed the target."""
    return float(special.betaincc(n_wrong + 1, n - n_wrong, 1 - target)) if n_wrong < n else 1.0


def on_scale_of(confidence: Vector, pool_confidence: Vector, weight: Vector | None = None) -> Vector:
    """Return cross-fitted confidences (m,) of drawn rows as the pool's (N,) of the same rank.

    A fuser that saw fewer labels is a little less sure of every row, so the values do not compare, but
    the ranks do: the human rows are a random draw from the pool, or each stands for `weight` (m,) of its rows.
    Only confidences enter, never who is right.
    """
    if not len(confidence) or not len(pool_confidence):
        return confidence
    if weight is None or np.ptp(weight) == 0:
        place = (stats.rankdata(confidence) - 0.5) / len(confidence)
    else:
        order = np.argsort(confidence, kind="stable")
        upto = np.cumsum(weight[order])
        place = np.empty(len(confidence))
        place[order] = (upto - weight[order] / 2) / upto[-1]
    out: Vector = np.quantile(pool_confidence, place)
    return out


def auto_accept(
    pool_confidence: Vector,
    confidence: Vector,
    right: Mask,
    *,
    target: float = 0.95,
    assurance: float = 0.9,
) -> Accepted:
    """Return the rows whose labels hold `target` accuracy with the stated assurance.

    Parameters
    ----------
    pool_confidence : (N,)
        Of the rows to accept from.
    confidence, right : (m,)
        Of human rows drawn at random that did not train the labels: an audit sample, or a seed with
        its cross-fitted posterior, on the pool's scale (`on_scale_of`).

    Raises
    ------
    NotEnoughLabels
        Without human rows.
    DataError
        When target or assurance lie outside (0, 1), or lengths differ.
    """
    m, n_pool = len(right), len(pool_confidence)
    if len(confidence) != m:
        raise DataError(f"There are {len(confidence)} confidences for {m} human rows.")
    if not 0 < target < 1 or not 0 < assurance < 1:
        raise DataError(
            f"Target {target} and assurance {assurance} must lie between 0 and 1.",
            hint="No rule can promise 100 %; try 0.95.",
        )
    if m == 0:
        raise NotEnoughLabels(
            "Nothing can be accepted without human labels.", hint="Label rows drawn at random."
        )
    ordered = np.sort(pool_confidence)[::-1]
    threshold, n_human, n_wrong, handed_on = math.inf, 0, 0, 0.0
    for share, risk in _sets(m, target, 1 - assurance) if n_pool else []:
        level = float(ordered[max(1, round(share * n_pool)) - 1])
        inside = confidence >= level
        n, wrong = int(inside.sum()), int((~right[inside]).sum())
        handed_on = handed_on + risk if p_value(wrong, n, target) <= handed_on + risk else 0.0
        if handed_on:
            threshold, n_human, n_wrong = level, n, wrong
    rows = pool_confidence >= threshold
    return Accepted(
        target=target,
        assurance=assurance,
        rows=rows,
        threshold=threshold,
        n_human=n_human,
        n_wrong=n_wrong,
        n_labelled=m,
        labels_needed=0
        if rows.any()
        else _needed(ordered, learn_error_curve(confidence, right), target, assurance),
    )


def _sets(m: int, target: float, risk: float) -> list[tuple[float, float]]:
    """Return the shares of the pool to test, rising, each with the risk it starts with.

    Starts lie where the m human rows put SPARE, APART * SPARE, ... times the fewest rows that could
    pass; more labels buy more starts, each with an equal part of the risk.
    """
    n_starts = 1
    while SPARE * fewest_rows(target, 1 - risk / (n_starts + 1)) * APART**n_starts <= m:
        n_starts += 1
    first = SPARE * fewest_rows(target, 1 - risk / n_starts) / m
    starts = {first * APART**j: risk / n_starts for j in range(n_starts) if first * APART**j <= 1}
    grid = [share for share in np.arange(STEP, 1 + STEP / 2, STEP).tolist() if share > first]
    return sorted([*starts.items(), *((min(share, 1.0), 0.0) for share in grid if starts)])


def _needed(ordered: Vector, curve: ErrorCurve, target: float, assurance: float) -> int:
    """Forecast the human labels with which a first set would pass; -1 where more than LIMIT rows of it fail."""
    wrong = np.cumsum(curve.wrong(ordered)) / np.arange(1, len(ordered) + 1)
    n = np.unique(np.geomspace(fewest_rows(target, assurance), LIMIT, SIZES).round())
    best = -1
    for share in np.arange(STEP, 1 + STEP / 2, STEP):
        error = float(wrong[min(len(ordered), max(1, round(share * len(ordered)))) - 1])
        wrong_then = np.minimum(np.ceil(error * n), n - 1)
        passes = special.betaincc(wrong_then + 1, n - wrong_then, 1 - target) <= 1 - assurance
        if passes.any():
            needed = math.ceil(SPARE * float(n[passes.argmax()]) / share)
            best = needed if best < 0 else min(best, needed)
    return best
