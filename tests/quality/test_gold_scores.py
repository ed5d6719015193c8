"""Labels against gold: shares, stated confidence, and how many reviews lead to 90 %."""

import numpy as np
import pytest

from mollia.quality.gold_scores import TARGET, against_gold, disagreement
from mollia.records import PanelAnswers


def labels(n=200, wrong=60, seed=0):
    rng = np.random.default_rng(seed)
    gold = rng.integers(3, size=n)
    label = gold.copy()
    at = rng.choice(n, wrong, replace=False)
    label[at] = (label[at] + 1) % 3
    return label, gold, rng


def reviewed(label, gold, order, reviews):
    """Return the share right when the first `reviews` rows of an order were checked by hand."""
    after = label.copy()
    after[order[:reviews]] = gold[order[:reviews]]
    return (after == gold).mean()


def test_the_share_right_and_the_mean_confidence_are_of_the_scored_rows_alone():
    label, gold, rng = labels()
    rows, confidence = rng.random(200) < 0.5, rng.random(200)
    found = against_gold(label, gold, rows, confidence)
    assert found.accuracy.value == pytest.approx((label == gold)[rows].mean())
    assert found.accuracy.n_rows == rows.sum()
    assert found.stated == pytest.approx(confidence[rows].mean())


@pytest.mark.parametrize("seed", range(3))
def test_just_that_many_reviews_of_the_least_confident_rows_reach_the_target(seed):
    label, gold, rng = labels(seed=seed)
    confidence = np.where(label == gold, 0.3, 0.0) + rng.random(200) * 0.7
    found = against_gold(label, gold, np.ones(200, bool), confidence)
    order = np.argsort(confidence)
    assert reviewed(label, gold, order, found.reviews) >= TARGET
    assert reviewed(label, gold, order, found.reviews - 1) < TARGET


def test_without_confidences_the_reviews_are_those_of_a_random_order_on_average():
    label, gold, rng = labels()
    found = against_gold(label, gold, np.ones(200, bool))
    assert found.stated is None
    needed = []
    for _ in range(400):
        order = rng.permutation(200)
        right = (label == gold).sum() + np.cumsum((label != gold)[order])
        needed.append(np.argmax(right >= TARGET * 200) + 1)
    assert found.reviews == pytest.approx(np.mean(needed), abs=3)


@pytest.mark.parametrize("confidence", [None, np.full(200, 0.9)])
def test_labels_that_are_right_often_enough_need_no_review(confidence):
    label, gold, _ = labels(wrong=20)
    assert against_gold(label, gold, np.ones(200, bool), confidence).reviews == 0


def test_an_answer_that_names_no_class_disagrees_and_one_that_says_nothing_is_none():
    said = [[0, 0, 0], [0, 1, 1], [0, -1, -1], [0, -1, 1], [-1, -1, -1], [-1, -1, -1]]  # -1: no class
    names_none = np.array([[0, 0, 0], [0, 0, 0], [0, 1, 1], [0, 0, 0], [1, 0, 0], [0, 0, 0]], bool)
    c = np.array([[np.eye(2)[k] if k >= 0 else np.zeros(2) for k in row] for row in said])
    panel = PanelAnswers(ids=list("abcdef"), llms=list("xyz"), z=np.zeros_like(c), c=c)
    share = disagreement(panel, np.zeros(6, int), names_none)
    assert np.allclose(share, [0, 2 / 3, 2 / 3, 1 / 2, 1, np.nan], equal_nan=True)
