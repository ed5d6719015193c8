import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import check_grad
from sklearn.linear_model import LogisticRegression

from mollia.arrays import one_hot
from mollia.student import softmax_head
from mollia.student.softmax_head import Objective, fit_head


def lessons(n=30, V=12, K=4, *, seed=0):
    rng = np.random.default_rng(seed)
    X = sparse.random_array((n, V), density=0.4, rng=rng, format="csr")
    y = rng.dirichlet(np.ones(K), n)
    negative = rng.random((n, K)) < 0.3
    negative[::4] = False
    return X, y, rng.random(n), negative


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("negative_weight", [0.0, 0.7])
def test_the_gradient_is_the_losss_slope(dense, negative_weight):
    X, y, weight, negative = lessons()
    X = X.toarray() if dense else X
    loss = Objective(X=X, y=y, weight=weight, negative=negative, negative_weight=negative_weight, C=2.0)
    at = np.random.default_rng(1).normal(size=(X.shape[1] + 1) * y.shape[1])
    assert check_grad(lambda w: loss(w)[0], lambda w: loss(w)[1], at) < 1e-5


def test_the_negative_loss_is_the_papers_mean_over_classes_then_rows():
    X, y, weight, negative = lessons()
    at = np.random.default_rng(1).normal(size=(X.shape[1] + 1) * y.shape[1])
    of = {
        lambda_: Objective(X=X, y=y, weight=weight, negative=negative, negative_weight=lambda_, C=2.0)(at)[0]
        for lambda_ in (0.0, 0.7)
    }
    W, b = np.split(at.reshape(-1, 4), [12])
    scores = X @ W + b
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    per_row = [-np.log(1 - p[i][negative[i]]).mean() for i in range(len(p)) if negative[i].any()]
    assert of[0.7] - of[0.0] == pytest.approx(0.7 * np.mean(per_row))


def test_without_soft_labels_it_is_scikit_learns_logistic_regression():
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=3000)
    X = rng.normal(size=(3000, 5)) + y[:, None] * [1, 0, -1, 0.5, 0]
    ours = fit_head(
        X,
        one_hot(y, 3),
        weight=np.ones(3000),
        negative=np.zeros((3000, 3), bool),
        negative_weight=0.0,
        C=1.0,
    )
    theirs = LogisticRegression(C=1.0, tol=1e-8).fit(X, y)
    # The one empty row that keeps intercepts finite is the only difference.
    assert np.abs(ours.predict_proba(X) - theirs.predict_proba(X)).max() < 2e-3


def test_the_search_in_the_rows_span_finds_the_same_optimum(monkeypatch):
    X, y, weight, negative = lessons(n=25, V=90)
    X = sparse.vstack([X, X[:2], sparse.csr_array((1, 90))]).tocsr()  # equal rows and an empty one
    y, weight, negative = (np.concatenate([a, a[:3]]) for a in (y, weight, negative))
    how = {"weight": weight, "negative": negative, "negative_weight": 0.5, "C": 10.0}
    in_span = fit_head(X, y, **how)
    monkeypatch.setattr(softmax_head, "MOST_ROWS_IN_SPAN", 0)
    monkeypatch.setattr(softmax_head, "TOLERANCE", 1e-8)
    direct = fit_head(X, y, **how)
    assert np.abs(in_span.predict_proba(X) - direct.predict_proba(X)).max() < 1e-3
    assert np.abs(in_span.coef - direct.coef).max() < 5e-3


def test_a_negative_label_lowers_its_class():
    X, y, weight, negative = lessons()
    y = np.full_like(y, 0.25)
    negative = np.zeros_like(negative)
    negative[:, 1] = True
    how = {"weight": weight, "negative": negative, "C": 10.0}
    without = fit_head(X, y, negative_weight=0.0, **how).predict_proba(X)
    with_it = fit_head(X, y, negative_weight=1.0, **how).predict_proba(X)
    assert (with_it[:, 1] < without[:, 1]).all()
    assert with_it[:, 1].mean() < 0.1 < without[:, 1].mean()


def test_a_weight_of_zero_leaves_the_row_out():
    X, y, weight, negative = lessons()
    weight = np.ones_like(weight)
    weight[20:] = 0.0
    changed = y.copy()
    changed[20:] = y[20:, ::-1]
    how = {"weight": weight, "negative": negative & False, "negative_weight": 0.0, "C": 10.0}
    one, other = fit_head(X, y, **how), fit_head(X, changed, **how)
    assert np.array_equal(one.coef, other.coef)


def test_many_equal_rows_are_no_special_case():
    rng = np.random.default_rng(0)
    row = sparse.random_array((1, 400), density=0.1, rng=rng, format="csr", dtype=np.float32)
    X = sparse.csr_array(sparse.vstack([row] * 40, format="csr"))
    y = np.tile([0.9, 0.1], (40, 1))
    head = fit_head(X, y, weight=np.ones(40), negative=np.zeros((40, 2), bool), negative_weight=0.0, C=1e4)
    assert head.predict_proba(X)[0] == pytest.approx([0.9, 0.1], abs=0.01)
