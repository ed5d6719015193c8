import io
import json
import os
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mollia.data import decode
from mollia.data.batches import read_batches
from mollia.data.csv_file import csv_batches, csv_lines
from mollia.data.jsonl_file import jsonl_lines
from mollia.data.read import read_table
from mollia.errors import DataError
from mollia.text_format import TextFormat

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


def joined(tables):
    """Return the cells, places and delimiters of tables of the same columns, one after the other."""
    tables = list(tables)
    assert all(list(table.columns) == list(tables[0].columns) for table in tables)
    columns = {name: [cell for table in tables for cell in table.columns[name]] for name in tables[0].columns}
    return columns, [place for table in tables for place in table.places], {t.delimiter for t in tables}


def message(read):
    with pytest.raises(DataError) as caught:
        read()
    return str(caught.value)


@given(
    rows=st.lists(st.tuples(CELLS, CELLS), max_size=9),
    size=st.integers(1, 4),
    delimiter=st.sampled_from([None, ";"]),
)
def test_csv_in_batches_is_csv_at_once(rows, size, delimiter):
    text = "".join(csv_lines({"a": [a for a, _ in rows], "b": [b for _, b in rows]}, delimiter=";"))

    def read(size):
        lines = io.StringIO(text, newline="")
        return list(csv_batches(lines, source="x.csv", delimiter=delimiter, size=size))

    assert joined(read(size)) == joined(read(None))
    assert [len(table) for table in read(size)][:-1] == [size] * max(0, -(-len(rows) // size) - 1)


@pytest.mark.parametrize("n", [0, 1, 4, 5])
@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "json", "parquet"])
def test_every_kind_of_file_gives_the_same_rows_each_time_it_is_read(written, suffix, n):
    columns = {"id": [str(i) for i in range(n)], "text": [f"Zeile\n{i};\t," for i in range(n)]}
    content = {
        "csv": "".join(csv_lines(columns, delimiter=";")),
        "tsv": "".join(csv_lines(columns, delimiter="\t")),
        "jsonl": "".join(jsonl_lines(columns)),
        "json": json.dumps([json.loads(line) for line in jsonl_lines(columns)]),
        "parquet": "",
    }
    path = written(f"in.{suffix}", content[suffix])
    if suffix == "parquet":
        pq.write_table(pa.table(columns, pa.schema({"id": pa.string(), "text": pa.string()})), path)
    if not n and suffix.startswith("json"):
        assert message(lambda: read_batches(path)) == message(lambda: read_table(path))
        return
    batches = read_batches(path, size=2)
    whole = joined([read_table(path)])
    assert joined(batches) == joined(batches) == whole
    assert [len(table) for table in batches] == {0: [0], 1: [1], 4: [2, 2], 5: [2, 2, 1]}[n]
    assert (batches.n_rows, list(batches.header.columns)) == (n, ["id", "text"])
    assert batches.header.notes == read_table(path).notes


def test_a_key_that_first_occurs_late_is_a_column_of_every_batch(written):
    path = written("in.jsonl", '{"b": 1}\n\n{"a": 2}\n{"b": 3, "c": null}\n')
    batches = read_batches(path, size=1)
    assert [dict(table.columns) for table in batches] == [
        {"b": [1], "a": [None], "c": [None]},
        {"b": [None], "a": [2], "c": [None]},
        {"b": [3], "a": [None], "c": [None]},
    ]
    assert [table.where(0) for table in batches] == [f"{path}:{line}" for line in (1, 3, 4)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.csv", ""),
        ("in.csv", "\ufeff\n\n"),
        ("in.csv", "id,text,id\n1,a,b\n"),
        ("in.csv", "id,text\n1,a\n2,b\n3,c\n4\n"),
        ("in.csv", 'sep=;\nid;text\n1;a\n2;"b\n\nc"\n3\n'),
        ("in.csv", 'id,text\n1,a\n2,b\n3,"open\n'),
        ("in.csv", b"id,text\n1,a\n2,caf\xe9\n"),
        ("in.csv", "id,text\n1,é\n".encode("utf-16-le")),
        ("in.jsonl", ""),
        ("in.jsonl", '{"a": 1}\n{"a": 2}\n{"a": 3}\n[4]\n'),
        ("in.jsonl", '{"a": 1}\n{"a": 2}\n{"a": 3\n'),
        ("in.jsonl", b'{"a": 1}\n{"a": 2}\n{"a": "\xff"}\n'),
        ("in.json", '{"a": 1}'),
        ("in.parquet", "id,text\n"),
        ("in.docx", "x"),
    ],
)
def test_what_is_wrong_is_said_as_of_the_whole_file_before_the_first_batch(written, name, content):
    path = written(name, content)
    assert message(lambda: read_batches(path, size=2)) == message(lambda: read_table(path))


