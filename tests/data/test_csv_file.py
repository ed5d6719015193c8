import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.data.csv_file import as_delimiter, csv_batches, csv_lines, sniff
from mollia.data.read import read_table
from mollia.errors import DataError

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(
    lambda name: name.strip() and not name.startswith(("\ufeff", "sep="))
)


def parse_csv(text, **how):
    (table,) = csv_batches(io.StringIO(text, newline=""), **how)
    return table


@given(st.data(), st.lists(NAMES, min_size=1, max_size=4, unique=True), st.sampled_from(",;\t|"))
def test_what_is_written_is_read_back_cell_by_cell(data, names, delimiter):
    n = data.draw(st.integers(0, 5))
    columns = {name: tuple(data.draw(CELLS) for _ in range(n)) for name in names}
    text = "".join(csv_lines(columns, delimiter=delimiter))
    read = parse_csv(text, source="x.csv", delimiter=delimiter)
    assert read.columns == columns


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
def test_places_are_the_lines_an_editor_shows(rows):
    text = "".join(csv_lines({"a": [a for a, _ in rows], "b": [b for _, b in rows]}))
    read = parse_csv(text, source="x.csv", delimiter=",")
    lines = list(io.StringIO(text, newline=""))
    for (a, b), place in zip(rows, read.places, strict=True):
        record = next(csv.reader(lines[place - 1 :]))
        assert record == [a, b]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_though_texts_hold_others(delimiter):
    texts = ["one, two; three", "a|b,c", "x;y\tz, and, more", "plain"] * 3
    columns = {"id": [str(i) for i in range(12)], "text": texts, "label": ["a"] * 12}
    assert sniff("".join(csv_lines(columns, delimiter=delimiter))) == delimiter


def test_a_chosen_delimiter_is_told_and_a_comma_is_not():
    assert "semicolon" in parse_csv("id;text\n1;a, b\n", source="x.csv").notes[0]
    assert parse_csv("id,text\n1,a\n", source="x.csv").notes == ()


def test_a_column_alone_is_one_column():
    assert parse_csv("text\nhello\n\nworld\n", source="x.csv").columns == {"text": ("hello", "world")}


def test_excels_announcement_of_the_separator_is_obeyed_and_counted():
    read = parse_csv("sep=;\r\nid;text\r\n1;a,b\r\n", source="x.csv")
    assert read.columns == {"id": ("1",), "text": ("a,b",)}
    assert read.places == (3,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"x\.csv is empty"),
        ("\n\n", r"x\.csv is empty"),
        ("id,text\n1,a\n2,b,c\n", r"x\.csv:3: 3 cells, expected 2"),
        ('id,text\n1,"two\nlines"\n2\n', r"x\.csv:4: 1 cells, expected 2"),
        ("id,text,id\n1,a,2\n", r'x\.csv:1: 2 columns are called "id"'),
        ("id,,\n1,a,2\n", r"x\.csv:1: 2 columns have no name"),
        ('id,text\n1,ok\n2,"open\n3,x\n', r"x\.csv:3: a quoted cell begins here and never ends"),
        ('id,text\n1,"a" b\n', r"x\.csv:2: broken quoting"),
    ],
)
def test_a_broken_file_is_refused_with_its_physical_line(text, message):
    with pytest.raises(DataError, match=message):
        parse_csv(text, source="x.csv", delimiter=",")


def test_a_header_alone_gives_empty_columns():
    read = parse_csv("id,text\n", source="x.csv")
    assert read.columns == {"id": (), "text": ()}
    assert len(read) == 0


def test_cells_may_be_huge_or_hold_nul_and_line_separators(written):
    cells = ("x" * 300_000, "nul \0 inside", "line\u2028separator\x0bhere\x85too")
    path = written("in.csv", "".join(csv_lines({"text": cells, "n": ("1", "2", "3")})))
    assert read_table(path).columns["text"] == cells


@pytest.mark.parametrize(
    ("written_as", "character"), [("tab", "\t"), ("\\t", "\t"), ("semicolon", ";"), (";", ";"), ("", None)]
)
def test_delimiters_are_taken_as_people_write_them(written_as, character):
    assert as_delimiter(written_as) == character


@pytest.mark.parametrize("wrong", ["::", '"', "\n", "colon"])
def test_what_cannot_separate_is_refused(wrong):
    with pytest.raises(DataError, match="is not a delimiter"):
        as_delimiter(wrong)
