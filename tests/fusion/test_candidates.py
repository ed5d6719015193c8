import numpy as np
import pytest

from mollia.fusion.candidates import FEATURES, MOST, Spoken, lines, read_panel
from mollia.fusion.observation import mean_over_llms, observe
from mollia.fusion.ridge import factorise


def read(simulator, drawer, *, n_classes=6, order=None, text=True):
    X, gold, _ = simulator(200, n_classes=n_classes)
    o, y = observe(X), drawer(gold, 30)
    e = np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32)
    o = o if order is None else o[:, order]
    P = mean_over_llms(o)
    loo = factorise(e, penalty=1.0) if text else None
    reading, Q, A = read_panel(
        o,
        y,
        P,
        omega=np.array([0.9, 0.8, 0.7])[order or slice(None)],
        text=loo,
        fit=np.array([1, 0.5, 0.2, 0.8]),
    )
    return reading, lines(reading, o, Spoken(P=P, F=P, J=P, Q=Q, A=A)), P


def column(found, name):
    return found[:, :, FEATURES.index(name)]


def test_the_candidates_are_the_most_probable_classes(simulator, drawer):
    _, (classes, found), P = read(simulator, drawer)
    assert classes.shape == (200, MOST)
    assert found.shape == (200, MOST, len(FEATURES))
    np.testing.assert_array_equal(classes[:, 0], P.argmax(1))
    np.testing.assert_allclose(column(found, "posterior"), np.take_along_axis(P, classes, 1), rtol=1e-6)
    np.testing.assert_array_equal(column(found, "rank")[0], np.arange(MOST))


def test_fewer_classes_are_all_candidates(simulator, drawer):
    _, (classes, found), _ = read(simulator, drawer, n_classes=2)
    assert classes.shape[1] == found.shape[1] == 2


def test_figures_of_the_panel_stand_in_every_line(simulator, drawer):
    _, (_, found), _ = read(simulator, drawer)
    assert (column(found, "labels") == 30).all()
    assert (column(found, "llms") == 3).all()
    assert column(found, "classes")[0, 0] == pytest.approx(np.log(6))
    assert (column(found, "gate") == 1).all()
    assert (column(found, "temperature") == np.float32(0.8)).all()
    assert np.ptp(column(found, "best_accuracy")) == 0


def test_the_order_of_the_llms_makes_no_difference(simulator, drawer):
    _, (classes, found), _ = read(simulator, drawer)
    _, (again, turned), _ = read(simulator, drawer, order=[2, 0, 1])
    np.testing.assert_array_equal(classes, again)
    np.testing.assert_allclose(found, turned, atol=1e-4)


def test_without_texts_their_figures_are_missing_and_no_other(simulator, drawer):
    _, (_, found), _ = read(simulator, drawer, text=False)
    assert np.isnan(column(found, "text")).all()
    others = [i for i, name in enumerate(FEATURES) if name != "text"]
    assert np.isfinite(found[:, :, others]).all()


def test_the_most_accurate_llm_comes_first(simulator, drawer):
    reading, _, _ = read(simulator, drawer)
    assert reading.order[0] == reading.accuracy.argmax() == 0
