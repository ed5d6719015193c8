import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.fusion.linear_pool import NO_LABELS, fit_linear_pool, prior_pool, pseudo_counts, unlabelled_pool


def rows(n, n_llms, n_classes, seed):
    rng = np.random.default_rng(seed)
    o = rng.dirichlet(np.ones(n_classes), size=(n, n_llms)) * (rng.random((n, n_llms)) < 0.9)[:, :, None]
    return rng.dirichlet(np.ones(n_classes), size=n), o, rng.dirichlet(np.ones(n_classes), size=n)


@given(st.integers(1, 30), st.integers(1, 4), st.integers(2, 5), st.integers(0, 99))
def test_every_pool_gives_distributions(n, n_llms, n_classes, seed):
    P, o, J = rows(n, n_llms, n_classes, seed)
    alpha = pseudo_counts(o)
    y = np.random.default_rng(seed).integers(n_classes, size=n)
    for pool in (prior_pool(alpha), unlabelled_pool(n_llms), fit_linear_pool(alpha, P, o, J, y)):
        out = pool.posterior(P, o, J)
        np.testing.assert_allclose(out.sum(1), 1.0)
        assert (out > 0).all()


def test_an_llm_that_dominates_is_followed():
    rng = np.random.default_rng(0)
    y = rng.integers(5, size=60)
    o = np.eye(5)[np.stack([y, rng.integers(5, size=60), rng.integers(5, size=60)], 1)]
    P = o.mean(1)
    J = np.full((60, 5), 0.2)
    pool = fit_linear_pool(pseudo_counts(o), P, o, J, y)
    assert pool.llms[0] > 0.8
    assert pool.llms[1:].max() < 0.02


def test_what_few_labels_find_stays_near_the_prior():
    P, o, J = rows(3, 3, 4, 0)
    alpha = pseudo_counts(o)
    found, prior = fit_linear_pool(alpha, P, o, J, np.array([0, 1, 2])), prior_pool(alpha)
    assert found.fused == pytest.approx(prior.fused, abs=0.25)
    assert unlabelled_pool(3).fused == NO_LABELS[0]


def test_an_llm_that_never_answered_has_no_weight():
    P, o, J = rows(40, 3, 4, 0)
    o[:, 1] = 0.0
    y = P.argmax(1)
    pool = fit_linear_pool(pseudo_counts(o), P, o, J, y)
    assert pool.llms[1] == 0
    without = np.delete(o, 1, axis=1)
    fewer = fit_linear_pool(pseudo_counts(without), P, without, J, y)
    np.testing.assert_allclose(pool.posterior(P, o, J), fewer.posterior(P, without, J))
