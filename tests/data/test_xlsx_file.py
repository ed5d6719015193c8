"""Workbooks: what is written comes back, what a sheet cannot hold is refused, what a person saves is read."""

import datetime as dt
import math
import zipfile

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mollia.data import xlsx_file
from mollia.data.read import read_pool, read_table
from mollia.data.table import as_text
from mollia.data.write_table import write_columns
from mollia.errors import DataError

# What XML cannot hold, or XlsxWriter writes as an escape, is not in the texts.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff_"), max_size=20
)
CELLS = st.one_of(
    TEXTS,
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(-1e6, 1e6).map(lambda number: round(number, 6)),  # a sheet keeps fifteen digits
    st.booleans(),
)


def saved(path, *sheets):
    """A workbook as a spreadsheet program saves it: sheets of rows."""
    with xlsxwriter.Workbook(str(path)) as book:
        for number, rows in enumerate(sheets):
            sheet = book.add_worksheet(f"Sheet{number + 1}")
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(at, column, cell, book.add_format({"num_format": "yyyy-mm-dd"}))
                    elif cell is not None:
                        sheet.write(at, column, cell)
    return path


@given(rows=st.lists(st.tuples(TEXTS, CELLS, CELLS), min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_what_is_written_comes_back(tmp_path, rows):
    columns = {
        "id": list(range(len(rows))),
        **dict(zip(("text", "a", "b"), map(list, zip(*rows, strict=True)), strict=True)),
    }
    write_columns(tmp_path / "out.xlsx", columns)
    table = read_table(tmp_path / "out.xlsx")
    for name, cells in columns.items():
        assert [as_text(cell) for cell in table.columns[name]] == [as_text(cell) for cell in cells]


@pytest.mark.parametrize(
    "text", ["=SUM(A1)", "+49 30", "-1", "@name", "007", "1.0", "TRUE", "#N/A", "http://x.y", "a\nb"]
)
def test_a_text_stays_a_text_whatever_it_looks_like(tmp_path, text):
    write_columns(tmp_path / "out.xlsx", {"text": [text, "b"], "n": [1, 2]})
    assert list(read_table(tmp_path / "out.xlsx").columns["text"]) == [text, "b"]


def test_missing_cells_are_blank_and_lists_are_json(tmp_path):
    write_columns(
        tmp_path / "out.xlsx", {"id": [1, 2, 3], "p": [0.25, math.nan, None], "list": [["a", "é"], [], None]}
    )
    table = read_table(tmp_path / "out.xlsx")
    assert list(table.columns["p"]) == [0.25, None, None]
    assert list(table.columns["list"]) == ['["a", "é"]', "[]", None]


def test_a_saved_workbook_is_read_with_whole_numbers_dates_and_row_numbers(tmp_path):
    path = saved(
        tmp_path / "in.xlsx",
        [
            ["id", "text", "day"],
            [7, "one text", dt.date(2024, 3, 1)],
            [None, None, None],
            [8, "another", None],
        ],
    )
    table = read_table(path)
    assert [as_text(cell) for cell in table.columns["id"]] == ["7", "8"]
    assert as_text(table.columns["day"][0]).startswith("2024-03-01")
    assert table.where(1, "text") == f'{path}, row 4, column "text"'
    assert read_pool(path).ids == ("7", "8")


def test_other_sheets_are_named_and_not_read(tmp_path):
    path = saved(tmp_path / "in.xlsx", [], [["id", "text"], [1, "x"]], [["a"], ["b"]])
    table = read_table(path)
    assert list(table.columns) == ["id", "text"]
    assert table.left_out == (f'{path}: read the sheet "Sheet2", not the sheet "Sheet3".',)


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([], "is empty"),
        ([["id", "id"], [1, 2]], '2 columns are called "id"'),
        ([["id", None, None], [1, 2, 3]], "columns have no name"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, rows, wrong):
    path = saved(tmp_path / "in.xlsx", rows)
    with pytest.raises(DataError, match=wrong) as failed:
        read_table(path)
    assert str(path) in str(failed.value)
    assert failed.value.hint


def test_what_is_no_workbook_is_told(tmp_path):
    (tmp_path / "a.xlsx").write_text("id,text\n1,x\n")
    with pytest.raises(DataError, match=r"not a readable \.xlsx file") as failed:
        read_table(tmp_path / "a.xlsx")
    assert "CSV" in failed.value.hint
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as packed:
        packed.writestr("readme.txt", "x")
    with pytest.raises(DataError, match=r"not a readable \.xlsx file"):
        read_table(tmp_path / "b.xlsx")


def test_what_a_sheet_cannot_hold_is_refused_and_nothing_is_left(tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r'Row 1, column "text": 40,000 characters'):
        write_columns(tmp_path / "out.xlsx", {"text": ["x" * 40_000]})
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 3)
    with pytest.raises(DataError, match="at most 2 rows"):
        write_columns(tmp_path / "out.xlsx", {"text": ["a", "b", "c"]})
    assert not list(tmp_path.iterdir())
