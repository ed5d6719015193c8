import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mollia.query.review_order import doubt, random_first, reading_seconds, review_order


def rows_of(n, k, seed):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 3))
    return rng.dirichlet(np.ones(k), n), vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@given(st.integers(1, 30), st.integers(1, 5), st.integers(0, 40), st.data())
@settings(deadline=None)
def test_it_returns_distinct_open_rows_best_first(n, k, wanted, data):
    posterior, vectors = rows_of(n, k, 0)
    open_rows = data.draw(hnp.arrays(bool, n))
    picked = review_order(posterior, vectors, open_rows, wanted)
    assert len(picked.rows) == min(wanted, open_rows.sum()) == len(set(picked.rows.tolist()))
    assert open_rows[picked.rows].all()
    assert np.all(np.diff(picked.scores) <= 1e-12)


def test_the_first_row_has_the_smallest_margin():
    posterior = np.array([[0.9, 0.1, 0.0], [0.4, 0.39, 0.21], [0.4, 0.3, 0.3]])
    np.testing.assert_allclose(doubt(posterior), [0.2, 0.99, 0.9])
    picked = review_order(posterior, np.eye(3), np.ones(3, bool), 3)
    assert picked.rows.tolist() == [1, 2, 0], "unlike texts do not change each other's place"


def test_a_copy_of_a_picked_text_comes_last():
    posterior = np.array([[0.5, 0.5], [0.51, 0.49], [0.9, 0.1]])
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert review_order(posterior, vectors, np.ones(3, bool), 3).rows.tolist() == [0, 2, 1]
    opposite = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    assert review_order(posterior, opposite, np.ones(3, bool), 3).rows.tolist() == [0, 1, 2]


def test_a_text_without_known_words_is_like_none():
    picked = review_order(np.full((3, 2), 0.5), np.zeros((3, 2)), np.ones(3, bool), 3)
    assert picked.rows.tolist() == [0, 1, 2]


def test_with_seconds_a_short_text_comes_before_a_long_one_of_equal_doubt():
    texts = ["long " * 119, "short"]
    seconds = reading_seconds(texts)
    np.testing.assert_allclose(seconds, [33.0, 3 + 60 / 238])
    posterior = np.array([[0.5, 0.5], [0.55, 0.45]])
    assert review_order(posterior, np.eye(2), np.ones(2, bool), 2).rows.tolist() == [0, 1]
    assert review_order(posterior, np.eye(2), np.ones(2, bool), 2, seconds=seconds).rows.tolist() == [1, 0]


def test_how_many_rows_are_drawn_before_any_is_chosen():
    assert [random_first(k) for k in (2, 3, 4, 21)] == [10, 10, 12, 63]
