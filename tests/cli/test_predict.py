import csv
import json
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

from mollia.arrays import one_hot
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent

TEXTS = ["good film", "bad film", "a good good story", "bad, bad acting"]


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    y = np.array([0, 1, 0, 1])
    folder = tmp_path_factory.mktemp("a student")
    return save(FrozenStudent().fit(TEXTS, one_hot(y, 2)), folder, ["liked it", "NA"])


def predict(student, *words, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "mollia", "predict", str(student), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_every_column_and_row_is_kept(student, tmp_path):
    source = tmp_path / "reviews café.csv"
    source.write_text('no;text;label\n007;"good\nfilm";old\n008;;\n009;bad;x\n', "utf-8")
    out = tmp_path / "out.csv"
    said = predict(student, source, "--out", out)
    assert f"2/3 texts labelled: {out}; 1 row has no text and no label" in said.stdout
    assert "semicolon" in said.stderr
    assert "texts labelled: 3 of 3" in said.stderr
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["no"] for row in rows] == ["007", "008", "009"]
    assert [row["label"] for row in rows] == ["old", "", "x"]
    assert rows[0]["text"] == "good\nfilm"
    assert [rows[0]["mollia_label"], rows[2]["mollia_label"]] == ["liked it", "NA"]
    assert [row["mollia_source"] for row in rows] == ["student", "empty text", "student"]
    for row in (rows[0], rows[2]):
        total = float(row["mollia_p_liked it"]) + float(row["mollia_p_NA"])
        assert total == pytest.approx(1, abs=1e-5)
        assert float(row["mollia_confidence"]) >= 0.5


def test_jsonl_in_parquet_out(student, tmp_path):
    source = tmp_path / "reviews.jsonl"
    lines = [{"review": "good", "n": 1}, {"review": None, "n": 2}]
    source.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    predict(student, source, "--text", "review", "--out", tmp_path / "out.parquet", "--quiet")
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["n"] for row in rows] == [1, 2]
    assert rows[0]["label"] == "liked it"
    assert rows[0]["p_liked it"] == rows[0]["confidence"]
    assert (rows[1]["label"], rows[1]["source"]) == (None, "empty text")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.csv"], "nowhere.csv"),
        (["{csv}", "--text", "txt"], 'has no column "txt"'),
        (["{csv}", "--out", "out.ods"], ".ods"),
        (["{csv}", "--delimiter", "o"], "a.csv:2: 3 cells, expected 1"),
    ],
)
def test_what_is_wrong_is_said_in_two_lines(student, tmp_path, words, said):
    source = tmp_path / "a.csv"
    source.write_text("text\ngood\n", "utf-8")
    done = predict(student, *(word.format(csv=source) for word in words), "--quiet", code=2)
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


def test_a_folder_without_a_student_is_said(tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("text\ngood\n", "utf-8")
    done = predict(tmp_path, source, code=2)
    assert "holds no student" in done.stderr
