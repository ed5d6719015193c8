import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from mollia.arrays import clog, one_hot, softmax
from mollia.fusion.stack import BIAS_PENALTY, PULL, fit_stack, prior_stack


def problem(m=30, n_classes=3, width=50):
    rng = np.random.default_rng(0)
    y = rng.integers(n_classes, size=m)
    views = clog(rng.dirichlet(np.ones(n_classes), size=(m, 2)), 1e-3)
    views[np.arange(m), 0, y] += 1.0
    return views, rng.normal(size=(m, width)), y, np.array([0.4, 0.3])


def objective(theta, problem, penalty):
    """The penalised loss of the module's docstring, written out in full space."""
    views, X, y, w0 = problem
    J, K = views.shape[1:]
    w, b, W = theta[:J], theta[J : J + K], theta[J + K :].reshape(-1, K)
    S = np.einsum("njk,j->nk", views, w) + X @ W + b
    loss = -np.log((softmax(S) * one_hot(y, K)).sum(1)).sum()
    return loss + PULL * ((w - w0) ** 2).sum() + penalty / 2 * (W**2).sum() + BIAS_PENALTY * (b**2).sum()


def test_the_fit_is_the_penalised_optimum_also_with_more_columns_than_rows():
    given = views, X, y, w0 = problem()
    stack = fit_stack(views, X, y, w0=w0, penalty=5.0)
    theta = np.concatenate([stack.w, stack.b, stack.W.ravel()])
    slope = approx_fprime(theta, objective, 1e-6, given, 5.0)
    assert np.abs(slope).max() < 0.1
    start = np.zeros_like(theta)
    best = minimize(objective, start, args=(given, 5.0), options={"maxiter": 5}).fun
    assert objective(theta, given, 5.0) <= best


def test_weights_of_views_stay_positive():
    views, X, y, w0 = problem()
    stack = fit_stack(-5 * views, 0 * X, y, w0=w0, penalty=5.0)
    assert (stack.w >= 0).all()
    assert stack.w[0] == 0


def test_without_labels_the_prior_weights_pool_the_views():
    views, X, _, w0 = problem()
    scores = prior_stack(w0, X.shape[1], 3).scores(views, X)
    np.testing.assert_allclose(scores, 0.4 * views[:, 0] + 0.3 * views[:, 1])


@pytest.mark.parametrize("width", [4, 50])
def test_very_many_weights_end_at_the_same_optimum(width):
    """With fewer answers than rows, and with more."""
    views, X, y, w0 = problem(width=width)
    views[:, 0] *= -5  # its weight ends at 0
    stack = fit_stack(views, X, y, w0=w0, penalty=5.0)
    quick = fit_stack(views, X, y, w0=w0, penalty=5.0, quick=True)
    assert quick.w[0] == stack.w[0] == 0
    np.testing.assert_allclose(softmax(quick.scores(views, X)), softmax(stack.scores(views, X)), atol=2e-3)
