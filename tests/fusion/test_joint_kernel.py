import numpy as np

from mollia.arrays import normalise
from mollia.fusion import joint_kernel
from mollia.fusion.joint_kernel import fit_joint_kernel, log_scale, make_features
from mollia.fusion.observation import observe
from mollia.fusion.ridge import CLIP


def features(n=60, seed=0, width=5):
    rng = np.random.default_rng(seed)
    o = rng.dirichlet(np.ones(3), size=(n, 2))
    return o, make_features(o, rng.normal(size=(n, width)), log_scale(o), answered=o.shape[1])


def test_leaving_a_row_out_equals_refitting_without_it():
    _, given = features(30)
    y = np.random.default_rng(1).integers(3, size=30)
    model, left_out = fit_joint_kernel(given, y, 3)
    K = given.kernel(given)
    T = np.eye(3)[y] - model.shares
    for i in range(0, 30, 7):
        rest = np.arange(30) != i
        dual = np.linalg.solve(K[np.ix_(rest, rest)] + model.penalty * np.eye(29), T[rest])
        expected = normalise(np.maximum(K[i, rest] @ dual + model.shares, CLIP))
        np.testing.assert_allclose(left_out[i], expected, atol=1e-8)


def test_it_learns_what_a_combination_of_answers_means():
    """Two LLMs, exclusive or: neither answer tells the class alone."""
    rng = np.random.default_rng(0)
    said = rng.integers(2, size=(300, 2))
    y = said[:, 0] ^ said[:, 1]
    o = 0.9 * np.eye(2)[said] + 0.05
    given = make_features(o, None, log_scale(o), answered=o.shape[1])
    model, left_out = fit_joint_kernel(given[:200], y[:200], 2)
    assert (left_out.argmax(1) == y[:200]).mean() == 1
    assert (model.predict(given[200:]).argmax(1) == y[200:]).mean() == 1


def test_it_learns_from_text_alone_where_answers_tell_nothing():
    o, _ = features(200)
    rng = np.random.default_rng(2)
    y = rng.integers(3, size=200)
    e = np.eye(3)[y] + 0.3 * rng.normal(size=(200, 3))
    given = make_features(o, e, log_scale(o), answered=o.shape[1])
    model, _ = fit_joint_kernel(given[:150], y[:150], 3)
    assert (model.predict(given[150:]).argmax(1) == y[150:]).mean() > 0.9


def test_rows_without_any_answer_are_finite(panel):
    X, gold, _ = panel
    o = observe(X).copy()
    o[:5] = 0
    model, left_out = fit_joint_kernel(
        make_features(o, None, log_scale(o), answered=o.shape[1])[:50], gold[:50], 4
    )
    assert np.isfinite(left_out).all()
    assert model.predict(make_features(o[:0], None, 1.0, answered=o.shape[1])).shape == (0, 4)


def test_very_many_rows_are_read_in_single_precision_with_the_same_result(monkeypatch):
    _, given = features(80)
    model, _ = fit_joint_kernel(given[:30], np.random.default_rng(1).integers(3, size=30), 3)
    whole = model.predict(given)
    monkeypatch.setattr(joint_kernel, "MANY", 80 * 30 - 1)
    np.testing.assert_allclose(model.predict(given), whole, atol=1e-5)
