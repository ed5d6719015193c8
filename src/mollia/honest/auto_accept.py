"""Which labels may be taken without a look: the largest set that holds a target, with a stated assurance.

Learn then Test (Angelopoulos et al. 2021, arXiv 2110.01052): sets grow from the most confident rows;
each is tested, with an exact binomial tail, against "its accuracy is below the target", and the first set
that fails ends the sequence. The chance that an accepted set misses the target is at most 1 - assurance.
The first set depends on the number of human labels alone, never on what they say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from mollia.arrays import Mask, Vector, read_only
from mollia.errors import DataError, NotEnoughLabels
from mollia.honest.intervals import wilson

STEP = 0.05  # of the pool, from one tested set to the next
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
        none = f"no set of rows can be promised {promise} from {self.n_labelled} human labels"
        if self.labels_needed < 0:
            return f"{none}, nor from more: the most confident rows are wrong too often"
        return f"{none}; about {self.labels_needed} would allow a first set"


def fewest_rows(target: float, assurance: float) -> int:
    """Return how many human rows, all right, prove the target at the assurance."""
    return math.ceil(math.log(1 - assurance) / math.log(target) - 1e-9)


def p_value(n_wrong: int, n: int, target: float) -> float:
    """Return the chance of at most `n_wrong` errors in n rows if the accuracy just missed the target."""
    return float(special.bdtr(n_wrong, n, 1 - target)) if n else 1.0


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
        its cross-fitted posterior.

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
    threshold, n_human, n_wrong = math.inf, 0, 0
    first = SPARE * fewest_rows(target, assurance) / m
    for share in [first, *np.arange(math.ceil(first / STEP) * STEP, 1 + STEP / 2, STEP)]:
        if share > 1 + 1e-9 or n_pool == 0:  # rounding noise
            break
        level = float(ordered[min(n_pool, math.ceil(share * n_pool)) - 1])
        inside = confidence >= level
        n, wrong = int(inside.sum()), int((~right[inside]).sum())
        if p_value(wrong, n, target) > 1 - assurance:
            break
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
        labels_needed=0 if rows.any() else _needed(ordered, confidence, right, target, assurance),
    )


def _needed(ordered: Vector, confidence: Vector, right: Mask, target: float, assurance: float) -> int:
    """Forecast the human labels with which a first set would pass, from the confidences as they are.

    The stated error of each set is scaled to what the human rows show over all.
    """
    stated = max(1e-9, float((1 - confidence).mean()))
    scale = ((~right).sum() + 0.5) / (len(right) + 1) / stated
    best = -1
    for share in np.arange(STEP, 1 + STEP / 2, STEP):
        error = min(1.0, scale * float((1 - ordered[: max(1, round(share * len(ordered)))]).mean()))
        for n in range(fewest_rows(target, assurance), 2000):
            if p_value(math.ceil(error * n), n, target) <= 1 - assurance:
                needed = math.ceil(SPARE * n / share)
                best = needed if best < 0 else min(best, needed)
                break
    return best


def reviews_needed(
    pool_confidence: Vector, confidence: Vector, right: Mask, *, target: float = 0.95
) -> tuple[int, int, int]:
    """Forecast how many rows a person must review, least confident first, for the target on all rows.

    Reviewed rows count as right; the stated errors (1 - confidence) of the others are scaled so that
    their sum fits the human rows (m,), which did not train the labels. Returns the forecast, and the
    same at both ends of Wilson's 80 % interval for the error, smallest first.

    Raises
    ------
    NotEnoughLabels
        Without human rows.
    """
    m = len(right)
    error = wilson(int((~right).sum()), m, 0.8)  # refuses m = 0
    stated = max(1e-9, float((1 - confidence).mean()))
    left = np.cumsum(np.sort(1 - pool_confidence))  # (N,) stated errors among the most confident
    allowed = (1 - target) * len(pool_confidence)
    few, most, many = (
        len(left) - int(np.searchsorted(left * share / stated, allowed, side="right"))
        for share in (error.low, error.value, error.high)
    )
    return few, most, many
