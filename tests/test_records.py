"""Pools and human labels look rows up by id, and labels of several uses are joined row by row."""

import numpy as np
import pytest

from mollia.estimate import Estimate
from mollia.records import HumanLabels, Pool

POOL = Pool(ids=("a", "b", "c"), texts=("one", "two", "three"), gold=np.full(3, -1))


def test_rows_are_found_in_the_ids_order():
    np.testing.assert_array_equal(POOL.rows_of(["c", "a"]), [2, 0])
    assert POOL.ids_of(np.array([2, 0])) == ("c", "a")
    assert POOL.texts_of(np.array([2, 0])) == ["three", "one"]


def test_no_id_gives_no_row_of_a_type_that_selects():
    assert POOL.gold[POOL.rows_of([])].shape == (0,)


def test_an_id_the_pool_lacks_is_named():
    with pytest.raises(KeyError, match="z"):
        POOL.rows_of(["a", "z"])


def test_joined_labels_have_one_row_each_the_later_word_and_the_first_chance():
    seed = HumanLabels.of({"a": 0, "b": 1}, chance={"a": 0.5, "b": 0.5})
    review = HumanLabels.of({"b": 2, "c": 0}, use="review")
    found = HumanLabels.joined([seed, review])
    assert found.ids == ("a", "b", "c")
    np.testing.assert_array_equal(found.y, [0, 2, 0])
    np.testing.assert_array_equal(found.chance, [0.5, 0.5, np.nan])


def test_nobody_said_anything():
    assert len(HumanLabels.none("audit")) == 0
    assert HumanLabels.none("audit").use == "audit"
    assert len(HumanLabels.joined([])) == 0


def test_an_estimate_says_its_figure_in_one_rounding():
    found = Estimate(
        value=0.7789,
        low=0.6612,
        high=0.8625,
        level=0.95,
        n_human=50,
        n_rows=950,
        method="audit",
        caveats=("Rough",),
    )
    assert found.interval == "95% interval 66.1% to 86.2%"
    assert found.figure == "77.9%, 95% interval 66.1% to 86.2% (50 human labels, audit)"
    assert str(found) == f"accuracy {found.figure}. Rough"
