"""Rows of two files joined by ids that a typed column or a spreadsheet wrote in another form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.data.same_ids import same_ids

NUMBERS = st.lists(st.integers(0, 2**53 - 1), min_size=1, max_size=20, unique=True)


@given(NUMBERS, st.randoms(use_true_random=False))
def test_whole_numbers_are_found_among_floats_and_the_reverse(numbers, random):
    whole = [str(number) for number in numbers]
    floats = [f"{number}.0" for number in numbers]
    order = random.sample(range(len(numbers)), len(numbers))
    shuffled = [floats[row] for row in order]
    assert [order[at] for at in same_ids(whole, shuffled).at] == list(range(len(numbers)))
    assert same_ids(shuffled, whole).at.tolist() == order


@pytest.mark.parametrize(
    ("ids", "known", "at"),
    [
        (["1", "1.0"], ["1"], [0, -1]),  # as written comes first, in whatever order
        (["1.0", "1"], ["1"], [-1, 0]),
        (["1.0", "1,0"], ["1"], [0, -1]),
        (["1", "1.0"], ["1.0", "1"], [1, 0]),
        (["a ", "b"], ["b", "a"], [1, 0]),
        (["x"], ["X"], [-1]),  # ids differ in case
        (["'=1"], ["=1"], [0]),
    ],
)
def test_an_id_as_written_comes_first_and_no_two_ids_are_one_row(ids, known, at):
    assert same_ids(ids, known).at.tolist() == at


def test_the_cause_of_a_lost_id_is_named():
    assert "Leading zeros" in same_ids(["a", "1"], ["a", "0001"]).cause
    assert same_ids(["a"], ["a"]).cause == ""
