import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.arrays import normalise
from mollia.fusion.view_weight import LEAST, MOST, WEIGHT, choose_weight, join


def told(gold, share_right, n_classes, rng):
    """Return the word (n, K) of something that is right in a share of the rows and knows which share."""
    others = (gold + rng.integers(1, n_classes, len(gold))) % n_classes
    said = np.where(rng.random(len(gold)) < share_right, gold, others)
    P = np.full((len(gold), n_classes), (1 - share_right) / (n_classes - 1))
    P[np.arange(len(gold)), said] = share_right
    return P


def weight_of(share_right, *, m=100, n_classes=4, seed=0):
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, n_classes, m)
    P, Q = told(gold, 0.7, n_classes, rng), told(gold, share_right, n_classes, rng)
    return choose_weight(P, Q, gold)


def test_a_view_that_knows_leads_and_one_that_guesses_weighs_little():
    confident = normalise(told(np.arange(100) % 4, 0.25, 4, np.random.default_rng(1)) ** 2 + 0.01)
    assert weight_of(0.95) > 0.7
    rng = np.random.default_rng(2)
    gold = np.arange(100) % 4
    wrong = np.roll(np.eye(4)[gold], 1, axis=1) * 0.9 + 0.025
    assert choose_weight(told(gold, 0.7, 4, rng), wrong, gold) < WEIGHT / 2
    assert choose_weight(told(gold, 0.7, 4, rng), confident, gold) < 0.7


def test_a_better_view_weighs_more():
    weights = [weight_of(share) for share in (0.3, 0.6, 0.8, 0.95)]
    assert weights == sorted(weights)


def test_few_labels_per_class_say_little():
    few, many = (weight_of(0.95, m=m, n_classes=20) for m in (20, 400))
    assert abs(np.log(few / WEIGHT)) < abs(np.log(many / WEIGHT))


def test_without_labels_it_is_what_an_unknown_student_weighs():
    none = np.zeros((0, 3))
    assert choose_weight(none, none, np.zeros(0, np.int64)) == WEIGHT


@given(st.integers(0, 10_000), st.floats(0, MOST))
def test_a_joint_word_lies_between_the_two(seed, b):
    rng = np.random.default_rng(seed)
    P, Q = (rng.dirichlet(np.ones(3), size=5) * 0.9 + 0.1 / 3 for _ in range(2))
    joint = join(P, Q, b)
    assert joint.sum(1) == pytest.approx(1)
    assert join(P, Q, 0.0) == pytest.approx(P, abs=1e-5)
    agreed = P.argmax(1) == Q.argmax(1)
    assert (joint.argmax(1) == P.argmax(1))[agreed].all()
    flat = np.full_like(Q, 1 / 3)
    assert (join(P, flat, b).argmax(1) == P.argmax(1)).all()


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(2, 8))
def test_a_weight_is_always_between_its_bounds(seed, m, n_classes):
    rng = np.random.default_rng(seed)
    P, Q = (rng.dirichlet(np.full(n_classes, 0.3), size=m) for _ in range(2))
    Q = normalise(np.maximum(Q, 0.02))
    assert LEAST <= choose_weight(P, Q, rng.integers(0, n_classes, m)) <= MOST


def test_a_posterior_that_is_sure_can_be_joined():
    sure = np.eye(3)[[0, 1, 2]]
    assert np.isfinite(join(sure, np.full((3, 3), 1 / 3), 0.5)).all()
