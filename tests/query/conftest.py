import numpy as np
import pytest

from mollia.query.pool_view import FixedView
from mollia.records import PanelAnswers


def make_view(m=40, *, K=3, d=6, labelled=5, seed=0):
    """A view of three clusters, with a student that is surer in some than in others."""
    rng = np.random.default_rng(seed)
    cluster = np.arange(m) % K
    centres = rng.normal(size=(K, d)) * 3
    vectors = centres[cluster] + rng.normal(size=(m, d))
    scores = -((vectors[:, None] - centres) ** 2).sum(2) / 4
    probs = np.exp(scores - scores.max(1, keepdims=True))
    probs /= probs.sum(1, keepdims=True)
    passes = np.zeros((5, m, K))
    z = np.zeros((m, 4, K))
    for row, p in enumerate(probs):
        passes[:, row] = rng.dirichlet(1 + 20 * p, 5)
        z[row] = rng.dirichlet(1 + 5 * p, 4)
    return FixedView(
        probs=probs,
        vectors=vectors.astype(np.float32),
        labelled_vectors=(centres[np.arange(labelled) % K] + 0.1).astype(np.float32),
        passes=passes,
        deviations=passes - probs,
        fused=z.mean(1),
        panel=PanelAnswers(ids=tuple(map(str, range(m))), llms=("a", "b", "c", "d"), z=z, c=z),
    )


@pytest.fixture(name="make_view")
def make_view_():
    return make_view
