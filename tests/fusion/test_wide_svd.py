import numpy as np
import pytest
from scipy import linalg, sparse
from sklearn.utils.extmath import randomized_svd

from mollia.fusion.text_vectors import TextVectors
from mollia.fusion.wide_svd import right_vectors


def documents(n=300, width=900, *, rank=40, seed=0):
    """Return a sparse (n, width) matrix whose singular values fall like those of texts."""
    rng = np.random.default_rng(seed)
    topics = rng.gamma(0.1, size=(rank, width))
    share = rng.dirichlet(np.full(rank, 0.1), n)
    return sparse.csc_matrix(rng.poisson(0.5 * share @ topics).astype(np.float32))


def test_the_vectors_are_those_of_scikit_learn():
    A = documents()
    ours = right_vectors(A, 16, n_iter=3, random_state=5)
    _, _, theirs = randomized_svd(A, 16, n_iter=3, random_state=5)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours.T @ ours, np.eye(16), atol=1e-5)
    np.testing.assert_allclose(np.abs((ours * theirs.T).sum(0)), 1.0, atol=1e-3)


def test_rows_of_a_low_rank_are_refused():
    A = sparse.csc_matrix(np.ones((300, 900), np.float32))
    with pytest.raises(linalg.LinAlgError):
        right_vectors(A, 16, n_iter=3, random_state=0)


def test_a_large_pool_of_few_distinct_texts_still_gets_vectors(monkeypatch):
    monkeypatch.setattr("mollia.fusion.text_vectors.WIDE", 20)
    texts = ["a dog barks", "the cat sleeps all day", "birds sing in the morning"] * 20
    vectors = TextVectors(dim=30).fit_transform(texts)
    np.testing.assert_allclose(vectors[:3], vectors[3:6], atol=1e-6)
    assert np.linalg.norm(vectors, axis=1).min() > 0.5


def test_a_large_pool_gets_the_vectors_of_a_small_one(panel, monkeypatch):
    _, _, texts = panel
    small = TextVectors(dim=16).fit_transform(texts)
    monkeypatch.setattr("mollia.fusion.text_vectors.WIDE", 20)
    large = TextVectors(dim=16).fit_transform(texts)
    np.testing.assert_allclose(large @ large.T, small @ small.T, atol=1e-4)
