import numpy as np
import pytest
from scipy.optimize import Bounds, minimize

from mollia.fusion.descent import descend


def logistic(n_bounded, seed=0):
    """A penalised logistic loss of 30 variables, the first ones pulled below 0."""
    rng = np.random.default_rng(seed)
    X, sign = rng.normal(size=(200, 30)), rng.choice([-1.0, 1.0], size=200)
    X[:, :n_bounded] -= 0.5 * sign[:, None]

    def loss(x):
        z = sign * (X @ x)
        pull = -sign / (1 + np.exp(z))
        return float(np.logaddexp(0, -z).sum() + (x**2).sum()), X.T @ pull + 2 * x

    return loss


@pytest.mark.parametrize("n_bounded", [0, 3])
def test_it_ends_where_scipy_ends(n_bounded):
    loss, start = logistic(n_bounded), np.full(30, 0.1)
    least = np.append(np.zeros(n_bounded), np.full(30 - n_bounded, -np.inf))
    best = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=Bounds(least, np.inf), options={"ftol": 1e-14}
    ).x
    found = descend(loss, start, n_bounded=n_bounded, most_steps=300, tolerance=1e-13)
    np.testing.assert_allclose(found, best, atol=1e-4)
    assert (found[:n_bounded] == 0).all(), "these are pulled below 0"


def test_a_variable_leaves_its_bound_where_that_lowers_the_loss():
    found = descend(
        lambda x: (float(((x - 1) ** 2).sum()), 2 * (x - 1)),
        np.zeros(4),
        n_bounded=2,
        most_steps=50,
        tolerance=1e-12,
    )
    np.testing.assert_allclose(found, 1.0, atol=1e-5)


def test_the_most_steps_are_kept_and_the_start_is_not_changed():
    seen = []

    def loss(x):
        seen.append(x)
        return float((x**4).sum()), 4 * x**3

    start = np.full(3, 2.0)
    found = descend(loss, start, n_bounded=0, most_steps=2, tolerance=0.0)
    assert len(seen) >= 3
    assert 0 < float(found.max()) < 2
    np.testing.assert_array_equal(start, 2.0)


def test_at_the_least_value_it_stays():
    np.testing.assert_array_equal(
        descend(
            lambda x: (float((x**2).sum()), 2 * x), np.zeros(3), n_bounded=1, most_steps=5, tolerance=1e-9
        ),
        0.0,
    )


def test_a_function_that_only_rises_leaves_the_start():
    """A gradient that points the wrong way promises a fall that does not come."""
    start = np.array([1.0, 2.0])
    found = descend(lambda x: (float((x**2).sum()), -2 * x), start, n_bounded=0, most_steps=5, tolerance=1e-9)
    np.testing.assert_array_equal(found, start)
