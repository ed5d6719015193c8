"""The weight of students' predictions Q beside the posterior P, by the human rows.

    P(b) = softmax((log P + 1.2 b log Q) / (1 + b))

1.2 is the usual temperature of scores. The sharpness is that of one of the two, as they say much the same. b is the one of highest

    w sum_i log P(b)_i,y_i  -  (log b - log .15)^2 / (2 1.5^2),   b <= 1

over the m human rows: .15 is what a student that nothing is known of weighs, 1.5 how far students differ in it. The rows are held out
of P, and of the student that speaks for them. But the other rows' P have seen their labels, so that a student knows more of human rows
than of others. So w = min(1, 50 / m, m / (7 K)): more labels tell no more than fifty, and few per class, which shape all that is learned
of a class, less.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from mollia.arrays import Classes, Probs, clog, softmax
from mollia.fusion.log_linear_pool import CENTRE, ROWS_PER_CLASS

WEIGHT, SPREAD = 0.15, 1.5
MOST_LABELS = 50.0
LEAST, MOST = 0.01, 1.0
FLOOR = 1e-6  # of the posterior


def join(P: Probs, Q: Probs, b: float) -> Probs:
    """Return the posterior (n, K) of P and a view Q of weight b."""
    return softmax((clog(P, FLOOR) + CENTRE * b * clog(Q, 0.0)) / (1.0 + b))


def choose_weight(P: Probs, Q: Probs, y: Classes) -> float:
    """Return the weight of a view Q (m, K) beside the posterior P (m, K), by human labels y (m,) that were held out of both."""
    if not len(y):
        return WEIGHT
    m, n_classes = P.shape
    w = min(1.0, MOST_LABELS / m, m / (ROWS_PER_CLASS * n_classes))

    def cost(log_b: float) -> float:
        told = np.log(join(P, Q, np.exp(log_b))[np.arange(m), y]).sum()
        return float((log_b - np.log(WEIGHT)) ** 2 / (2 * SPREAD**2) - w * told)

    found = minimize_scalar(cost, bounds=(np.log(LEAST), np.log(MOST)), method="bounded")
    return float(np.exp(found.x))