def test_the_first_fault_of_a_file_is_told(written):
    path = written("in.csv", 'id,text\n1\n2,"open\n')
    assert "in.csv:2: 1 cells" in message(lambda: read_table(path))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-16", "utf-16-le", "cp1252", "shift_jis", "gb18030", "big5"]
)
@FIXTURE
@given(data=st.binary(max_size=12) | st.text(max_size=6).map(lambda text: text.encode("utf-8", "ignore")))
@example(data=b"\xef\xbb\xbfa\n\xe9")
@example(data=b"a\r\xf0\x9f\x98")
@example(data=b"\xff\xfea\x00\n\x00\x00\xdc")
def test_blocks_of_any_size_find_the_same_misfit(written, monkeypatch, encoding, data):
    path = written("in.txt", data)

    def read(block):
        monkeypatch.setattr(decode, "BLOCK", block)
        try:
            return "".join(decode.text_lines(path, encoding=encoding))
        except DataError as error:
            return str(error)

    in_one = read(2**20)
    assert read(1) == read(3) == in_one
    misfit = misfit_of(data, encoding)
    if misfit is None:
        text = data.decode(encoding)
        assert in_one in {text, text.removeprefix("\ufeff")} or "Leave" in in_one or "NUL" in in_one
    else:
        assert f"at offset {misfit} is not" in in_one or "byte order mark" in in_one


def misfit_of(data, encoding):
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start
    return None


def test_a_letter_split_between_blocks_is_read(written, monkeypatch):
    monkeypatch.setattr(decode, "BLOCK", 5)
    path = written("in.csv", "text\r\né€😀\r\n" * 3)
    assert read_table(path).columns == {"text": ("é€😀", "text", "é€😀", "text", "é€😀")}


def test_a_file_that_changes_while_it_is_read_is_refused(written):
    path = written("in.csv", "text\n" + "a\n" * 9000)
    reading = iter(read_batches(path, size=1, text_format=TextFormat(delimiter=",")))
    next(reading)
    with path.open("ab") as file:
        file.write(b"\xff\n")
    assert "in.csv changed while it was read" in message(lambda: list(reading))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a thing of Unix")
def test_what_can_be_read_only_once_is_refused(tmp_path):
    os.mkfifo(tmp_path / "in.csv")
    assert "is a device or a pipe" in message(lambda: read_batches(tmp_path / "in.csv"))


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_memory_does_not_grow_with_the_rows(tmp_path, monkeypatch, suffix):
    """Ten times the rows need the same memory, give or take a tenth."""
    monkeypatch.setattr(decode, "BLOCK", 2**12)
    path = tmp_path / f"in.{suffix}"

    def peak(n):
        texts = {"text": [f"the text number {i} of a long file" for i in range(n)]}
        path.write_text("".join(csv_lines(texts) if suffix == "csv" else jsonl_lines(texts)))
        tracemalloc.start()
        assert (
            sum(len(table) for table in read_batches(path, size=100, text_format=TextFormat(delimiter=",")))
            == n
        )
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few = peak(2_000)
    assert peak(20_000) < 1.1 * few
