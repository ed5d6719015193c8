"""Files of hostile sizes are refused in a sentence, and never take the memory they ask for."""

import json
import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mollia.data import csv_file, decode, limits, parquet_file
from mollia.data.batches import read_batches
from mollia.data.read import read_table
from mollia.data.write_table import write_columns
from mollia.errors import DataError, TaskError
from mollia.task.load import load_task
from mollia.text_format import TextFormat

# the peak memory of a process in MB, printed after what it was told
PEAK = """
import resource, sys
from pathlib import Path
from mollia.data.read import read_table
from mollia.data.batches import read_batches
from mollia.errors import DataError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
read = read_batches if sys.argv[2] == "batches" else read_table
try:
    read(Path(sys.argv[1]))
except DataError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def _bomb(path, form):
    """Write 4 GB of text in some kilobytes: one text of a megabyte, 4,000 times."""
    once = pa.array(["x" * 1_000_000])
    index = pa.array([0] * 4000, pa.int32())
    text = pa.DictionaryArray.from_arrays(index, once)
    if form == "lists":
        text = pa.ListArray.from_arrays(pa.array(range(4001), pa.int32()), text)
    pq.write_table(
        pa.table({"id": pa.array(range(4000)), "text": text}), path, compression="zstd", store_schema=False
    )
    assert path.stat().st_size < 3_000_000


@pytest.mark.parametrize("how", ["table", "batches"])
@pytest.mark.parametrize("form", ["texts", "lists"])
def test_a_parquet_file_that_unpacks_to_gigabytes_is_refused_in_little_memory(tmp_path, form, how):
    path = tmp_path / "bomb.parquet"
    _bomb(path, form)
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(path), how], capture_output=True, text=True, check=True, timeout=120
    )
    message, *_, megabytes = done.stdout.splitlines()
    assert "bomb.parquet holds 4.0 GB (" in message or "bomb.parquet holds 2." in message
    assert "at most 2.1 GB are read at once" in message
    assert int(megabytes) < 300


def test_a_parquet_file_whose_texts_repeat_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(
        parquet_file, "WHOLE", 40_000
    )  # the sizes written in it allow for more: it is measured
    path = tmp_path / "in.parquet"
    texts = [f"a text that comes often, {row % 7}" for row in range(1000)]
    pq.write_table(pa.table({"id": range(1000), "text": texts, "tags": [["a", "b"], []] * 500}), path)
    assert read_table(path).columns["text"][:] == texts
    monkeypatch.setattr(parquet_file, "AT_ONCE", 1000)
    assert max(len(table) for table in read_batches(path)) < 20
    assert sum(len(table) for table in read_batches(path)) == 1000


def test_a_line_without_an_end_is_refused_before_it_is_read_whole(written, monkeypatch):
    monkeypatch.setattr(decode, "LINE", 1000)
    monkeypatch.setattr(limits, "LINE", 1000)
    for name, line in (("in.csv", "id,text\n1,"), ("in.jsonl", '{"text": "')):
        with pytest.raises(DataError, match="the line has more than 1,000 characters"):
            list(decode.text_lines(written(name, line + "x" * 5000), longest=1000))


def test_a_cell_of_many_characters_is_refused_with_its_line(written, monkeypatch):
    monkeypatch.setattr(csv_file, "CELL", 1000)
    path = written("in.csv", 'id,text\n1,ok\n2,"' + "some words\n" * 200 + '"\n')
    with pytest.raises(DataError, match=r"in\.csv:3: a cell has more than 10,000,000 characters"):
        read_table(path, text_format=TextFormat(delimiter=","))


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "json", "parquet"])
def test_very_many_columns_are_refused_by_their_number(tmp_path, suffix, written):
    names = [f"c{number}" for number in range(10_001)]
    if suffix in {"json", "parquet"}:
        path = tmp_path / f"in.{suffix}"
        frame = pd.DataFrame([[1] * len(names)], columns=names)
        frame.to_json(path, orient="records") if suffix == "json" else frame.to_parquet(path)
    elif suffix == "jsonl":
        lines = (dict.fromkeys(names[at : at + 100], 1) for at in range(0, len(names), 100))
        path = written("in.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    else:
        line = {"csv": ",", "tsv": "\t"}[suffix].join(names)
        path = written(f"in.{suffix}", f"{line}\n{line}\n")
    for read in (read_table, read_batches):
        with pytest.raises(DataError, match="has 10,001 columns; at most 10,000 are read"):
            read(path)


@pytest.mark.parametrize("suffix", ["jsonl", "json"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1" * 5000, "a number of more than 4,300 digits"),
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
    ],
)
def test_numbers_too_long_and_json_too_deep_are_refused(written, suffix, value, message):
    record = f'{{"text": {value}}}'
    path = written(f"in.{suffix}", record if suffix == "jsonl" else f"[{record}]")
    with pytest.raises(DataError, match=message):
        read_table(path)


def test_a_number_of_5000_digits_is_a_cell_like_any_other(written):
    path = written("in.csv", f"id,text\n1,{'9' * 5000}\n")
    assert read_table(path).columns["text"] == ("9" * 5000,)


def test_what_is_nested_too_deeply_is_not_written(tmp_path):
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    for name in ("out.csv", "out.jsonl"):
        with pytest.raises(DataError, match="nested too deeply"):
            write_columns(tmp_path / name, {"a": [deep]})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["1" * 5000, "[" * 5000])
def test_a_task_file_of_that_kind_is_refused(tmp_path, value):
    path = tmp_path / "task.toml"
    path.write_text(f"a = {value}\n", "utf-8")
    with pytest.raises(TaskError):
        load_task(path)


def test_a_file_too_large_to_be_read_at_once_says_so(written, monkeypatch):
    monkeypatch.setattr(limits, "WHOLE", 1000)
    path = written("in.csv", "id,text\n" + "1,some words\n" * 200)
    with pytest.raises(DataError, match=r"in\.csv holds 3 kB; at most 1 kB are read at once"):
        read_table(path)
    assert read_batches(path).n_rows == 200
