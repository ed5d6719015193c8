"""Columns written at once read as their cells written one by one."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.data.csv_cells import cell_text, written
from mollia.errors import DataError

FLOATS = st.floats()
KINDS = [
    st.text(max_size=3),
    FLOATS,
    st.lists(FLOATS, max_size=3),
    st.lists(st.sampled_from(["refund", "inf", "é", ""]), max_size=3),
    st.one_of(st.integers(), st.booleans(), st.text(max_size=2), FLOATS, st.just(date(2024, 1, 2))),
    st.lists(st.one_of(st.none(), st.integers(), FLOATS, st.text(max_size=2)), max_size=3),
]


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.lists(st.one_of(st.none(), kind), max_size=6)))
def test_a_column_is_written_as_its_cells_are(cells):
    assert written(cells) == [cell_text(cell) for cell in cells]


def test_missing_values_and_lists_are_told_apart():
    assert written([None, [], ["a"], []]) == ["", "[]", '["a"]', "[]"]
    assert written([math.nan, 1e-07, None]) == ["", "1e-07", ""]
    assert written([[math.inf], [0.5, 1.0]]) == ["[Infinity]", "[0.5, 1.0]"]


def test_bytes_are_refused():
    with pytest.raises(DataError, match="Bytes"):
        written([b"x"])
