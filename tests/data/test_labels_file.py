import json
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mollia.data.labels_file import MoreColumns, label_frame, write_labels
from mollia.data.read import read_pool, read_table
from mollia.data.write_table import replacing, write_columns
from mollia.errors import DataError
from mollia.text_format import TextFormat

CLASSES = ("good", "bad", "n/a")
ADDED = ["label", "confidence", "calibrated", "p_good", "p_bad", "p_n/a", "negative_labels", "source"]


def test_columns_stand_in_their_order_and_the_figures_are_the_fused(written, fused):
    pool = read_pool(written("in.csv", "z,text,id\n1,a,x\n2,b,y\n"), id="id")
    result = fused(2, 3)
    out = written("out.csv", "old content")
    columns = write_labels(
        out,
        pool,
        CLASSES,
        result,
        ["panel", "human"],
        more=MoreColumns(disagreement=np.array([0.25, np.nan])),
    )
    assert list(columns) == ["z", "text", "id", *ADDED, "disagreement"]
    read = read_table(out).columns
    assert list(read) == list(columns)
    assert read["label"] == tuple(CLASSES[k] for k in result.label)
    assert np.allclose([float(p) for p in read["p_bad"]], result.posterior[:, 1], atol=1e-6)
    assert [json.loads(cell) for cell in read["negative_labels"]] == [
        [CLASSES[k] for k in np.flatnonzero(row)] for row in result.negative
    ]
    assert read["source"] == ("panel", "human")
    assert read["disagreement"] == ("0.25", "")
    assert {file.name for file in out.parent.iterdir()} == {"in.csv", "out.csv"}


def test_a_column_says_whether_the_confidence_is_calibrated(small_pool, fused):
    columns = write_labels(None, small_pool, CLASSES, fused(2, 3, calibrated=False), ["panel"] * 2)
    assert columns["calibrated"] == [False, False]
    assert all(columns["confidence"])
    assert write_labels(None, small_pool, CLASSES, fused(2, 3), ["panel"] * 2)["calibrated"] == [True, True]


def test_a_row_that_failed_has_no_label_and_no_probability(small_pool, fused):
    columns = write_labels(None, small_pool, CLASSES, fused(2, 3), ["failed", "panel"])
    for name in ("label", "confidence", "p_good"):
        assert columns[name][0] is None
        assert columns[name][1] is not None


def test_the_students_opinion_is_added_where_given(small_pool, fused):
    probs = np.array([[0.1, 0.7, 0.2], [0.6, 0.2, 0.2]])
    columns = write_labels(
        None, small_pool, CLASSES, fused(2, 3), ["panel"] * 2, more=MoreColumns(student_probs=probs)
    )
    assert columns["student_label"] == ["bad", "good"]
    assert columns["student_confidence"] == [0.7, 0.6]


def test_each_llms_own_label_comes_last_unless_the_file_has_a_column_of_its_name(written, fused):
    pool = read_pool(written("in.csv", "id,text,gemma\n1,a,it is bad\n2,b,good\n"), id="id")
    own = {"gemma": np.array([1, 0]), "label": np.array([2, -1]), "llama": np.array([-1, 0])}
    columns = write_labels(None, pool, CLASSES, fused(2, 3), ["panel"] * 2, more=MoreColumns(llms=own))
    assert list(columns)[-3:] == [ADDED[-1], "mollia_label", "llama"]
    assert columns["gemma"] == ("it is bad", "good")
    assert columns["mollia_label"] == ["n/a", None]
    assert columns["llama"] == [None, "good"]


def test_ids_lead_where_no_column_holds_them(written, fused):
    pool = read_pool(written("in.csv", "id,text\nx,a\nx,b\n"), id="")
    columns = write_labels(None, pool, CLASSES, fused(2, 3), ["panel"] * 2)
    assert list(columns)[:3] == ["mollia_id", "id", "text"]
    assert columns["mollia_id"] == ("1", "2")


def test_a_pool_from_arrays_gives_id_and_text(small_pool, fused):
    columns = write_labels(None, small_pool, CLASSES, fused(2, 3), ["panel"] * 2)
    assert list(columns)[:2] == ["id", "text"]


def test_one_name_that_is_taken_prefixes_all(written, fused):
    path = written("in.csv", "id,text,label,mollia_source\n1,a,x,y\n")
    pool = read_pool(path, id="id")
    columns = write_labels(None, pool, CLASSES, fused(1, 3), ["panel"])
    assert list(columns)[4:] == [f"mollia_mollia_{name}" for name in ADDED]
    assert columns["label"] == ("x",)


def test_labelling_the_output_again_loses_nothing(written, fused):
    pool = read_pool(written("in.csv", "id,text\n1,a\n"), id="id")
    out = written("out.csv", "")
    write_labels(out, pool, CLASSES, fused(1, 3), ["panel"])
    again = write_labels(out, read_pool(out, id="id"), CLASSES, fused(1, 3), ["panel"])
    assert list(again)[2 : 2 + len(ADDED)] == ADDED
    assert list(again)[2 + len(ADDED) :] == [f"mollia_{name}" for name in ADDED]


JSON_CELLS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)
NESTED = (
    JSON_CELLS
    | st.lists(JSON_CELLS, max_size=2)
    | st.dictionaries(st.text(max_size=2), JSON_CELLS, max_size=2)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    cells=st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cs"])), NESTED), min_size=1, max_size=4
    )
)
def test_jsonl_comes_back_with_types_and_nesting(tmp_path, cells):
    path = tmp_path / "x.jsonl"
    columns = {
        "id": [str(row) for row in range(len(cells))],
        "text": [text for text, _ in cells],
        "extra": [extra for _, extra in cells],
    }
    write_columns(path, columns)
    assert read_table(path).columns == columns


