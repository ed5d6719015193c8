import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import cohen_kappa_score

from mollia.errors import DataError
from mollia.kappa import cohen_kappa


def test_kappa_is_the_textbook_one():
    # 50 proposals: 20 twice yes, 15 twice no, 5 and 10 apart: kappa = .4
    a = np.repeat([1, 1, 0, 0], [20, 5, 10, 15])
    b = np.repeat([1, 0, 1, 0], [20, 5, 10, 15])
    assert cohen_kappa(a, b) == 0.4


@given(hnp.arrays(np.int64, st.tuples(st.integers(2, 40), st.just(2)), elements=st.integers(0, 3)))
def test_kappa_is_scikit_learns(pairs):
    a, b = pairs.T
    if len(np.unique(pairs)) > 1:
        assert cohen_kappa(a, b) == pytest.approx(cohen_kappa_score(a, b))


def test_rows_that_only_one_labels_do_not_count():
    a, b = np.array([0, 1, 1, 0, -1, 2]), np.array([0, 1, 0, 0, 1, -1])
    assert cohen_kappa(a, b) == cohen_kappa(a[:4], b[:4])


def test_nothing_in_common_and_one_class_alone_have_no_figure():
    assert np.isnan(cohen_kappa(np.array([0, -1]), np.array([-1, 0])))
    assert np.isnan(cohen_kappa(np.array([1, 1]), np.array([1, 1])))
    assert np.isnan(cohen_kappa(np.zeros(0, int), np.zeros(0, int)))


def test_full_agreement_is_one_and_lengths_are_checked():
    assert cohen_kappa(np.array([0, 1, 2]), np.array([0, 1, 2])) == 1.0
    with pytest.raises(DataError, match="same rows"):
        cohen_kappa(np.array([0]), np.array([0, 1]))
