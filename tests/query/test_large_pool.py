"""Case O4: 200,000 rows of 384 numbers, 500 labelled, 50 wanted."""

import resource
import sys
import time

import numpy as np
import pytest

from mollia import registry
from mollia.query.pool_view import FixedView


@pytest.fixture(scope="module")
def view():
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(6), 200_000)
    return FixedView(
        probs=probs,
        vectors=rng.normal(size=(200_000, 384)).astype(np.float32),
        labelled_vectors=rng.normal(size=(500, 384)).astype(np.float32),
        passes=np.stack([probs] * 5),
        deviations=rng.normal(size=(5, 200_000, 6)),
    )


@pytest.mark.parametrize("name", ["coreset", "badge", "typiclust", "prob_cover", "noise_stability", "bemps"])
def test_diversity_on_a_large_pool_takes_seconds_and_little_memory(view, name):
    started = time.process_time()
    rows = registry.find("query", name)(view, 50, np.random.default_rng(0)).rows
    assert time.process_time() - started < 60  # of two processors for two minutes
    assert len(set(rows.tolist())) == 50
    unit = 2**30 if sys.platform == "darwin" else 2**20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit < 3
