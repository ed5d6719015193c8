"""CoreSet: cover the pool (Sener and Savarese, ICLR 2018)."""

from __future__ import annotations

import numpy as np

from mollia.about import VECTORS_OF, about
from mollia.arrays import Rows
from mollia.citations import CORESET
from mollia.protocols import View
from mollia.query.k_center import k_center
from mollia.query.ranking import among, finite
from mollia.records import Picked


@about(needs=("vectors", "labelled_vectors"), most=VECTORS_OF, sources=(CORESET,))
def coreset(view: View, n: int, rng: np.random.Generator, /) -> Picked:  # noqa: ARG001  # no chance involved
    """Return n rows by greedy k-center on the vectors, with the labelled rows as first centres."""
    vectors, centres = view.vectors, view.labelled_vectors
    centres = centres[finite(centres)]

    def cover(rows: Rows, wanted: int) -> Rows:
        usable = vectors if len(rows) == len(vectors) else vectors[rows]
        return k_center(usable, centres, wanted)[0]

    return Picked(rows=among(finite(vectors), n, cover))
