"""The shares of classes in new rows, from a classifier that errs."""

import numpy as np
import pytest

from mollia.arrays import softmax
from mollia.errors import DataError, NotEnoughLabels
from mollia.honest.label_shift import bbse_shares, em_shares, label_shift

OLD, NEW = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.3, 0.5])


def drawn(shares, n, seed):
    """Rows of three classes, and what the Bayes classifier of the old shares says of them."""
    rng = np.random.default_rng(seed)
    y = rng.choice(3, n, p=shares)
    x = 1.2 * np.eye(3)[y] + rng.normal(size=(n, 3))
    return y, softmax(1.2 * x + np.log(OLD))


def test_em_and_confusions_find_the_new_shares():
    y, held_out = drawn(OLD, 400, 0)
    _, new = drawn(NEW, 4000, 1)
    np.testing.assert_allclose(em_shares(new, OLD), NEW, atol=0.05)
    np.testing.assert_allclose(bbse_shares(held_out, y, new), NEW, atol=0.1)


def test_a_shift_is_found_with_an_interval_that_holds_it():
    y, held_out = drawn(OLD, 200, 2)
    _, new = drawn(NEW, 600, 3)
    found = label_shift(held_out, y, held_out, new)
    assert found.differ
    assert ((found.low <= found.new) & (found.new <= found.high)).all()
    assert (found.low - 0.05 <= NEW).all()
    assert (found.high + 0.05 >= NEW).all()
    assert found.new.sum() == pytest.approx(1)
    assert found.ratio[0] < 1
    assert found.ratio[2] > 2


def test_without_a_shift_none_is_found():
    alarms = 0
    for seed in range(20):
        y, held_out = drawn(OLD, 100, 100 + seed)
        _, new = drawn(OLD, 300, 200 + seed)
        alarms += label_shift(held_out, y, held_out, new).differ
    assert alarms <= 1


def test_a_class_that_no_old_row_has_is_not_impossible():
    y, held_out = drawn(np.array([0.7, 0.3, 0.0]), 100, 4)
    _, new = drawn(NEW, 500, 5)
    found = label_shift(held_out, y, held_out, new)
    assert found.old[2] > 0
    assert found.new[2] > 0.1
    assert np.isfinite(found.confusion).all()


def test_one_predicted_class_and_wrong_shapes():
    sure = np.tile([1.0, 0.0], (30, 1))
    assert label_shift(sure, np.zeros(30, int), sure, sure).p == 1
    with pytest.raises(NotEnoughLabels, match="20 are needed"):
        label_shift(sure[:5], np.zeros(5, int), sure, sure)
    with pytest.raises(DataError, match="do not fit"):
        label_shift(sure, np.zeros(30, int), sure, np.zeros((4, 3)))
