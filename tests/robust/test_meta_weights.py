import numpy as np
import pytest

from mollia.arrays import one_hot
from mollia.robust.meta_weights import learned_alpha, learned_lambda, out_of_fold_probs, trust_weights
from mollia.student.frozen import FrozenStudent


def test_alpha_is_the_smoothed_ratio():
    right = np.array([True] * 18 + [False] * 2 + [True] * 3 + [False] * 7)
    differ = np.array([False] * 20 + [True] * 10)
    assert learned_alpha(right, differ) == pytest.approx((4 / 12) / (20 / 23))


def test_without_human_rows_alpha_is_what_the_prior_says():
    nobody = np.zeros(0, bool)
    assert learned_alpha(nobody, nobody) == pytest.approx(0.75)


def test_discrepant_labels_that_are_better_are_not_overweighted():
    assert learned_alpha(np.array([False, False, True, True]), np.array([False, False, True, True])) == 1.0


def test_lambda_stays_where_y_minus_is_right_and_vanishes_where_it_is_chance():
    rng = np.random.default_rng(0)
    y = rng.integers(4, size=400)
    correct = ~one_hot(y, 4).astype(bool)
    assert learned_lambda(y, correct, 0.8) == pytest.approx(0.8, abs=0.01)
    assert learned_lambda(y, rng.random((400, 4)) < 0.5, 0.8) < 0.12
    assert learned_lambda(y, np.zeros((400, 4), bool), 0.8) == 0.0
    assert learned_lambda(np.zeros(0, int), np.zeros((0, 4), bool), 0.8) == 0.0


def test_trust_is_high_where_both_agree_and_low_where_they_do_not():
    posterior = np.array([[0.8, 0.2], [0.8, 0.2], [1.0, 0.0]])
    student = np.array([[0.9, 0.1], [0.1, 0.9], [0.0, 1.0]])
    assert trust_weights(posterior, student) == pytest.approx([0.72 / 0.74, 0.08 / 0.26, 0.5])


def test_no_row_is_judged_by_a_student_that_saw_its_text():
    texts = [f"word{i}" for i in range(10)] * 2  # each text twice: memory alone would be right
    y = one_hot(np.tile(np.arange(10) % 2, 2), 2)
    groups = np.tile(np.arange(10), 2)
    memory = FrozenStudent().fit(texts, y).predict_proba(texts)
    assert (memory.argmax(1) == y.argmax(1)).all()
    judged = out_of_fold_probs(FrozenStudent(), texts, y, groups=groups)
    assert (judged[:10] == judged[10:]).all()
    assert (judged.argmax(1) == y.argmax(1)).mean() <= 0.6


def test_a_single_text_has_nobody_to_judge_it():
    probs = out_of_fold_probs(FrozenStudent(), ["a", "a"], np.eye(2), groups=np.zeros(2, int))
    assert probs.tolist() == [[0.5, 0.5]] * 2
