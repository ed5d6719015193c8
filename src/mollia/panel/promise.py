"""How much accuracy asking fewer LLMs loses at most: a one-sided bound, kept on 9 of 10 panels.

    at most = loss + Z sqrt(changed / n + (DRIFT changed)^2)

`loss` is the mean that the panel's own posterior expects, and only labels that change can lose anything. Over n rows
chance moves the loss by sqrt(changed / n); and where the posterior misjudges the changed labels it misjudges all of them
in one direction, by DRIFT per changed label. A search takes the sub-panel, or the rows, that look best, which makes
`loss` too small: DRIFT was measured after that choice.
"""

from __future__ import annotations

import numpy as np

from mollia.arrays import Vector

Z = 1.2816  # one-sided, 90 %
DRIFT = 0.25  # root mean square of (accuracy lost - loss) per changed label; chosen by `mollia bench promise`


def at_most(loss: float, changed: float, n: int, *, drift: float = DRIFT) -> float:
    """Return the accuracy lost at most, in 9 of 10 panels, from the expected loss and the share of labels that change."""
    return float(all_at_most(np.float64(loss), np.float64(changed), n, drift=drift))


def all_at_most(
    loss: Vector | np.float64, changed: Vector | np.float64, n: int, *, drift: float = DRIFT
) -> Vector:
    """Return `at_most` of several at once."""
    bound: Vector = loss + Z * np.sqrt(changed / max(n, 1) + (drift * changed) ** 2)
    return bound
