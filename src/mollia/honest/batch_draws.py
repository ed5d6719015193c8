"""Rows drawn batch by batch, each with a known chance, that train the labels and still give a figure.

Every batch is drawn from the rows open at that time, after a fit on the labels so far, with chances that
favour doubtful rows. Batch b estimates a total over all rows as what was labelled before it plus the sum
of c / pi; the batches' estimates are averaged in proportion to their rows (Raj 1956, Journal of the
American Statistical Association 51; LURE: Farquhar, Gal and Rainforth 2021, arXiv 2101.11665), and what
is labelled is taken off, so that the figure speaks for the rows nobody labelled.
"""

from __future__ import annotations

import numpy as np

from mollia.arrays import Mask, Rows, Vector
from mollia.errors import DataError, NotEnoughLabels
from mollia.estimate import Estimate
from mollia.honest.intervals import check_level, wilson_bounds
from mollia.honest.prediction_powered import WEIGHTED, power

METHOD = f"cross-fitted seed, {WEIGHTED}"
WORTH = 0.7  # of a row: as `accuracy.WORTH`, and less for chances that follow what earlier labels taught
LEAST = 3  # rows below which no spread can be estimated


def open_weights(
    batch: Rows, chance: Vector, *, size: Rows | None = None, copies: Rows | None = None
) -> Vector:
    """Return how many unlabelled rows each of m labelled rows stands for, (m,).

    W_i = a_b / pi_i + c_i (sum of a over later batches - 1), a_b = the batch's share of the rows drawn with
    a known chance, c_i = the rows with this row's text. W may be negative in a small pool and is not clipped.

    Parameters
    ----------
    batch : (m,)
        The number of each row's batch, in the order in which they were drawn. A row that a rule picked
        (chance NaN) has the number of the last batch before it.
    chance : (m,)
        Inclusion probabilities pi in their batch; NaN for a row that a rule picked.
    size : (m,), optional
        How many rows its batch drew, 0 where that is not known. Of a batch that was not finished the
        labelled part is a random one, so pi shrinks with it.
    copies : (m,), optional
        How many rows have the same text and get its label, the row itself included; a copied row's pi is its text's, divided
        by that number.

    Raises
    ------
    DataError
        When a chance is not in (0, 1], or no row has one.
    """
    drawn = np.isfinite(chance)
    if not drawn.any():
        raise DataError("No row has a known chance of having been drawn.")
    if not ((chance[drawn] > 0) & (chance[drawn] <= 1)).all():
        raise DataError("An inclusion probability must be above 0 and at most 1.")
    numbers, at = np.unique(batch, return_inverse=True)
    labelled = np.bincount(at, drawn.astype(float), minlength=len(numbers))  # by batch
    share = labelled / labelled.sum()
    later = share[::-1].cumsum()[::-1] - share
    pi = np.where(drawn, chance, 1.0)
    if size is not None:
        pi = pi * np.where(size > 0, labelled[at] / np.maximum(size, 1), 1.0)
    known = later[at] - 1  # what is labelled already is counted once by each later batch, and taken off
    weight: Vector = np.where(drawn, share[at] / pi, 0.0) + (known if copies is None else copies * known)
    return weight


def batch_accuracy(
    right: Mask,
    confidence: Vector,
    weight: Vector,
    *,
    open_confidence: float,
    n_open: int,
    worth: float,
    level: float = 0.95,
) -> Estimate:
    """Return the accuracy of the labels of the `n_open` rows nobody labelled.

    theta = mean(w c) + lambda (qbar - mean(w q)), w = W / mean W, and Wilson's interval at the effective
    number of rows (`prediction_powered.power`); no finite-population correction, since labelled rows are
    not in the estimand.

    Parameters
    ----------
    right, confidence : (m,)
        c and q: whether the refit that did not see the row's label gave that label, and its confidence.
    weight : (m,)
        `open_weights`, times the number of copies where a text occurs more than once.
    open_confidence : float
        qbar: the refits' mean confidence on the open rows.
    worth : float
        What a row counts, since each refit saw fewer labels: `WORTH` where the chances come from fits on them.

    Raises
    ------
    NotEnoughLabels
        With fewer than three rows, or weights that sum to nothing.
    """
    check_level(level)
    n = len(right)
    if n < LEAST or weight.sum() <= 0:
        raise NotEnoughLabels(
            f"{n} labelled rows give no accuracy figure for {n_open} others.", hint="Label more rows."
        )
    found = power(right, confidence, open_confidence, n_open, weight)
    low, high = wilson_bounds(found.value, worth * found.effective, level)
    return Estimate(
        value=found.value, low=low, high=high, level=level, n_human=n, n_rows=n_open, method=METHOD
    )
