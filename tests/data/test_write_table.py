import json
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mollia.data.batches import read_batches
from mollia.data.read import read_table
from mollia.data.write_table import write_columns, writing
from mollia.errors import DataError
from mollia.text_format import TextFormat

COLUMNS = {
    "id": ["1", "2", "3", "4", "5"],
    "text": ["é; a", 'say "x"', "two\r\nlines", "", "lone\rreturn"],
    "p": [0.5, None, 1, float("nan"), 1e-9],
    "extra": [["a"], None, [], ["é"], None],
}


def written_in_batches(path, columns, size, **how):
    n = len(next(iter(columns.values())))
    with writing(path, text_format=TextFormat(**how)) as rows:
        for at in range(0, n, size):
            rows.write({name: cells[at : at + size] for name, cells in columns.items()})


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("x.csv", {}),
        ("x.csv", {"bom": True, "delimiter": "semicolon"}),
        ("x.csv", {"encoding": "utf-16"}),
        ("x.tsv", {"encoding": "cp1252"}),
        ("x.jsonl", {}),
        ("x.jsonl", {"encoding": "utf-16"}),
    ],
)
def test_batches_make_the_same_bytes_as_the_whole(tmp_path, name, how, size):
    write_columns(tmp_path / name, COLUMNS, text_format=TextFormat(**how))
    whole = (tmp_path / name).read_bytes()
    written_in_batches(tmp_path / name, COLUMNS, size, **how)
    assert (tmp_path / name).read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == [name]


JSON_CELLS = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=3)
SOME_KEYS = st.dictionaries(st.sampled_from("abc"), JSON_CELLS, min_size=1, max_size=2)
NESTED = JSON_CELLS | st.lists(JSON_CELLS, max_size=2) | SOME_KEYS
NUMBERS = st.none() | st.integers(-100, 100) | st.floats()
LISTS = st.none() | st.lists(NUMBERS | st.none(), max_size=2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    cells=st.lists(NUMBERS, min_size=1, max_size=5)
    | st.lists(LISTS, min_size=1, max_size=5)
    | st.lists(SOME_KEYS, min_size=1, max_size=5)
    | st.lists(NESTED, min_size=1, max_size=5)
)
def test_parquet_columns_get_the_type_that_fits_all_batches(tmp_path, cells):
    def outcome(write):
        path = tmp_path / "x.parquet"
        try:
            write(path)
        except DataError:
            return "refused"
        found = pq.read_table(path)
        return repr((found.schema.field("x").type, found.to_pylist()))

    columns = {"n": list(range(len(cells))), "x": cells}
    whole = outcome(lambda path: write_columns(path, columns))
    assert outcome(lambda path: written_in_batches(path, columns, 1)) == whole
    assert outcome(lambda path: written_in_batches(path, columns, 2)) == whole


def test_a_parquet_type_that_widens_keeps_what_was_written(tmp_path):
    path = tmp_path / "x.parquet"
    columns = {"a": [None, None, 1, 2.5], "b": [{"x": 1}, {"y": []}, None, {"y": ["z"]}]}
    written_in_batches(path, columns, 1)
    found = pq.read_table(path)
    assert found.column("a").to_pylist() == [None, None, 1.0, 2.5]
    assert found.column("b").to_pylist() == [
        {"x": 1, "y": None},
        {"x": None, "y": []},
        None,
        {"x": None, "y": ["z"]},
    ]
    assert list(tmp_path.iterdir()) == [path]


def test_parquet_in_batches_to_parquet_keeps_every_type(tmp_path):
    table = pa.table(
        {
            "small": pa.array([1, 2, 3], pa.int8()),
            "kind": pa.array(["a", None, "b"]).dictionary_encode(),
            "day": pa.array([None, None, date(2024, 1, 2)]),
            "list": pa.array([[1.5], [], None], pa.list_(pa.float32())),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    with writing(tmp_path / "out.parquet") as rows:
        for batch in read_batches(tmp_path / "in.parquet", size=2):
            rows.write(batch.columns)
    again = pq.read_table(tmp_path / "out.parquet")
    assert [field.type for field in again.schema] == [field.type for field in table.schema]
    assert again.to_pylist() == table.to_pylist()


def test_mixed_types_in_two_batches_are_refused_with_the_column(tmp_path):
    with pytest.raises(DataError, match='Column "x" cannot be written to Parquet'):
        written_in_batches(tmp_path / "x.parquet", {"n": [1, 2], "x": [1, "a"]}, 1)
    with pytest.raises(DataError, match='Column "x" cannot be written to Parquet'):  # never False as 0.0
        written_in_batches(tmp_path / "x.parquet", {"x": [{"a": False}, {"a": 0.5}]}, 1)
    with pytest.raises(DataError, match="cannot be written to Parquet"):
        write_columns(tmp_path / "x.parquet", {"x": [{}]})
    assert list(tmp_path.iterdir()) == []


def test_a_character_the_encoding_lacks_is_named_with_its_row_in_the_file(tmp_path):
    columns = {"id": ["1", "2", "3"], "text": ["é", "b", "a ☃"]}
    with pytest.raises(DataError, match="'☃' in row 3, column \"text\" cannot be written in latin-1"):
        written_in_batches(tmp_path / "x.csv", columns, 1, encoding="latin-1")
    with pytest.raises(DataError, match=r"in a cell cannot be written"):
        write_columns(tmp_path / "x.csv", {"list": [["\ud83d"]]})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_failure_between_two_batches_leaves_the_old_file_and_no_other(tmp_path, suffix):
    path = tmp_path / f"x.{suffix}"
    write_columns(path, {"a": ["old"]})

    def fail():
        with writing(path) as rows:
            rows.write({"a": ["new"]})
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(read_table(path).columns["a"]) == ["old"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_batch_whose_columns_differ_in_length_is_refused(tmp_path):
    with pytest.raises(ValueError, match="shorter"), writing(tmp_path / "x.jsonl") as rows:
        rows.write({"a": ["1", "2"], "b": ["1"]})


def test_jsonl_lines_are_whole_objects(tmp_path):
    written_in_batches(tmp_path / "x.jsonl", COLUMNS, 2)
    records = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text("utf-8").split("\n")[:-1]]
    assert [record["p"] for record in records] == [0.5, None, 1, None, 1e-9]


def test_parquet_keeps_a_table_of_distinct_values_of_texts_and_none_of_fractions(tmp_path):
    columns = {
        "a.b": ["x", "y"] * 50,
        "p": [n / 100 for n in range(100)],
        "said": [["yes"]] * 100,
        "z": [[0.1, 0.9]] * 100,
    }
    write_columns(tmp_path / "x.parquet", columns)
    group = pq.ParquetFile(tmp_path / "x.parquet").metadata.row_group(0)
    kept = {
        group.column(number).path_in_schema: "RLE_DICTIONARY" in group.column(number).encodings
        for number in range(group.num_columns)
    }
    assert kept == {"a.b": True, "p": False, "said.list.element": True, "z.list.element": False}
    assert {
        name: list(cells) for name, cells in read_table(tmp_path / "x.parquet").columns.items()
    } == columns


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("labels.cvs", r'files that end in "\.cvs" are not written\. Did you mean "\.csv"\?'),
        ("labels", "the name has no ending, so its format is not known"),
    ],
)
def test_a_name_without_a_known_ending_is_refused_and_nothing_is_written(tmp_path, name, said):
    with pytest.raises(DataError, match=said) as caught, writing(tmp_path / name):
        pass
    assert ".csv, " in caught.value.hint
    assert not list(tmp_path.iterdir())
