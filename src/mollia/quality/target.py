"""A target accuracy: which labels may be taken without a review, and how many reviews all rows would take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Mask, Probs, read_only
from mollia.honest.auto_accept import Accepted, auto_accept, on_scale_of
from mollia.honest.error_curve import Reviews, learn_error_curve, reviews_needed
from mollia.quality.judging import LEAST, Judging

UNEVEN = (
    "no rows, because the human-labelled rows were not equally likely to be drawn, and the exact test needs that; "
    "label an audit sample drawn at random"
)
TOO_FEW = f"no rows, because fewer than {LEAST} human labels may judge; label rows drawn at random"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """`rows` (n,) of the pool are accepted: those that hold the target, and those people labelled.

    `accepted` is what the test said, None where it could not be made (`why`); `reviews` the forecast,
    None where nothing can judge. `n_open` rows have a label that no person gave.
    """

    target: float
    rows: Mask
    n_open: int
    accepted: Accepted | None
    reviews: Reviews | None
    why: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", read_only(self.rows, np.bool_))

    @property
    def notes(self) -> list[str]:
        """What may be taken, and what the target would take on all rows."""
        out = [f"Without a review: {self.accepted or self.why}."]
        if self.reviews is not None:
            out.append(
                f"For {self.target:.0%} on all rows, least certain rows reviewed first: {self.reviews}."
            )
        return out


def promise(
    judging: Judging | None, posterior: Probs, *, labelled: Mask, human: Mask, target: float
) -> Promise:
    """Return what holds the target among the n rows of a posterior (n, K).

    `labelled` (n,) marks rows with a label, `human` (n,) those a person gave: they are always accepted.

    Raises
    ------
    DataError
        When the target is not between 0 and 1.
    """
    open_rows = labelled & ~human
    confidence = posterior.max(1)[open_rows]
    rows = np.array(human & labelled)
    if judging is None or int(judging.drawn.sum()) < LEAST or not len(confidence):
        return Promise(
            target=target, rows=rows, n_open=len(confidence), accepted=None, reviews=None, why=TOO_FEW
        )
    drawn = judging.drawn
    sure, right = judging.confidence[drawn], judging.right[drawn]
    if not judging.audit:
        sure = on_scale_of(sure, confidence, judging.pool_weight[drawn])
    reviews = reviews_needed(learn_error_curve(sure, right), confidence, target=target)
    if not judging.nearly_even:
        return Promise(
            target=target, rows=rows, n_open=len(confidence), accepted=None, reviews=reviews, why=UNEVEN
        )
    accepted = auto_accept(confidence, sure, right, target=target)
    rows[open_rows] = accepted.rows
    return Promise(target=target, rows=rows, n_open=len(confidence), accepted=accepted, reviews=reviews)