def test_parquet_keeps_types_lists_and_dictionaries(tmp_path, fused):
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int8()),
            "text": pa.array(["a", None]).dictionary_encode(),
            "day": pa.array([date(2024, 1, 2), None]),
            "money": pa.array([Decimal("1.10"), None]),
            "list": pa.array([[1.5], []], pa.list_(pa.float32())),
            "raw": pa.array([b"x", None]),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    pool = read_pool(tmp_path / "in.parquet", id="id")
    assert (pool.ids, pool.texts, pool.columns["list"][0]) == (("1", "2"), ("a", ""), [1.5])
    write_labels(tmp_path / "out.parquet", pool, CLASSES, fused(2, 3), ["panel"] * 2)
    again = pq.read_table(tmp_path / "out.parquet")
    assert again.select(table.column_names).cast(table.schema).equals(table)
    assert [again.schema.field(name).type for name in table.column_names] == [f.type for f in table.schema]
    assert again.column("confidence").to_pylist() == fused(2, 3).confidence.tolist()
    with pytest.raises(DataError, match="bytes"):
        write_labels(tmp_path / "out.jsonl", pool, CLASSES, fused(2, 3), ["panel"] * 2)
    assert not (tmp_path / "out.jsonl").exists()
    del pool.columns["raw"]
    write_labels(tmp_path / "out.jsonl", pool, CLASSES, fused(2, 3), ["panel"] * 2)
    first = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])
    assert (first["day"], first["money"], first["list"]) == ("2024-01-02", "1.10", [1.5])


@pytest.mark.parametrize("frame", [
    pd.DataFrame({"id": [1, 2], "label": [1.5, None], 3: ["x", "y"]}, index=[7, 7]),
    pl.DataFrame({"id": [1, 2], "label": [1.5, None]}),
    pa.table({"id": [1, 2], "label": [1.5, None]}),
], ids=["pandas", "polars", "pyarrow"])  # fmt: skip
def test_a_frame_gives_the_same_kind_with_its_own_columns_untouched(frame, fused):
    result = fused(2, 2)
    out = label_frame(frame, ("a", "b"), result, ["panel", "human"])
    assert type(out) is type(frame)
    names = [str(name) for name in getattr(out, "column_names", None) or list(out.columns)]
    assert names[-7:] == [
        f"mollia_{n}"
        for n in ("label", "confidence", "calibrated", "p_a", "p_b", "negative_labels", "source")
    ]
    if isinstance(frame, pd.DataFrame):
        pd.testing.assert_frame_equal(out[list(frame.columns)], frame)
        assert out["mollia_source"].tolist() == ["panel", "human"]
    else:
        assert out.select(["id", "label"]).equals(frame)
        assert (
            out["mollia_source"].to_pylist()
            if isinstance(frame, pa.Table)
            else out["mollia_source"].to_list()
        )


def test_frames_of_a_kind_that_cannot_be_read_are_refused():
    with pytest.raises(DataError, match="collect"):
        read_table(pl.LazyFrame({"text": ["a"]}))
    with pytest.raises(DataError, match="frame"):
        read_table(pd.Series(["a"]))
    with pytest.raises(DataError, match="unique column names"):
        read_table(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_a_formula_stays_what_it_was(written, fused):
    path = written("in.csv", "id,text\n1,=1+1\n2,@x\n")
    out = path.with_name("out.csv")
    write_labels(out, read_pool(path, id="id"), CLASSES, fused(2, 3), ["panel"] * 2)
    assert read_table(out).columns["text"] == ("=1+1", "@x")


def test_a_character_the_encoding_lacks_is_named_with_its_row(tmp_path):
    with pytest.raises(
        DataError, match="'☃' in row 2, column \"text\" cannot be written in cp1252"
    ) as caught:
        write_columns(
            tmp_path / "x.csv",
            {"id": ["1", "2"], "text": ["é", "a ☃"]},
            text_format=TextFormat(encoding="cp1252"),
        )
    assert "utf-8" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_half_a_character_is_refused_in_every_format(tmp_path):
    for suffix in ("csv", "jsonl", "parquet"):
        with pytest.raises(DataError):
            write_columns(tmp_path / f"x.{suffix}", {"text": ["\ud83d"]})
    assert list(tmp_path.iterdir()) == []


def test_mixed_types_cannot_be_parquet(tmp_path):
    with pytest.raises(DataError, match='Column "x" cannot be written to Parquet') as caught:
        write_columns(tmp_path / "x.parquet", {"x": [1, "a"]})
    assert "jsonl" in caught.value.hint


def test_an_unknown_suffix_or_encoding_is_refused(tmp_path):
    with pytest.raises(DataError, match=r'Did you mean "\.csv"'):
        write_columns(tmp_path / "x.cvs", {"a": ["1"]})
    with pytest.raises(DataError, match="no text encoding"):
        write_columns(tmp_path / "x.csv", {"a": ["1"]}, text_format=TextFormat(encoding="utf-88"))


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("old")

    def fail():
        with replacing(path) as unfinished:
            unfinished.write_text("half")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_to_is_refused(tmp_path):
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(DataError, match="cannot be written"):
        write_columns(tmp_path / "x.csv", {"a": ["1"]})
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        write_columns(tmp_path / "file" / "x.csv", {"a": ["1"]})


def test_as_many_sources_as_rows_are_needed(small_pool, fused):
    with pytest.raises(ValueError, match="shorter"):
        write_labels(None, small_pool, CLASSES, fused(2, 3), ["panel"])
