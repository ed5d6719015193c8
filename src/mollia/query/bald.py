"""BALD: rows on which perturbed students disagree (Houlsby et al., 2011; Gal et al., ICML 2017)."""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from mollia.about import VECTORS_OF, about
from mollia.arrays import Floats, Vector
from mollia.protocols import View
from mollia.query.ranking import highest
from mollia.records import Picked


@about(
    needs=("passes",),
    most=VECTORS_OF,
    sources=(
        "Gal, Y., Islam, R. and Ghahramani, Z. (2017). Deep Bayesian Active Learning with Image Data. ICML 2017.",
    ),
)
def bald(view: View, n: int, rng: np.random.Generator, /) -> Picked:  # noqa: ARG001  # no chance involved
    """Return the n rows with the highest mutual information between label and student."""
    return highest(mutual_information(view.passes), n)


def mutual_information(passes: Floats) -> Vector:
    """Return H(mean_e p_e) - mean_e H(p_e) in nats (m,), from passes (E, m, K)."""
    mean = passes.mean(0)
    out: Vector = xlogy(passes, passes).sum(2).mean(0) - xlogy(mean, mean).sum(1)
    return out
