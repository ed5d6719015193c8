"""Weights that leave too few rows are not used."""

import numpy as np
import pytest

from mollia.honest.importance import effective_rows, importance


def test_equal_weights_are_worth_all_rows_and_one_weight_is_worth_one():
    assert effective_rows(np.full(7, 3.0)) == pytest.approx(7)
    assert effective_rows(np.array([5.0, 0.0, 0.0])) == pytest.approx(1)
    assert effective_rows(np.zeros(0)) == 0


def test_weights_of_mean_one_are_used_where_enough_rows_are_left():
    found = importance(np.array([1.0, 3.0] * 50))
    assert found.used
    assert found.weight.mean() == pytest.approx(1)
    assert found.effective == pytest.approx(80)


@pytest.mark.parametrize("weight", [[1.0] * 9, [100.0, *[0.1] * 99], []])
def test_else_all_rows_count_alike_and_it_is_said_how_few_they_would_be(weight):
    found = importance(np.array(weight))
    assert not found.used
    np.testing.assert_array_equal(found.weight, np.ones(len(weight)))
    assert found.effective == pytest.approx(effective_rows(np.array(weight)))
