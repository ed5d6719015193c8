import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import cohen_kappa_score

from mollia.errors import DataError
from mollia.honest.agreement import cohen_kappa, krippendorff_alpha

_ = -1  # no label
# Krippendorff (2011), section C: four observers, twelve units, missing labels; alpha nominal = 0.743
UNITS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
).T


def test_alpha_is_the_published_one_with_missing_labels():
    assert krippendorff_alpha(UNITS) == pytest.approx(0.743, abs=5e-4)


def test_alpha_is_the_published_one_for_two_observers():
    # the same source, section B: nominal data, alpha = 0.692
    letters = {name: number for number, name in enumerate("abcde")}
    meg = [letters[x] for x in "aabbdcccedda"]
    owen = [letters[x] for x in "babbbccceddd"]
    assert krippendorff_alpha(np.array([meg, owen]).T) == pytest.approx(0.692, abs=5e-4)


def test_kappa_is_the_textbook_one():
    # 50 proposals: 20 twice yes, 15 twice no, 5 and 10 apart: kappa = .4
    a = np.repeat([1, 1, 0, 0], [20, 5, 10, 15])
    b = np.repeat([1, 0, 1, 0], [20, 5, 10, 15])
    assert cohen_kappa(a, b) == pytest.approx(0.4)


@given(hnp.arrays(np.int64, st.tuples(st.integers(2, 40), st.just(2)), elements=st.integers(0, 3)))
def test_kappa_is_scikit_learns(pairs):
    a, b = pairs.T
    if len(np.unique(pairs)) > 1:
        assert cohen_kappa(a, b) == pytest.approx(cohen_kappa_score(a, b))


def test_rows_that_only_one_person_labelled_do_not_count():
    a, b = np.array([0, 1, 1, 0, -1, 2]), np.array([0, 1, 0, 0, 1, -1])
    assert cohen_kappa(a, b) == pytest.approx(cohen_kappa(a[:4], b[:4]))
    both = np.stack([a, b], 1)
    assert krippendorff_alpha(both) == pytest.approx(krippendorff_alpha(both[:4]))


def test_nothing_in_common_has_no_figure():
    assert np.isnan(cohen_kappa(np.array([0, -1]), np.array([-1, 0])))
    assert np.isnan(krippendorff_alpha(np.array([[0, -1], [-1, 0]])))
    assert np.isnan(krippendorff_alpha(np.zeros((0, 2), np.int64)))
    assert np.isnan(krippendorff_alpha(np.array([[1, 1], [1, 1]]))), "one class alone shows no agreement"
    assert np.isnan(cohen_kappa(np.array([1, 1]), np.array([1, 1])))


def test_full_agreement_is_one_and_shapes_are_checked():
    assert krippendorff_alpha(np.array([[0, 0], [1, 1], [2, 2]])) == pytest.approx(1.0)
    assert cohen_kappa(np.array([0, 1, 2]), np.array([0, 1, 2])) == pytest.approx(1.0)
    with pytest.raises(DataError, match="same rows"):
        cohen_kappa(np.array([0]), np.array([0, 1]))
    with pytest.raises(DataError, match="rows by people"):
        krippendorff_alpha(np.array([0, 1]))
