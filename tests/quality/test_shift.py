"""What differs between old and new rows, and what the old labels weigh there."""

import numpy as np
import pytest

from mollia.arrays import softmax
from mollia.honest.label_shift import label_shift
from mollia.quality.shift import Compared, find_shift, said_by_answers
from mollia_benchmarks import DATA
from mollia_benchmarks.datasets import load


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


@pytest.fixture(scope="module", params=["sdg_benchmark", "consumer_complaints"])
def halves(request):
    """A recorded panel cut in two, 100 rows of the first half with a label."""
    recorded = load(request.param, DATA, most=1000)
    rows = np.random.default_rng(0).permutation(len(recorded))
    old, new = np.split(rows, [len(rows) // 2])
    y = np.where(np.arange(len(old)) < 100, recorded.gold[old], -1)
    return recorded, old, new, y


def estimated(halves, rows):
    recorded, old, _, y = halves
    P, Q = said_by_answers(
        recorded.answers[old], y, recorded.answers[rows], groups=np.arange(len(old)), random_state=0
    )
    return label_shift(P[y >= 0], y[y >= 0], P, Q)


def apart(shares, gold):
    return np.abs(shares - np.bincount(gold, minlength=len(shares)) / len(gold)).sum() / 2


def test_of_real_answers_rows_of_the_same_kind_raise_no_alarm(halves):
    found = estimated(halves, halves[2])
    assert not found.differ
    assert found.agree


def test_of_real_answers_a_made_shift_is_found_and_its_size_is_nearly_right(halves):
    recorded, _, new, _ = halves
    gold = recorded.gold[new]
    of_first = np.flatnonzero(gold == np.bincount(gold).argmax())
    fewer = np.delete(
        np.arange(len(new)), of_first[: len(of_first) * 4 // 5]
    )  # the most frequent class becomes rare
    found = estimated(halves, new[fewer])
    assert found.differ
    assert found.agree
    truth = recorded.gold[new[fewer]]
    assert apart(found.new, truth) < 0.6 * apart(found.old, truth)


def test_two_estimates_that_disagree_weigh_nothing():
    rng = np.random.default_rng(3)
    same = compared()
    y = same.y
    sure = softmax(8.0 * np.eye(2)[rng.integers(0, 2, 300)])  # probabilities that mean nothing
    found = find_shift(
        Compared(
            old_vectors=None,
            new_vectors=None,
            rows=same.rows,
            y=y,
            held_out=sure[same.rows],
            old=sure,
            new=softmax(8.0 * np.eye(2)[np.zeros(300, int)]),
        )
    )
    assert found.classes.differ
    assert not found.classes.agree
    assert found.by == ""
