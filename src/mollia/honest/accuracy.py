"""The accuracy figure: from an audit sample, or from the cross-fitted seed.

A row that trained or chose anything never scores, except through cross-fitting.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mollia.arrays import Classes, Mask, Probs
from mollia.errors import DataError, LeakRefused
from mollia.honest.intervals import wilson
from mollia.records import Estimate

AUDIT = "audit sample"
CROSS_FITTED = "cross-fitted seed"
REFIT = (
    "each seed row was judged by a fuser fitted on the other folds; such intervals covered 86 to 98 % "
    "instead of 95 % in our simulations, and an audit sample would hold what it states"
)
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
            f"{len(leaked)} of the {int(scoring.sum())} rows that shall score also trained or chose "
            f"something (the first is row {int(leaked[0])}); a figure from them would be too good.",
            hint="Score with an audit sample, or use the cross-fitted seed.",
        )


def estimate_accuracy(label: Classes, y: Classes, *, trained: Mask, level: float = 0.95) -> Estimate | None:
    """Return the accuracy of label (n,) from an audit sample: rows drawn at random and held out.

    y (n,) holds the audit rows' human labels, -1 elsewhere; `trained` (n,) marks rows whose human
    label trained or chose anything. None when nobody labelled an audit row. The figure speaks for
    the rows that did not train, of which the audit rows are a sample without replacement.

    Raises
    ------
    LeakRefused
        When an audit row is marked as trained.
    """
    scoring: Mask = y >= 0
    refuse_leak(scoring, trained)
    n = int(scoring.sum())
    if n == 0:
        return None
    right = int((label[scoring] == y[scoring]).sum())
    found = wilson(right, n, level, population=int((~trained).sum()))
    return replace(found, method=f"{AUDIT}, {found.method}", caveats=(*found.caveats, *_few(n)))


def cross_fitted_accuracy(
    posterior: Probs, y: Classes, *, n_rows: int, level: float = 0.95
) -> Estimate | None:
    """Return the fuser's accuracy from its own seed, given its cross-fitted posterior (m, K).

    y (m,) are the human labels of the same rows (`cross_fitted_posterior`'s order), n_rows the rows
    the figure speaks for. None without human labels.
    """
    if len(y) != len(posterior):
        raise DataError(f"There are {len(posterior)} cross-fitted rows and {len(y)} labels.")
    if len(y) == 0:
        return None
    found = wilson(int((posterior.argmax(1) == y).sum()), len(y), level)
    return replace(
        found,
        n_rows=n_rows,
        method=f"{CROSS_FITTED}, {found.method}",
        caveats=(REFIT, *_few(len(y))),
    )


def _few(n: int) -> tuple[str, ...]:
    return (f"only {n} human labels: read the interval, not the figure",) if n < FEW else ()
