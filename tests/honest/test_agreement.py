import numpy as np
import pytest

from mollia.errors import DataError
from mollia.honest.agreement import krippendorff_alpha

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


def test_rows_that_only_one_person_labelled_do_not_count():
    both = np.array([[0, 0], [1, 1], [1, 0], [0, 0], [-1, 1], [2, -1]])
    assert krippendorff_alpha(both) == pytest.approx(krippendorff_alpha(both[:4]))


def test_nothing_in_common_has_no_figure():
    assert np.isnan(krippendorff_alpha(np.array([[0, -1], [-1, 0]])))
    assert np.isnan(krippendorff_alpha(np.zeros((0, 2), np.int64)))
    assert np.isnan(krippendorff_alpha(np.array([[1, 1], [1, 1]]))), "one class alone shows no agreement"


def test_full_agreement_is_one_and_shapes_are_checked():
    assert krippendorff_alpha(np.array([[0, 0], [1, 1], [2, 2]])) == pytest.approx(1.0)
    with pytest.raises(DataError, match="rows by people"):
        krippendorff_alpha(np.array([0, 1]))
