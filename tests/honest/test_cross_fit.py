import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator

from mollia.errors import DataError, NotEnoughLabels
from mollia.fusion import Mixture
from mollia.honest import cross_fit
from mollia.honest.cross_fit import cross_fitted_posterior, folds_of


@given(
    y=st.lists(st.integers(0, 4), min_size=2, max_size=60),
    folds=st.integers(2, 10),
    seed=st.integers(0, 50),
)
def test_folds_are_even_within_each_class(y, folds, seed):
    y = np.array(y)
    fold = folds_of(y, np.arange(len(y)), folds, seed)
    sizes = np.bincount(fold)
    assert len(sizes) == min(folds, len(y))
    assert sizes.max() - sizes.min() <= 1
    for k in range(5):
        if (y == k).any():
            of_class = np.bincount(fold[y == k], minlength=len(sizes))
            assert of_class.max() - of_class.min() <= 1


def test_copies_of_a_text_share_a_fold():
    groups = np.repeat(np.arange(10), 3)
    fold = folds_of(np.zeros(30, np.int64), groups, 5, 0)
    assert all(len(set(fold[groups == g].tolist())) == 1 for g in range(10))


def test_no_row_is_predicted_by_a_fit_that_saw_its_label(panel, memoriser):
    answers, gold = panel
    y = np.full(400, -1)
    y[:60] = (gold[:60] + 1) % 4  # always wrong, so a leak would agree with it
    posterior = cross_fitted_posterior(memoriser, answers, y, random_state=1)
    assert posterior.shape == (60, 4)
    without = answers.c[:60].mean(1) + 1e-6
    assert posterior == pytest.approx(without / without.sum(1, keepdims=True))
    assert not hasattr(memoriser, "known_")  # the caller's fuser stays unfitted


def test_a_copy_of_a_labelled_text_does_not_leak(panel):
    answers, _ = panel

    class ByText(BaseEstimator):
        def fit(self, X, y, *, texts=None):
            self.by_text_ = {t: int(k) for t, k in zip(texts, y, strict=True) if k >= 0}
            self.classes_ = np.arange(X.n_classes)
            return self

        def predict_proba(self, X, *, texts=None):
            assert len(X) == len(texts)
            known = [self.by_text_.get(t, -1) for t in texts]
            return np.array([np.eye(4)[k] if k >= 0 else np.full(4, 0.25) for k in known])

    y = np.full(400, -1)
    y[:20] = 2
    texts = [f"text {i % 10}" for i in range(400)]  # rows 0-9 and 10-19 are copies
    posterior = cross_fitted_posterior(ByText(), answers, y, texts)
    assert (posterior == 0.25).all()


def test_same_state_same_posterior(panel, memoriser):
    answers, gold = panel
    y = np.where(np.arange(400) < 30, gold, -1)
    first, second = (cross_fitted_posterior(memoriser, answers, y, random_state=7) for _ in range(2))
    assert np.array_equal(first, second)


def test_refits_side_by_side_say_what_they_say_one_by_one(panel, monkeypatch):
    answers, gold = panel
    y = np.where(np.arange(400) < 30, gold, -1)
    texts = [f"word{k} text{row % 90}" for row, k in enumerate(gold)]
    one = cross_fit.cross_fitted(Mixture(), answers, y, texts)
    monkeypatch.setattr(cross_fit, "THREADED", 0)
    other = cross_fit.cross_fitted(Mixture(), answers, y, texts)
    assert (one.posterior == other.posterior).all()
    assert one.open_confidence == other.open_confidence


def test_needs_two_different_labelled_texts(panel, memoriser):
    answers, _ = panel
    y = np.full(400, -1)
    for labelled in (0, 1):
        y[:labelled] = 0
        with pytest.raises(NotEnoughLabels, match=f"found {labelled}"):
            cross_fitted_posterior(memoriser, answers, y)


def test_refuses_labels_of_another_length(panel, memoriser):
    answers, _ = panel
    with pytest.raises(DataError, match="400 rows of answers and 3 rows of labels"):
        cross_fitted_posterior(memoriser, answers, np.zeros(3, np.int64))
