import json
import tracemalloc

import numpy as np
import pytest

import mollia.usecases.predict_file as usecase
from mollia.arrays import one_hot
from mollia.data import decode
from mollia.data.csv_file import csv_lines
from mollia.data.read import read_table
from mollia.errors import DataError
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.text_format import TextFormat


def predict_file(*given, size=usecase.SIZE, **named):
    """Label a file that is read so many rows at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usecase, "SIZE", size)
        return usecase.predict_file(*given, **named)


TEXTS = ["good film", "bad film", "a good good story", "bad, bad acting"]


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    y = np.array([0, 1, 0, 1])
    folder = tmp_path_factory.mktemp("student")
    return save(FrozenStudent().fit(TEXTS, one_hot(y, 2)), folder, ["good", "bad"])


@pytest.fixture
def reviews(tmp_path):
    """Seven texts in a CSV file; the column `label` is taken."""
    texts = [*TEXTS, "", "neither\nnor", "a bad, good story"]
    columns = {"n": [str(i) for i in range(7)], "text": texts, "label": ["x"] * 7}
    path = tmp_path / "reviews.csv"
    path.write_text("".join(csv_lines(columns)), "utf-8", newline="")
    return path


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.parquet"])
def test_the_size_of_a_batch_changes_nothing(student, reviews, name):
    read = []
    for size in (100, 7, 3, 1):
        out = reviews.with_name(name)
        assert predict_file(student, reviews, out=out, size=size).n_rows == 7
        read.append({column: list(cells) for column, cells in read_table(out).columns.items()})
    assert read[1:] == read[:1] * 3
    added = ["mollia_label", "mollia_confidence", "mollia_p_good", "mollia_p_bad", "mollia_source"]
    assert list(read[0]) == ["n", "text", "label", *added]
    assert read[0]["mollia_label"][:4] == ["good", "bad", "good", "bad"]
    assert read[0]["mollia_source"] == [*["student"] * 4, "empty text", *["student"] * 2]
    assert {read[0][name][4] for name in added[:-1]} <= {"", None}


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
def test_helper_processes_change_nothing(student, reviews, monkeypatch, name):
    alone, helped = reviews.with_name(f"alone-{name}"), reviews.with_name(f"helped-{name}")
    predict_file(student, reviews, out=alone, size=2)
    monkeypatch.setattr(usecase, "MANY", 1)
    monkeypatch.setattr(usecase, "cores", lambda: 3)
    predict_file(student, reviews, out=helped, size=2)
    assert helped.read_bytes() == alone.read_bytes()


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0", "\t"])
def test_a_row_without_a_text_gets_no_label_and_is_counted(student, tmp_path, blank):
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text(f'nr;text\n1;good\n2;"{blank}"\n3;bad\n;\n;\n', "utf-8")
    said = []
    done = predict_file(student, path, out=out, say=said.append)
    assert done.line("out.csv") == (
        "2/3 texts labelled: out.csv; 1 row has no text and no label (source: empty text)"
    )
    assert said[1:] == [f"{path}: skipped 2 blank rows (the first is line 5)."]
    assert [line.split(";")[2:4] for line in out.read_text("utf-8").splitlines()][2] == ["", ""]
    assert out.read_text("utf-8").startswith("nr;text;label;")


def test_one_text_is_counted_in_the_singular(student, tmp_path):
    (tmp_path / "one.csv").write_text("text\na good story\n")
    found = predict_file(student, tmp_path / "one.csv", out=tmp_path / "out.csv")
    assert found.line("out.csv") == "1 text labelled: out.csv"


@pytest.mark.parametrize("column", ["message", "Review", "what they wrote"])
def test_the_column_of_texts_is_guessed_as_init_does_and_said(student, tmp_path, column):
    path, out, said = tmp_path / "in.csv", tmp_path / "out.csv", []
    path.write_text(f"id,{column},note\n1,good film,x\n2,bad film,y\n", "utf-8")
    predict_file(student, path, out=out, say=said.append)
    assert said == [f'{path}: took column "{column}" as the texts (--text names another).']
    assert read_table(out).columns["label"] == ("good", "bad")


def test_a_file_without_words_is_refused(student, tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": 1, "size": 3}\n', "utf-8")
    with pytest.raises(DataError, match='has no column "text"'):
        predict_file(student, path, out=tmp_path / "out.csv")


def test_progress_tells_the_rows_done_of_all(student, reviews):
    told = []
    predict_file(
        student, reviews, out=reviews.with_name("out.csv"), size=3, progress=lambda *step: told.append(step)
    )
    assert told == [("texts labelled", done, 7) for done in (3, 6, 7)]


def test_what_was_chosen_is_said(student, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("no;Text\n1;good, good\n", "utf-8")
    said = []
    predict_file(student, path, out=tmp_path / "out.csv", say=said.append)
    assert "semicolon" in said[0]
    assert '"Text" as "text"' in said[1]


def test_a_file_is_never_written_over_its_own_texts(student, reviews):
    before = reviews.read_bytes()
    with pytest.raises(DataError, match="is read by this command"):
        predict_file(student, reviews, out=reviews, size=2)
    assert reviews.read_bytes() == before


def test_a_header_without_rows_gives_one_with_more_columns(student, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("text\n", "utf-8")
    assert predict_file(student, path, out=tmp_path / "out.csv").n_rows == 0
    assert (tmp_path / "out.csv").read_text("utf-8") == "text,label,confidence,p_good,p_bad,source\n"


def test_a_text_column_may_first_occur_late(student, tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"n": 1}\n{"n": 2}\n{"n": 3, "text": "good"}\n', "utf-8")
    predict_file(student, path, out=tmp_path / "out.jsonl", size=1)
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [(line["n"], line["text"]) for line in lines] == [(1, None), (2, None), (3, "good")]
    assert lines[2]["label"] == "good"


def test_a_fault_150_000_rows_on_is_told_before_any_text_is_labelled(student, tmp_path):
    path, out, told = tmp_path / "in.csv", tmp_path / "out.csv", []
    path.write_text("id,text\n" + "1,good\n" * 150_000 + "1\n" + "1,good\n" * 50_000, "utf-8")
    out.write_text("old", "utf-8")
    with pytest.raises(DataError, match=r"in\.csv:150002: 1 cells, expected 2"):
        predict_file(student, path, out=out, progress=lambda *step: told.append(step))
    assert told == []
    assert out.read_text("utf-8") == "old"
    assert {file.name for file in tmp_path.iterdir()} == {"in.csv", "out.csv"}


def test_a_list_for_a_text_is_told_with_its_line_and_leaves_no_output(student, tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "good"}\n' * 5 + '{"text": ["bad"]}\n', "utf-8")
    with pytest.raises(DataError, match=r'in\.jsonl:6, column "text": expected a text, found a list'):
        predict_file(student, path, out=tmp_path / "out.csv", size=2)
    assert list(tmp_path.iterdir()) == [path]


def test_memory_does_not_grow_with_the_rows(student, tmp_path, monkeypatch):
    """Ten times the rows need the same memory, give or take a fifth."""
    monkeypatch.setattr(decode, "BLOCK", 2**12)
    path = tmp_path / "in.csv"

    def peak(n):
        path.write_text("text\n" + "".join(f"text {i} is good\n" for i in range(n)), "utf-8")
        tracemalloc.start()
        assert (
            predict_file(
                student, path, out=tmp_path / "out.csv", size=100, text_format=TextFormat(delimiter=",")
            ).n_rows
            == n
        )
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(100)  # what is loaded once
    few = peak(500)
    assert peak(5_000) < 1.2 * few
