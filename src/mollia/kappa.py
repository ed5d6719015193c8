"""Cohen's kappa: how far two labellings agree beyond chance.

Cohen (1960), Educational and Psychological Measurement 20.
"""

from __future__ import annotations

import math

import numpy as np

from mollia.arrays import Classes
from mollia.errors import DataError


def cohen_kappa(a: Classes, b: Classes) -> float:
    """Return (p_o - p_e) / (1 - p_e) of two labellings (m,) in class numbers, over rows that both label (-1: not).

    p_o is the share of equal labels, p_e the share expected from each one's own class
    frequencies. NaN without common rows, and where both always give one and the same class.

    Raises
    ------
    DataError
        When the arrays differ in length.
    """
    if len(a) != len(b):
        raise DataError(f"Two labellings must be of the same rows, found {len(a)} and {len(b)}.")
    both = (a >= 0) & (b >= 0)
    if not both.any():
        return math.nan
    one, other = a[both], b[both]
    k = int(max(one.max(), other.max())) + 1
    equal, m = int((one == other).sum()), len(one)
    by_chance = int(
        np.bincount(one, minlength=k) @ np.bincount(other, minlength=k)
    )  # m^2 p_e, a whole number
    return math.nan if by_chance == m * m else (m * equal - by_chance) / (m * m - by_chance)
