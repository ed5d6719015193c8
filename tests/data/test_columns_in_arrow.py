"""Large JSONL files are kept as Arrow columns: what comes out, and every refusal, is that of small ones."""

import json
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.data.two_readers import outcome, panel, table

from mollia.data import jsonl_file
from mollia.data.arrow_column import ArrowColumn
from mollia.data.files import file_batches
from mollia.text_format import UTF_8

PLAIN = (
    '{"id": "a", "text": "one, two", "gemma": 1, "yi_probs": [0.7, 0.2, 0.1], "yi_votes": [1, 0, 0], "gold": "1"}\n'
    '{"id": "b", "text": "say \\"no\\"", "gemma": null, "yi_probs": [0.25, 0.5, 0.25], "gold": null}\n'
    '{"id": "c", "text": "three", "gemma": 10, "yi_probs": null, "yi_votes": [0, 0, 1], "gold": "NA"}\n'
    '{"id": "d", "text": "é ü", "gemma": 10, "yi_probs": [1e-05, 0.9, 0.0999], "yi_votes": [0, 1, 0], "more": true}\n'
)
ODD = st.sampled_from(
    [
        *('"', "'", ",", "\n", "\r\n", " ", "\t", "\x00", "\ufeff", "[", "]", "{", "}", ":", "\\", "\\ud800"),
        *(
            "1.0",
            "1",
            "-0",
            "NaN",
            "null",
            "true",
            "Infinity",
            "1e400",
            "99999999999999999999",
            '"NA"',
            "\u2028",
        ),
        *(
            '{"id": "e"}',
            '{"id": "e"}\n',
            '"more": 1, ',
            '"more": 1.5, ',
            '"text": 5, ',
            "[]",
            "[1.0]",
            "[[1]]",
        ),
    ]
)


@st.composite
def mutated(draw):
    text = PLAIN
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        gone = draw(st.sampled_from([0, 0, 1, 3]))
        text = text[:at] + draw(ODD) + text[at + gone :]
    data = text.encode()
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.sampled_from([b"\xff", b"\xed\xa0\x80", b"\xc3"])) + data[at:]
    return data


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutated(), st.integers(1, 3))
@example(PLAIN.encode(), 2)
@example(b'{"a": 1}\n\n{"a": 1.5}\n', 1)
@example(b'{"a": []}\n{"a": [1]}\n', 2)
def test_large_and_small_files_are_read_alike(data, rows):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "in.jsonl"
        path.write_bytes(data)
        patch.setattr(jsonl_file, "AT_ONCE", rows)
        for read in (table, panel):
            patch.setattr(jsonl_file, "LARGE", 10**12)
            exact = repr(outcome(lambda read=read: read(path, UTF_8)))  # which tells 1 from 1.0 and from True
            patch.setattr(jsonl_file, "LARGE", 0)
            assert repr(outcome(lambda read=read: read(path, UTF_8))) == exact


def test_a_large_file_is_kept_as_arrow_columns(tmp_path, monkeypatch):
    path = tmp_path / "in.jsonl"
    path.write_text(PLAIN, encoding="utf-8")
    (small,) = file_batches(path)
    assert not isinstance(small.columns["id"], ArrowColumn)
    monkeypatch.setattr(jsonl_file, "LARGE", 0)
    monkeypatch.setattr(jsonl_file, "AT_ONCE", 2)
    (found,) = file_batches(path)
    assert [name for name, cells in found.columns.items() if isinstance(cells, ArrowColumn)] == list(
        small.columns
    )
    assert found.columns["gemma"].cells == [1, None, 10, 10]
    assert found.columns["more"].cells == [None, None, None, True]
    assert found.places == range(1, 5)


def test_a_column_of_several_kinds_stays_as_it_is_written(tmp_path, monkeypatch):
    path = tmp_path / "in.jsonl"
    path.write_text('{"a": 1, "b": "x"}\n{"a": 1.0, "b": "y"}\n', encoding="utf-8")
    monkeypatch.setattr(jsonl_file, "LARGE", 0)
    monkeypatch.setattr(jsonl_file, "AT_ONCE", 1)
    (found,) = file_batches(path)
    assert repr(found.columns["a"]) == "[1, 1.0]"
    assert isinstance(found.columns["b"], ArrowColumn)


def test_lists_of_numbers_are_replies_in_parquet_as_in_jsonl(tmp_path):
    cells = {"id": ["a", "b", "c"], "text": ["x", "y", "z"], "gemma_answers": [[1, 10], None, [1]]}
    pq.write_table(pa.table(cells), tmp_path / "in.parquet")
    rows = [json.dumps(dict(zip(cells, row, strict=True))) for row in zip(*cells.values(), strict=True)]
    (tmp_path / "in.jsonl").write_text("\n".join(rows), encoding="utf-8")
    packed, plain = panel(tmp_path / "in.parquet", UTF_8), panel(tmp_path / "in.jsonl", UTF_8)
    assert packed[0] == plain[0] == [("gemma", [("1", "10"), (), ("1",)], None, None)]
