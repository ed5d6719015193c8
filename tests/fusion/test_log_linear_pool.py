import numpy as np
import pytest
from scipy.optimize import approx_fprime

from mollia.arrays import clog, normalise, softmax
from mollia.fusion.log_linear_pool import CENTRE, FLOOR, SCORE_PENALTY, VIEW_PENALTY, fit_pool


def drawn(scores, rng):
    return np.array([rng.choice(len(p), p=p) for p in softmax(scores)])


@pytest.mark.parametrize("true", [0.7, 1.0, 3.0])
def test_many_labels_find_the_temperature_the_scores_were_multiplied_by(true):
    rng = np.random.default_rng(0)
    scores = rng.normal(scale=2.0, size=(5000, 4))
    assert 1 / fit_pool(true * scores, [], drawn(scores, rng)).a == pytest.approx(true, rel=0.08)


def test_without_evidence_it_stays_at_its_centre():
    pool = fit_pool(np.zeros((30, 3)), [np.full((30, 3), 1 / 3)], np.zeros(30, int))
    assert 1 / pool.a == pytest.approx(CENTRE, rel=1e-3)
    assert pool.b.tolist() == [0.0]


def test_hard_rows_say_less_of_the_temperature():
    rng = np.random.default_rng(0)
    scores = rng.normal(scale=2.0, size=(60, 4))
    y = drawn(2 * scores, rng)  # they ask for .5
    found = [1 / fit_pool(scores, [], y, picked=picked).a for picked in (0.0, 0.5, 1.0)]
    assert found == sorted(found)
    assert found[2] > found[0] * 1.2
    empty = fit_pool(np.zeros((30, 3)), [], np.zeros(30, int), picked=1.0)
    assert 1 / empty.a == pytest.approx(1.2 * CENTRE, rel=1e-3)


def test_a_telling_view_gains_weight_with_labels_and_a_misleading_one_never():
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=1000)
    telling = normalise(np.eye(3)[y] + rng.random((1000, 3)))
    misleading = telling[:, [1, 2, 0]]
    scores = rng.normal(size=(1000, 3))
    few = fit_pool(scores[:20], [telling[:20], misleading[:20]], y[:20])
    many = fit_pool(scores, [telling, misleading], y)
    assert 0 < few.b[0] < many.b[0]
    assert many.b[1] == 0
    assert (many.posterior(scores, [telling, misleading]).argmax(1) == y).mean() > 0.9


def test_the_fit_is_the_penalised_optimum():
    rng = np.random.default_rng(1)
    scores, view = rng.normal(size=(40, 3)), rng.dirichlet(np.ones(3), size=40)
    y = drawn(scores + clog(view, FLOOR), rng)
    pool = fit_pool(scores, [view], y)

    def loss(theta):
        P = softmax(np.exp(theta[0]) * scores + theta[1] * clog(view, FLOOR))
        off = theta[0] + np.log(CENTRE)
        held = 4 * SCORE_PENALTY * off**2  # with 40 rows; from 100 on SCORE_PENALTY alone
        return -np.log(P[np.arange(40), y]).sum() + held + VIEW_PENALTY * theta[1] ** 2

    at = np.array([np.log(pool.a), pool.b[0]])
    assert np.abs(approx_fprime(at, loss, 1e-6)).max() < 1e-2
