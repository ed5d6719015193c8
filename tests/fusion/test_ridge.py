import numpy as np

from mollia.arrays import normalise
from mollia.fusion.ridge import CLIP, factorise


def test_leaving_a_row_out_equals_refitting_without_it():
    rng = np.random.default_rng(0)
    e, T = rng.normal(size=(25, 4)), rng.dirichlet(np.ones(3), size=25)
    Q, _ = factorise(e, penalty=0.3).fit(T)
    for i in range(25):
        rest = np.arange(25) != i
        _, model = factorise(e[rest], penalty=0.3).fit(T[rest])
        np.testing.assert_allclose(Q[i], model.predict(e[[i]])[0], atol=1e-5)


def test_predictions_are_clipped_distributions():
    e = np.linspace(-3, 3, 20)[:, None]
    T = np.eye(2)[(e[:, 0] > 0).astype(int)]
    _, model = factorise(e, penalty=0.3).fit(T)
    Q = model.predict(np.array([[-100.0], [0.0]]))
    np.testing.assert_allclose(Q.sum(1), 1.0)
    np.testing.assert_allclose(Q[0], normalise(np.array([Q[0, 0] / Q[0, 1] * CLIP, CLIP])))


def test_more_columns_than_rows_is_fine():
    e = np.random.default_rng(0).normal(size=(5, 50))
    Q, _ = factorise(e, penalty=0.3).fit(np.eye(5))
    assert np.isfinite(Q).all()
