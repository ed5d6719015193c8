"""How far any number of people agree beyond chance: Krippendorff's alpha; for two see `mollia.kappa`.

Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability". Labels are nominal class numbers, -1 = none.
"""

from __future__ import annotations

import math

import numpy as np

from mollia.arrays import Classes, Floats
from mollia.errors import DataError


def krippendorff_alpha(labels: Classes) -> float:
    """Return alpha = 1 - D_o / D_e of labels (m rows, p people), -1 where a person did not label.

    Only rows with two labels or more count. D_o is the share of unequal pairs within rows (a row
    of u labels weighs 1/(u - 1) a pair), D_e that among all labels. NaN without such rows, and
    where only one class was ever given.

    Raises
    ------
    DataError
        When labels are not (m, p).
    """
    if labels.ndim != 2:  # noqa: PLR2004  # rows by people
        raise DataError(f"Labels must be rows by people, found the shape {labels.shape}.")
    known = labels >= 0
    paired = labels[known.sum(1) > 1]
    if not paired.size:
        return math.nan
    counts = np.stack([(paired == k).sum(1) for k in range(int(paired.max()) + 1)], 1)  # (m, K)
    per_row: Floats = counts.sum(1, keepdims=True).astype(np.float64)
    unequal = float((counts * (per_row - counts) / (per_row - 1)).sum())
    totals = counts.sum(0).astype(np.float64)
    n = float(totals.sum())
    expected = float((totals * (n - totals)).sum()) / (n - 1)
    return math.nan if expected == 0 else 1 - unequal / expected
