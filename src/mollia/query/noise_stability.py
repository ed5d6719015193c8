"""Noise stability: rows whose outputs change most when the weights are shaken (Li et al., AAAI 2024)."""

from __future__ import annotations

import numpy as np

from mollia.about import VECTORS_OF, about
from mollia.arrays import Rows
from mollia.protocols import View
from mollia.query.k_center import k_center
from mollia.query.ranking import among, finite
from mollia.records import Picked


@about(needs=("deviations",), most=VECTORS_OF)
def noise_stability(view: View, n: int, rng: np.random.Generator, /) -> Picked:  # noqa: ARG001  # no chance involved
    """Return n rows by greedy k-center on the E relative output changes of each row, laid side by side.

    The origin, a row that no noise moves, is the first centre, so that the least stable row comes
    first and each further one is unstable in another way. All n picks are the algorithm's own
    (the published code keeps others: docs/method.md, section 7.8).
    """
    changes = view.deviations
    E, m, K = changes.shape
    rows_of = np.ascontiguousarray(changes.transpose(1, 0, 2), np.float32).reshape(m, E * K)

    def spread(rows: Rows, wanted: int) -> Rows:
        return k_center(rows_of[rows], np.zeros((1, rows_of.shape[1]), np.float32), wanted)[0]

    return Picked(rows=among(finite(rows_of), n, spread))
