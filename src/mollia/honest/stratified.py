"""A share from rows drawn at random within strata: a random part and a doubtful part, say.

Cochran (1977), Sampling Techniques, ch. 5: each stratum's share counts by its size in the pool, whatever
the number of human rows it got; the interval is Wilson's at the number of rows the sample is worth.
"""

from __future__ import annotations

import numpy as np

from mollia.arrays import Mask, Rows
from mollia.errors import DataError, NotEnoughLabels
from mollia.estimate import Estimate
from mollia.honest.intervals import check_level, wilson_bounds

PSEUDO = 4.0  # rows at the overall share that join each stratum where its spread is computed


def stratified(
    seen: Mask, stratum: Rows, sizes: Rows, *, level: float = 0.95, what: str = "accuracy"
) -> Estimate:
    """Return the share over a pool whose strata have `sizes` (H,) rows.

    `seen` (m,) is whether each human row has the property, `stratum` (m,) its stratum, 0 to H - 1;
    within a stratum the rows are drawn at random without replacement.

    Raises
    ------
    NotEnoughLabels
        When a stratum with rows in the pool has no human row: nothing is known of it.
    DataError
        When a stratum is unknown or holds fewer rows than were drawn from it.
    """
    check_level(level)
    if len(seen) != len(stratum) or (len(stratum) and not 0 <= stratum.min() <= stratum.max() < len(sizes)):
        raise DataError(f"{len(seen)} human rows need a stratum each, from 0 to {len(sizes) - 1}.")
    n = np.bincount(stratum, minlength=len(sizes)).astype(float)  # (H,)
    if (n > sizes).any():
        raise DataError("A stratum has more human rows than rows.")
    used = sizes > 0
    if (n[used] == 0).any() or not used.any():
        missing = int(np.flatnonzero(used & (n == 0))[0]) if used.any() else 0
        raise NotEnoughLabels(
            f"Nobody labelled a row of stratum {missing}, so there is no figure for the pool.",
            hint="Label at least a few random rows of each stratum.",
        )
    share = np.bincount(stratum, seen, len(sizes))[used] / n[used]
    n, size = n[used], sizes[used]
    weight = size / size.sum()
    value = float(weight @ share)
    overall = (value * len(seen) + PSEUDO) / (len(seen) + 2 * PSEUDO)
    smoothed = (share * n + overall * PSEUDO) / (n + PSEUDO)
    spread = float(weight**2 @ ((1 - n / size) * smoothed * (1 - smoothed) / n))
    if spread > 0:
        middle = float(weight @ smoothed)
        low, high = wilson_bounds(value, middle * (1 - middle) / spread, level)
    else:
        low = high = value  # every row was labelled
    return Estimate(
        value=value,
        low=low,
        high=high,
        level=level,
        n_human=len(seen),
        n_rows=int(size.sum()),
        method="stratified sample",
        what=what,
    )
