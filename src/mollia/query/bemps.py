"""BEMPS with the squared error, CoreMSE: rows whose label would change the pool's predictions most.

Tan, Du and Buntine, NeurIPS 2021. With E students p_e, pool mean P(x') = mean_e p_e(x') and, once x
turned out to be y, P_xy(x') = sum_e w_e p_e(x'), w_e ~ p_e(y|x), the benefit of x at x' is

    sum_y P(y|x) |P_xy(x') - P(x')|^2 = sum_ef A_x[e,f] G_x'[e,f],
    A_x = sum_y P(y|x) (w_xy - 1/E)(w_xy - 1/E)^T,   G_x' = sum_k p_e(x')_k p_f(x')_k,

so the sums over the whole pool cost O(m K E^2) instead of O(m^2 K^2 E).
"""

from __future__ import annotations

import numpy as np

from mollia.about import VECTORS_OF, about
from mollia.arrays import Floats, Mask, Rows
from mollia.protocols import View
from mollia.query.clusters import k_means
from mollia.query.ranking import among, highest
from mollia.records import Picked


@about(needs=("passes",), most=VECTORS_OF)
def bemps(view: View, n: int, rng: np.random.Generator, /) -> Picked:
    """Return n rows: the best half by benefit, then for diversity one row of each of n clusters.

    The clusters are k-means' on the rows' benefits at all pool rows, in the E^2 coordinates that hold
    them exactly; each gives its row of the highest benefit. Few rows are ranked by benefit alone.
    """
    passes = view.passes  # (E, m, K)
    usable: Mask = np.isfinite(passes.sum((0, 2)))

    def pick(rows: Rows, wanted: int) -> Rows:
        benefit, where = expected_benefits(passes[:, rows])
        order = highest(benefit, len(rows)).rows
        half = order[: len(order) // 2]
        if len(half) <= wanted:
            return order[:wanted]
        points = where[half].astype(np.float32)
        scale = np.abs(points).max()
        _, of = k_means(points / scale if scale > 0 else points, wanted, rng)
        first = np.sort(np.unique(of, return_index=True)[1])  # half is ordered: the best of each
        rest = np.setdiff1d(np.arange(len(half)), first)[: wanted - len(first)]
        picked: Rows = half[np.sort(np.concatenate([first, rest]))]
        return picked

    return Picked(rows=among(usable, n, pick))


def expected_benefits(passes: Floats) -> tuple[Floats, Floats]:
    """Return each row's mean benefit over the pool (m,) and its coordinates (m, E^2), from (E, m, K).

    Distances between coordinates are root-mean-square differences of benefits over the pool.
    """
    E, m, _ = passes.shape
    mean = passes.mean(0)  # (m, K)
    w = passes / np.maximum(passes.sum(0), 1e-300)  # (E, m, K): who had foreseen the label
    away = np.where(mean > 0, w - 1 / E, 0.0)
    A: Floats = np.einsum("emk,fmk,mk->mef", away, away, mean, optimize=True).reshape(m, E * E)
    G: Floats = np.einsum("emk,fmk->mef", passes, passes, optimize=True).reshape(m, E * E)
    spread, turn = np.linalg.eigh(G.T @ G / m)
    return A @ G.mean(0), A @ (turn * np.sqrt(np.maximum(spread, 0)))
