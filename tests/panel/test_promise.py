import numpy as np
import pytest

from mollia.panel.promise import DRIFT, all_at_most, at_most


def test_labels_that_stay_lose_nothing():
    assert at_most(0.0, 0.0, 500) == 0.0


def test_more_rows_leave_less_to_chance_and_the_rest_stays():
    few, many, all_ = (at_most(0.01, 0.05, n) for n in (100, 10_000, 10**12))
    assert few > many > all_ > 0.01
    assert all_ == pytest.approx(0.01 + 1.2816 * DRIFT * 0.05)


def test_nine_of_ten_losses_are_within_it_where_the_posterior_is_right_and_chance_alone_moves_them():
    rng = np.random.default_rng(0)
    n, changed, net = 400, 0.08, 0.1  # of the changed labels 45 % become wrong and 35 % right
    p = [1 - changed, changed * 0.45, changed * 0.35, changed * 0.2]
    drawn = rng.multinomial(n, p, size=5000)
    lost = (drawn[:, 1] - drawn[:, 2]) / n
    assert (lost <= at_most(changed * net, changed, n)).mean() >= 0.9


def test_several_at_once_are_the_same():
    loss, changed = np.array([0.0, 0.01, 0.02]), np.array([0.0, 0.03, 0.2])
    each = [at_most(a, b, 300) for a, b in zip(loss, changed, strict=True)]
    np.testing.assert_allclose(all_at_most(loss, changed, 300), each)
