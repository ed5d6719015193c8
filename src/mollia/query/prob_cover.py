"""ProbCover: cover as many rows as possible with balls of one radius (Yehuda et al., NeurIPS 2022)."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from mollia.about import VECTORS_OF, about
from mollia.arrays import Matrix, Rows
from mollia.protocols import View
from mollia.query.clusters import k_means
from mollia.query.k_center import squared_lengths
from mollia.query.ranking import among, finite
from mollia.records import Picked

PURITY = 0.95  # the paper's
MOST_ROWS = 8000  # the graph of all pairs is built for at most this many
RADIUS_ROWS = 1000  # rows the radius is found on
CHUNK = 1024

say = logging.getLogger(__name__)


@about(
    needs=("vectors", "labelled_vectors"),
    most=VECTORS_OF,
    sources=("Yehuda, O. et al. (2022). Active Learning Through a Covering Lens. NeurIPS 2022.",),
)
def prob_cover(view: View, n: int, rng: np.random.Generator, /) -> Picked:
    """Return n rows, each the one whose ball covers most rows that no ball covers yet.

    The radius is the largest for which 95 % of the balls hold rows of a single k-means cluster only
    (k = K). Labelled rows' balls count as laid. Of a pool over 8,000 rows as many are drawn, from
    which the picks come; a message says so.
    """
    vectors, n_clusters = view.vectors, view.n_classes
    labelled = view.labelled_vectors[finite(view.labelled_vectors)]

    def pick(rows: Rows, wanted: int) -> Rows:
        most = max(MOST_ROWS, wanted)
        inside = np.arange(len(rows))
        if len(rows) > most:
            say.warning("ProbCover picks from %d rows drawn from the pool's %d.", most, len(rows))
            inside = np.sort(rng.choice(len(rows), most, replace=False))
        usable = vectors[rows[inside]]
        radius = ball_radius(usable, n_clusters, rng)
        return inside[_cover(usable, labelled, radius, wanted)]

    return Picked(rows=among(finite(vectors), n, pick))


def ball_radius(vectors: Matrix, n_clusters: int, rng: np.random.Generator) -> float:
    """Return the largest radius at which 95 % of the balls are pure, by bisection over distances."""
    few = vectors
    if len(vectors) > RADIUS_ROWS:
        few = vectors[np.sort(rng.choice(len(vectors), RADIUS_ROWS, replace=False))]
    of = k_means(vectors, max(n_clusters, 2), rng)[0]
    cluster = (few @ of.T - squared_lengths(of) / 2).argmax(1)
    apart = np.where(cluster[:, None] == cluster, np.inf, _distances(few, few))
    to_stranger = np.sort(apart.min(1))  # a ball is pure while it is smaller than this
    radius = float(to_stranger[int((1 - PURITY) * len(few))])
    return radius if np.isfinite(radius) else float(np.median(_distances(few, few)))


def _cover(vectors: Matrix, labelled: Matrix, radius: float, n: int) -> Rows:
    balls = np.concatenate(
        [_distances(vectors[at : at + CHUNK], vectors) < radius for at in range(0, len(vectors), CHUNK)]
    )
    balls[np.diag_indices(len(balls))] = True
    bare = np.ones(len(vectors), bool)
    for at in range(0, len(labelled), CHUNK):
        bare &= ~(_distances(labelled[at : at + CHUNK], vectors) < radius).any(0)
    gain = balls[:, bare].sum(1)
    rows = np.zeros(n, np.int64)
    for at in range(n):
        row = int(gain.argmax())
        rows[at] = row
        fresh = balls[row] & bare
        gain -= balls[:, fresh].sum(1)
        gain[row] = -1  # a ball is laid once; rows without new cover follow in their order
        bare &= ~fresh
        gain[rows[: at + 1]] = -1
    return rows


def _distances(left: Matrix, right: Matrix) -> NDArray[np.float32]:
    """Return distances (l, r)."""
    squared = squared_lengths(left)[:, None] - 2 * left @ right.T + squared_lengths(right)
    return np.sqrt(np.maximum(squared, 0))
