"""TypiClust: typical rows of the largest clusters nobody has looked at (Hacohen et al., ICML 2022).

Made for few labels: without a labelled row it is the cold start.
"""

from __future__ import annotations

import numpy as np

from mollia.about import VECTORS_OF, about
from mollia.arrays import Matrix, Rows, Vector
from mollia.protocols import View
from mollia.query.clusters import k_means, nearest
from mollia.query.k_center import squared_lengths
from mollia.query.ranking import among, finite
from mollia.records import Picked

MOST_CLUSTERS = 500  # the paper's
NEIGHBOURS = 20  # the paper's
COMPARED = 1000  # members of a cluster that stand for it as neighbours


@about(
    needs=("vectors", "labelled_vectors"),
    most=VECTORS_OF,
    sources=(
        "Hacohen, G., Dekel, A. and Weinshall, D. (2022). Active Learning on a Budget: Opposite Strategies Suit High and Low Budgets. ICML 2022.",
    ),
)
def typiclust(view: View, n: int, rng: np.random.Generator, /) -> Picked:
    """Return the most typical row of each of n clusters, uncovered and large ones first.

    The vectors are cut into l + n clusters (at most 500, l rows are labelled). Clusters with fewer
    labelled rows come first, among them the larger. Typicality is 1 over the mean distance to the 20
    nearest members; in clusters over 1,000 members, to the nearest of 1,000 drawn ones.
    """
    vectors = view.vectors
    labelled = view.labelled_vectors[finite(view.labelled_vectors)]

    def pick(rows: Rows, wanted: int) -> Rows:
        usable = vectors if len(rows) == len(vectors) else vectors[rows]
        return _typical(usable, labelled, wanted, rng)

    return Picked(rows=among(finite(vectors), n, pick))


def _typical(vectors: Matrix, labelled: Matrix, n: int, rng: np.random.Generator) -> Rows:
    k = min(len(labelled) + n, max(MOST_CLUSTERS, n), len(vectors))
    centres, of = k_means(vectors, k, rng)
    covered = np.zeros(len(centres), np.int64)
    if len(labelled):
        covered += np.bincount(nearest(labelled, centres), minlength=len(centres))
    left = np.bincount(of, minlength=len(centres))
    members = np.split(np.argsort(of, kind="stable"), np.cumsum(left)[:-1])
    ranked: dict[int, list[int]] = {}
    picked: list[int] = []
    while len(picked) < n:
        # Fewest labelled rows first, then the most members left, then the lower number.
        cluster = int(np.lexsort((-left, covered, left == 0))[0])
        if cluster not in ranked:
            typical = _typicality(vectors[members[cluster]], rng)
            ranked[cluster] = members[cluster][np.argsort(typical, kind="stable")].tolist()
        picked.append(ranked[cluster].pop())
        covered[cluster] += 1
        left[cluster] -= 1
    return np.array(picked, np.int64)


def _typicality(members: Matrix, rng: np.random.Generator) -> Vector:
    """Return 1 over the mean distance (m,) to the nearest members."""
    others = members
    if len(members) > COMPARED:
        others = members[rng.choice(len(members), COMPARED, replace=False)]
    squared = squared_lengths(members)[:, None] - 2 * members @ others.T + squared_lengths(others)
    near = min(NEIGHBOURS, len(others) - 1)  # one of the nearest is the row itself
    closest = np.sqrt(np.maximum(np.partition(squared, near, axis=1)[:, : near + 1], 0))
    out: Vector = 1 / (closest.sum(1) / max(near, 1) + 1e-5)
    return out
