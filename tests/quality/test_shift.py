"""What differs between old and new rows, and what the old labels weigh there."""

import numpy as np
import pytest

from mollia.arrays import softmax
from mollia.quality.shift import Compared, find_shift


def compared(*, moved=0.0, shares=(0.5, 0.5), n=300, vectors=True):
    """Old and new rows of two classes, that have moved, or in which classes have other shares."""
    rng = np.random.default_rng(0)

    def side(p, shift):
        y = (rng.random(n) < p[1]).astype(int)
        X = rng.normal(size=(n, 8))
        X[:, 1] += shift
        return y, X, softmax(np.eye(2)[y] * 2 + rng.normal(size=(n, 2)))

    y, X, P = side((0.5, 0.5), 0.0)
    _, Z, Q = side(shares, moved)
    rows = np.arange(0, n, 3)
    return Compared(
        old_vectors=X if vectors else None,
        new_vectors=Z if vectors else None,
        rows=rows,
        y=y[rows],
        held_out=P[rows],
        old=P,
        new=Q,
    )


def test_without_a_difference_all_labels_count_alike():
    found = find_shift(compared())
    assert found.by == ""
    assert not found.texts.differ
    assert not found.classes.differ
    np.testing.assert_array_equal(found.weights.weight, np.ones(100))


def test_texts_that_moved_weigh_old_rows_like_them_more():
    given = compared(moved=0.8)
    found = find_shift(given)
    assert (found.by, found.weights.used, found.apart) == ("texts", True, False)
    assert found.weights.effective < 100
    assert np.corrcoef(found.weights.weight, given.old_vectors[given.rows, 1])[0, 1] > 0.4


def test_texts_with_nothing_in_common_are_apart_and_their_weights_not_used():
    found = find_shift(compared(moved=12.0))
    assert found.apart
    assert found.by == "texts"
    assert found.weights.used == (found.weights.effective >= 30)


def test_classes_that_became_rare_weigh_less():
    given = compared(shares=(0.9, 0.1))
    found = find_shift(given)
    assert (found.by, found.weights.used) == ("classes", True)
    mean = [found.weights.weight[given.y == k].mean() for k in (0, 1)]
    assert mean[0] > 1 > mean[1]


def test_without_texts_or_a_classifier_the_rest_is_tested():
    assert find_shift(compared(vectors=False, shares=(0.9, 0.1))).by == "classes"
    given = compared(moved=0.8)
    alone = Compared(old_vectors=given.old_vectors, new_vectors=given.new_vectors, rows=given.rows, y=given.y)
    assert find_shift(alone).classes is None
    few = Compared(old_vectors=None, new_vectors=None, rows=np.arange(2), y=np.zeros(2, int))
    assert find_shift(few).weights.weight == pytest.approx(1)
