import pytest

from mollia.data.read import read_table
from mollia.errors import DataError


def test_places_are_line_numbers_and_absent_keys_are_none(written):
    path = written("in.jsonl", '\ufeff{"a": 1, "b": {"c": [null]}}\n\n{"d": "x\u2028y", "a": "1"}\r\n')
    table = read_table(path)
    assert table.columns == {"a": [1, "1"], "b": [{"c": [None]}, None], "d": [None, "x\u2028y"]}
    assert table.places == (1, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ('{"a": 1}\n{"a": 1\n', r"in\.jsonl:2: not JSON"),
        ('{"a": 1}\n\n[1]\n', r"in\.jsonl:3: a JSON list, expected an object"),
        ('{"a": 1}\nnull\n', r"in\.jsonl:2: a JSON NoneType"),
        ("[" * 100_000 + "\n", r"in\.jsonl:1: not JSON: nested too deeply"),
    ],
)
def test_a_line_that_is_no_object_is_refused_with_its_number(written, content, message):
    with pytest.raises(DataError, match=message):
        read_table(written("in.jsonl", content))


def test_undecodable_bytes_name_line_and_offset(written):
    with pytest.raises(DataError, match=r"in\.jsonl:2: the byte 0xe9 at offset 19"):
        read_table(written("in.jsonl", b'{"a": 1}\n{"text": "\xe9"}\n'))


def test_a_json_list_of_objects_is_a_table(written):
    table = read_table(written("in.json", '[{"a": 1}, {"a": 2}]'))
    assert table.columns == {"a": [1, 2]}
    assert table.where(1) == f"{table.source}, row 2"


@pytest.mark.parametrize("content", ['{"a": 1}', "[1]", '{"a": 1}\n{"a": 2}', "", "[]"])
def test_other_json_is_refused(written, content):
    with pytest.raises(DataError, match=r"in\.json"):
        read_table(written("in.json", content))


def test_what_is_no_parquet_file_is_refused(written):
    with pytest.raises(DataError, match="is not a readable Parquet file"):
        read_table(written("in.parquet", "id,text\n"))
