"""Columns written at once read as their cells written one by one."""

import math
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.data.arrow_column import ArrowColumn
from mollia.data.csv_cells import cell_text, written
from mollia.errors import DataError

FLOATS = st.floats()
WHOLE = st.integers(-(10**7), 10**7).map(float)
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


@given(
    st.lists(
        st.one_of(st.none(), st.lists(st.one_of(FLOATS, st.floats(0, 1), WHOLE), max_size=4)), max_size=6
    )
)
def test_lists_of_numbers_in_arrow_memory_are_written_as_their_cells_are(cells):
    column = ArrowColumn(pa.array(cells, pa.list_(pa.float64())))
    assert written(column) == [cell_text(cell) for cell in cells]
    assert written(column.part(len(cells) // 2, len(cells))) == [
        cell_text(cell) for cell in cells[len(cells) // 2 :]
    ]


def test_missing_values_and_lists_are_told_apart():
    assert written([None, [], ["a"], []]) == ["", "[]", '["a"]', "[]"]
    assert written([math.nan, 1e-07, None]) == ["", "1e-07", ""]
    assert written([[math.inf], [0.5, 1.0]]) == ["[Infinity]", "[0.5, 1.0]"]


def test_bytes_are_refused():
    with pytest.raises(DataError, match="Bytes"):
        written([b"x"])
