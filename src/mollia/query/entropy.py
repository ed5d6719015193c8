"""Maximum entropy: the rows the student is least sure of (docs/method.md, section 5)."""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from mollia.about import JUDGED_ONCE, about
from mollia.arrays import Probs, Vector
from mollia.citations import ENTROPY
from mollia.protocols import View
from mollia.query.ranking import highest
from mollia.records import Picked


@about(most=JUDGED_ONCE, method="by maximum entropy", sources=(ENTROPY,))
def entropy(view: View, n: int, rng: np.random.Generator, /) -> Picked:  # noqa: ARG001  # no chance involved
    """Return the n rows with the highest entropy -sum_k p_k log p_k; 0 log 0 is 0."""
    return highest(entropies(view.probs), n)


def entropies(probs: Probs) -> Vector:
    """Return the entropy (m,) in nats of each row of (m, K)."""
    out: Vector = -xlogy(probs, probs).sum(1)
    return out
