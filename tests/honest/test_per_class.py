import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from mollia.errors import DataError
from mollia.honest.per_class import class_figures, class_shares, macro


@given(seed=st.integers(0, 500), m=st.integers(1, 60))
def test_figures_agree_with_scikit_learn_and_hold_their_point(seed, m):
    rng = np.random.default_rng(seed)
    y, label = rng.integers(3, size=(2, m))
    found = class_figures(label, y, 4)
    oracle = metrics.precision_recall_fscore_support(y, label, labels=range(4), zero_division=0)
    for k, figures in enumerate(found):
        assert figures.support == oracle[3][k]
        for name, values in zip(("precision", "recall", "f1"), oracle[:3], strict=True):
            figure = getattr(figures, name)
            if figure is not None:
                assert figure.value == pytest.approx(values[k])
                assert figure.low <= figure.value <= figure.high
                assert figure.low < figure.high


def test_a_class_nobody_has_seen_has_support_0_and_no_figure():
    found = class_figures(np.array([0, 1, 1]), np.array([0, 0, 1]), 4)
    assert [f.support for f in found] == [2, 1, 0, 0]
    assert found[2].precision is found[2].recall is found[2].f1 is None
    assert macro([f.recall for f in found]) == pytest.approx((0.5 + 1) / 2)
    assert np.isnan(macro([None]))


def test_shares_are_corrected_for_what_the_panel_prefers():
    rng = np.random.default_rng(0)
    truth = rng.choice(3, 3000, p=[0.6, 0.3, 0.1])
    posterior = 0.5 * np.eye(3)[truth] + 0.5 * np.array([0.0, 0.1, 0.9])  # half of its mass on class 2
    errors, covered = [], []
    for seed in range(200):
        rows = np.random.default_rng(seed).permutation(3000)[:100]
        shares = class_shares(truth[rows], posterior[rows], posterior)
        errors.append([s.value - (truth == k).mean() for k, s in enumerate(shares)])
        covered.append([s.low <= (truth == k).mean() <= s.high for k, s in enumerate(shares)])
    assert np.abs(np.mean(errors, 0)).max() < 0.01
    assert np.abs(posterior.mean(0) - [0.6, 0.3, 0.1]).max() > 0.2
    assert np.mean(covered, 0).min() >= 0.9


def test_shapes_must_fit():
    with pytest.raises(DataError):
        class_shares(np.zeros(3, np.int64), np.ones((2, 4)), np.ones((9, 4)))
