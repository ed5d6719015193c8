"""Expected benefit for the fused labels: rows whose true label would repair most of them.

Made for rounds that people label: what the panel leaves in doubt is what the student should not be taught.
"""

from __future__ import annotations

import numpy as np

from mollia.about import VECTORS_OF, about
from mollia.arrays import Rows, Vector
from mollia.errors import DataError
from mollia.protocols import View
from mollia.query.k_center import squared_lengths
from mollia.query.ranking import among, finite
from mollia.query.review_order import review_order
from mollia.records import Picked


@about(needs=("fused", "vectors"), most=VECTORS_OF)
def benefit(view: View, n: int, rng: np.random.Generator, /) -> Picked:  # noqa: ARG001  # no chance involved
    """Return n rows by the review order: narrow margins of the fused posterior, unlike each other.

    Rows that resemble a labelled row still count: the label of a neighbour has not settled them.

    Raises
    ------
    DataError
        When the panel was not asked about the pool.
    """
    fused, vectors = view.fused, view.vectors
    if fused is None:
        raise DataError(
            "This strategy needs the fused labels of the pool, whose rows the panel was not asked about.",
            hint='Set ask = "pool" in [run], or choose a strategy that needs the student only: entropy.',
        )

    def order(rows: Rows, wanted: int) -> Rows:
        taken = vectors if len(rows) == len(vectors) else vectors[rows]
        length: Vector = np.maximum(np.sqrt(squared_lengths(taken)), 1e-12)
        return review_order(fused[rows], taken, np.ones(len(rows), bool), wanted, lengths=length).rows

    return Picked(rows=among(finite(fused) & finite(vectors), n, order))
