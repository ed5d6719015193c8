"""The accuracy figure: from an audit sample, or from the cross-fitted seed.

A row that trained or chose anything never scores, except through cross-fitting.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mollia.arrays import Classes, Mask, Probs, Vector
from mollia.errors import DataError, LeakRefused, NotEnoughLabels, a_kind
from mollia.estimate import Estimate
from mollia.honest.intervals import check_level, wilson, wilson_bounds
from mollia.honest.prediction_powered import prediction_powered

AUDIT = "audit sample"
CROSS_FITTED = "cross-fitted seed"
WORTH = 0.8  # of a row: with 5 folds a fuser saw four fifths of the labels that made the real one
REFIT = (
    "each of these rows was scored by a model that had not seen its label; a separate audit sample of the same size "
    "would narrow the interval by about 15%"
)
EQUAL = 1e-9  # chances that differ by less are the same
FEW = 30  # below this many rows an interval says little


def refuse_leak(scoring: Mask, trained: Mask) -> None:
    """Refuse rows (n,) that are asked to score though their labels trained or chose something.

    Raises
    ------
    LeakRefused
        With how many rows, and the first of them.
    """
    if len(scoring) != len(trained):
        raise DataError(f"{len(scoring)} rows may score, but {len(trained)} rows say what trained.")
    leaked = np.flatnonzero(scoring & trained)
    if len(leaked):
        raise LeakRefused(
            f"{len(leaked)} of the {int(scoring.sum())} rows that are to score also trained or chose "
            f"something (the first is row {int(leaked[0])}); a figure from them would be too good.",
            hint="Score with an audit sample, or use the cross-fitted seed.",
        )


def estimate_accuracy(
    label: Classes,
    y: Classes,
    *,
    trained: Mask,
    posterior: Probs | None = None,
    chance: Vector | None = None,
    level: float = 0.95,
) -> Estimate | None:
    """Return the accuracy of label (n,) from an audit sample: rows drawn at random and held out.

    The figure speaks for the rows that did not train, of which the audit rows are a sample without
    replacement. None when nobody labelled an audit row.

    Parameters
    ----------
    y : (n,)
        The audit rows' human labels, -1 elsewhere.
    trained : (n,)
        Rows whose human label trained or chose anything.
    posterior : (n, K), optional
        Makes the interval prediction-powered: narrower wherever the confidence is informative.
    chance : (n,), optional
        Inclusion probabilities of the audit rows, where they were not all equal.

    Raises
    ------
    DataError
        When label, y or trained are not a row of numbers each.
    LeakRefused
        When an audit row is marked as trained.
    NotEnoughLabels
        When the audit rows' chance is unknown: rows that a strategy picked say nothing about the pool.
    """
    label, y, trained = (_rows_of(*each) for each in (("label", label), ("y", y), ("trained", trained)))
    scoring: Mask = y >= 0
    refuse_leak(scoring, trained)
    n = int(scoring.sum())
    if n == 0:
        return None
    weights = _weights(chance, scoring)
    right = label[scoring] == y[scoring]
    if posterior is None and weights is None:
        found = wilson(int(right.sum()), n, level, population=int((~trained).sum()))
    else:
        given = posterior[np.arange(len(label)), label] if posterior is not None else np.full(len(label), 0.5)
        found = prediction_powered(right, given[scoring], given[~trained], level=level, chance=weights)
    return replace(found, method=f"{AUDIT}, {found.method}", caveats=(*found.caveats, *_few(n)))


def _rows_of(name: str, given: object) -> NDArray[Any]:
    """Return what was given for each row as an array (n,)."""
    values = np.asarray(given)
    if values.ndim != 1 or values.dtype.kind not in "iub":
        raise DataError(
            f"{name} is {a_kind(given)} of {values.dtype}.",
            hint="Expected class numbers of n rows (-1 = none), for trained a mask.",
        )
    return values


def _weights(chance: Vector | None, scoring: Mask) -> Vector | None:
    """Return the scoring rows' chances (m,), None where all are equal."""
    if chance is None:
        return None
    found = chance[scoring]
    if np.isnan(found).any():
        raise NotEnoughLabels(
            f"How likely {int(np.isnan(found).sum())} of the {len(found)} rows were to be picked is not known; "
            "rows that a strategy picked give no figure for the pool.",
            hint="Label an audit sample drawn at random.",
        )
    return None if np.ptp(found) < EQUAL else found


def cross_fitted_accuracy(
    posterior: Probs, y: Classes, *, n_rows: int, level: float = 0.95
) -> Estimate | None:
    """Return the fuser's accuracy from its own seed, given its cross-fitted posterior (m, K) by 5 folds.

    y (m,) are the human labels of the same rows (`cross_fitted_posterior`'s order), n_rows the rows
    the figure speaks for. None without human labels. The interval is Wilson's at four fifths of the
    rows: the spread of the refits is then covered, at 12 % more width (`mollia bench coverage`).
    """
    if len(y) != len(posterior):
        raise DataError(f"There are {len(posterior)} cross-fitted rows and {len(y)} labels.")
    if len(y) == 0:
        return None
    check_level(level)
    share = float((posterior.argmax(1) == y).mean())
    low, high = wilson_bounds(share, WORTH * len(y), level)
    return Estimate(
        value=share,
        low=low,
        high=high,
        level=level,
        n_human=len(y),
        n_rows=n_rows,
        method=f"{CROSS_FITTED}, Wilson",
        caveats=(REFIT, *_few(len(y))),
    )


def _few(n: int) -> tuple[str, ...]:
    return (f"only {n} human labels: read the interval, not the figure",) if n < FEW else ()
