"""One reader of cells: what typed columns, spreadsheets and copying make of numbers, ids and labels."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.data.cells import Alike, marked, number_of, spellings, unmarked
from mollia.data.matching import LabelMatcher

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FORMULAS = st.builds(str.__add__, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "'", "'=", "''-"]), CELLS)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0.8", 0.8), (".8", 0.8), ("0,8", 0.8), (",8", 0.8), ("80%", 0.8), ("80 %", 0.8), ("12,5%", 0.125),
        (" 0.8\u00a0", 0.8), ("8e-1", 0.8), ("1", 1.0), ("1,0", 1.0), ("1,234", None), ("0,123", 0.123),
        ("1_000", None), ("inf", None), ("Infinity", None), ("1" * 5000, None), ("<0.1", None), ("yes", None),
        (True, None), (False, None), (1, 1.0), (0.25, 0.25), (Decimal("0.5"), 0.5), (np.float32(0.5), 0.5),
        (10**400, math.inf), ([0.8], None), ("½", None), ("\u22120.1", None),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_and_programs_write_it(cell, number):
    assert number_of(cell) == number


@pytest.mark.parametrize("cell", [None, "", "  ", "nan", "NaN", "NA", "n/a", "null", "None", "-", math.nan])
def test_a_gap_among_numbers_is_a_gap(cell):
    assert math.isnan(number_of(cell))


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("3.0", ("3",)), ("3.", ("3",)), ("3,0", ("3",)), ("-1.0", ("-1",)), ("-0.0", ("0",)), ("+5", ("5",)),
        ("0001", ("0001",)), ("1,234", ("1234",)), ("1.234.567", ("1234567",)), ("1 234", ("1234",)),
        ("1.000", ("1", "1000")), ("1e+05", ("100000",)), ("1.23E+11", ()), ("9007199254740993.0", ()),
        ("9007199254740993", ("9007199254740993",)), ("3.5", ()), ("x", ()), ("", ()), ("1" * 5000, ()),
    ],
)  # fmt: skip
def test_a_whole_number_is_found_behind_its_form(cell, found):
    assert spellings(cell) == found


@given(
    st.integers(-(2**53) + 1, 2**53 - 1), st.sampled_from(["{}", "{}.0", "{}.00", "{},0", " {} ", "{}\u00a0"])
)
def test_a_whole_number_is_its_id_in_every_form(number, form):
    alike = Alike((str(each), each) for each in (number, number + 1))
    assert alike(form.format(number)) == number
    assert alike(float(number)) == number
    assert alike(number) == number


@given(st.integers(0, 2**53 - 1))
def test_a_pool_with_float_ids_takes_whole_numbers(number):
    assert Alike([(f"{number}.0", "row")])(str(number)) == "row"


def test_what_fits_two_ids_fits_none_and_the_exact_one_wins():
    alike = Alike([("1", "a"), ("1000", "b"), ("1.000", "c"), ("é", "d"), ("e\u0301", "e")])
    assert [alike(cell) for cell in ("1", "1000", "1.000", "1.0", "é", "e\u0301")] == [
        "a", "b", "c", None, "d", "e",
    ]  # fmt: skip
    assert Alike([("1", "a"), ("1000", "b")])("1.000") is None
    assert Alike([("1", "a"), ("2", "b")])("1.000") == "a"


def test_leading_zeros_are_never_joined_but_named():
    alike = Alike([("0001", "a"), ("0002", "b")])
    assert alike("1") is None
    assert "Leading zeros were lost or added" in alike.why_not("1")
    assert "Leading zeros were lost or added" in alike.why_not(1.0)
    assert "Leading zeros were lost or added" in Alike([("1", "a")]).why_not("0001")
    assert alike.why_not("7") == ""


@pytest.mark.parametrize(
    ("cell", "cause"),
    [
        ("1.23E+11", "shortened a long number"),
        ("9007199254740993.0", "loses digits as a float"),
        (2.0**60, "loses digits as a float"),
        ("#NAME?", "took the cell for a formula"),
    ],
)
def test_a_damaged_name_is_told_with_its_likely_cause(cell, cause):
    assert cause in Alike([("123456789012", "a")]).why_not(cell)


@given(CELLS | FORMULAS)
def test_a_cell_made_safe_comes_back_as_it_was(cell):
    safe = marked(cell)
    assert unmarked(safe) == cell
    assert safe[:1] not in {"=", "@", "\t", "\r", "\n"}
    if safe[:1] in {"+", "-"}:
        assert number_of(safe) is not None  # a number is not a formula


@pytest.mark.parametrize("cell", ["-1", "+49", "-0.5", "5%", "text", "'quoted'", "a=b", ""])
def test_what_is_no_formula_stays(cell):
    assert marked(cell) == cell


def test_a_number_before_a_formula_is_a_formula():
    assert marked("-1+cmd|' /C calc'!A0").startswith("'")
    assert marked("-" + "1" * 50 + "+cmd").startswith("'")


@pytest.mark.parametrize("label", ["=x", "-1", "+", "@home", "1.0", "yes"])
def test_a_class_is_found_behind_the_mark(label):
    match = LabelMatcher([label, "other"])
    assert match(label) == match(marked(label)) == match("'" + label) == 0 or label in {"1.0", "yes"}


def test_labels_of_whole_numbers_are_found_both_ways():
    assert [LabelMatcher(["0", "1"])(cell) for cell in ("0.0", 1.0, "1,0", " 1.0 ", "01", True)] == [
        0, 1, 1, 1, -2, -2,
    ]  # fmt: skip
    assert LabelMatcher(["0.0", "1.0"])("1") == 1
    assert "Leading zeros" in str(LabelMatcher(["01", "02"]).refusal("1", "x.csv:2"))


@given(
    st.lists(CELLS.filter(str.strip), min_size=1, max_size=6, unique_by=lambda name: name.strip().casefold()),
    st.data(),
)
def test_the_exact_spelling_of_a_class_is_always_that_class(names, data):
    match = LabelMatcher(names)
    number = data.draw(st.integers(0, len(names) - 1))
    assert match(names[number]) == number
