"""`mollia fuse` on files people have."""

import csv
import json
import re
import shlex

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from mollia.cli.main import app
from mollia.data.read import read_table
from mollia.errors import DataError, TaskError

LABELS = "Refund,Delivery,Other"


@pytest.fixture
def files(tmp_path):
    with (tmp_path / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "gemma", "llama", "qwen", "remark"])
        for i in range(60):
            gold = LABELS.split(",")[i % 3]
            other = LABELS.split(",")[(i + 1) % 3]
            writer.writerow([f"t{i}", f"{gold} text {i}", gold, other if i % 5 == 0 else gold, gold, f"r{i}"])
    (tmp_path / "seed.csv").write_text(
        "id,label\n" + "".join(f"t{i},{LABELS.split(',')[i % 3]}\n" for i in range(24)), encoding="utf-8"
    )
    return tmp_path


def _fused(files, *words):
    done = CliRunner().invoke(app, ["fuse", str(files / "answers.csv"), "--labels", LABELS, *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_csv_with_one_column_per_llm_becomes_labels(files):
    out = files / "labels.csv"
    said = _fused(files, "--seed-labels", files / "seed.csv", "--out", out)
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["remark"] for row in rows] == [f"r{i}" for i in range(60)]
    assert all(row["label"] in row["text"] for row in rows)
    assert [row["source"] for row in rows[:24]] == ["human"] * 24
    assert "60/60 rows labelled" in said
    assert re.search(r"Negative labels: \d+% of all classes denied; .* in 0\.\d% of the rows", said)
    assert re.search(
        r"Accuracy, estimated: 100\.0%, 95% interval \d\d\.\d% to 100\.0% \(24 human labels, cross-fitted seed",
        said,
    )


def test_report_and_summary_lie_beside_the_labels(files):
    said = _fused(files, "--seed-labels", files / "seed.csv", "--out", files / "mine.csv")
    assert f"See the report: {files / 'mine.report.html'}" in said
    page = (files / "mine.report.html").read_text("utf-8")
    assert "<script" not in page
    assert "60 texts" in page
    summary = json.loads((files / "mine.summary.json").read_text("utf-8"))
    assert (summary["status"], summary["labelled"], summary["human_labels"]) == ("complete", 60, 24)
    assert summary["accuracy_estimate"]["value"] == 1.0


def test_the_report_gives_the_command_that_repeats_it_from_its_own_folder(files, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    words = [
        "fuse",
        "../answers.csv",
        "--labels",
        LABELS,
        "--seed-labels",
        "../seed.csv",
        "--random-state",
        "3",
    ]
    done = CliRunner().invoke(app, [*words, "--out", "../out/mine.csv", "--spreadsheet"])
    assert done.exit_code == 0, done.output
    summary = json.loads((tmp_path / "out" / "mine.summary.json").read_text("utf-8"))
    expected = (
        f"mollia fuse ../answers.csv --labels {LABELS} --seed-labels ../seed.csv --out mine.csv --spreadsheet "
        "--random-state 3"
    )
    assert sorted(summary["command"].split()) == sorted(expected.split())
    assert f"<pre>{summary['command']}</pre>" in (tmp_path / "out" / "mine.report.html").read_text("utf-8")
    before = (tmp_path / "out" / "mine.csv").read_bytes()
    monkeypatch.chdir(tmp_path / "out")
    assert CliRunner().invoke(app, shlex.split(summary["command"])[1:]).exit_code == 0
    assert (tmp_path / "out" / "mine.csv").read_bytes() == before


def test_a_student_learns_the_fused_labels_and_predicts(files):
    out, student = files / "labels.csv", files / "student"
    said = _fused(files, "--seed-labels", files / "seed.csv", "--out", out, "--student", student)
    assert f"predict {student} {files / 'answers.csv'} --out {files / 'predictions.csv'}" in said
    table = read_table(out)
    right = [
        said in text for said, text in zip(table.columns["student_label"], table.columns["text"], strict=True)
    ]
    assert sum(right) > 55
    (files / "new.csv").write_text("text\nRefund text 7\nDelivery text 9\n", "utf-8")
    done = CliRunner().invoke(
        app, ["predict", str(student), str(files / "new.csv"), "--out", str(files / "p.csv"), "-q"]
    )
    assert done.exit_code == 0, done.output
    assert list(read_table(files / "p.csv").columns["label"]) == ["Refund", "Delivery"]


def test_a_student_needs_texts(files):
    (files / "bare.csv").write_text(
        "id,gemma,llama\n" + "".join(f"t{i},Refund,Other\n" for i in range(9)), "utf-8"
    )
    words = ["fuse", str(files / "bare.csv"), "--labels", LABELS, "--student", str(files / "s")]
    done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, DataError)
    assert "A student learns from texts" in str(done.exception.args[0])
    assert not (files / "s").exists()
    assert not (files / "labels.csv").exists()


def test_replies_that_name_no_class_are_counted_in_report_and_summary(files):
    text = (
        (files / "answers.csv")
        .read_text("utf-8")
        .replace("Refund text 57,Refund", "Refund text 57,<b>Rufund</b>")
    )
    (files / "answers.csv").write_text(text, "utf-8")
    _fused(files, "--out", files / "mine.csv", "--seed-labels", files / "seed.csv")
    summary = json.loads((files / "mine.summary.json").read_text("utf-8"))
    assert summary["named_no_class"] == [{"reply": "<b>Rufund</b>", "times": 1, "llms": ["gemma"]}]
    page = (files / "mine.report.html").read_text("utf-8")
    assert "Answers that named no class" in page
    assert "<bdi>&lt;b&gt;Rufund&lt;/b&gt;</bdi>" in page


@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx"])
def test_only_the_columns_that_are_named_are_written_in_their_order(files, suffix):
    _fused(files, "--columns", "label,id,confidence", "--out", files / f"mine.{suffix}")
    table = read_table(files / f"mine.{suffix}")
    assert list(table.columns) == ["label", "id", "confidence"]
    assert len(table) == 60


def test_a_column_that_is_not_there_is_told_with_the_nearest(files):
    words = [
        "fuse",
        files / "answers.csv",
        "--labels",
        LABELS,
        "--columns",
        "id,lable",
        "--out",
        files / "m.csv",
    ]
    done = CliRunner().invoke(app, [*map(str, words)])
    assert 'no column "lable". Did you mean "label"?' in str(done.exception)
    assert not (files / "m.csv").exists()


def test_labels_alone_are_written_when_nothing_else_is_wanted(files):
    said = _fused(files, "--out", files / "mine.csv", "--only-labels")
    assert "report" not in said
    assert {file.name for file in files.iterdir()} == {"answers.csv", "seed.csv", "mine.csv"}


def test_a_summary_takes_no_place_of_a_file_that_is_read(files):
    seed = files / "labels.summary.json"
    seed.write_text(json.dumps([{"id": "t0", "label": "Refund"}]), "utf-8")
    words = [
        "fuse",
        files / "answers.csv",
        "--labels",
        LABELS,
        "--seed-labels",
        seed,
        "--out",
        files / "labels.csv",
    ]
    done = CliRunner().invoke(app, [*map(str, words)])
    assert isinstance(done.exception, DataError)
    assert str(seed) in str(done.exception)
    assert json.loads(seed.read_text("utf-8"))[0]["label"] == "Refund"


@pytest.mark.parametrize("suffix", ["jsonl", "parquet", "tsv", "xlsx"])
def test_the_suffix_chooses_the_format(files, suffix):
    out = files / f"labels.{suffix}"
    _fused(files, "--out", out)
    if suffix == "parquet":
        labels = pq.read_table(out)["label"].to_pylist()
    elif suffix == "xlsx":
        labels = read_table(out).columns["label"]
    elif suffix == "jsonl":
        labels = [json.loads(line)["label"] for line in out.read_text("utf-8").splitlines()]
    else:
        labels = [row["label"] for row in csv.DictReader(out.read_text("utf-8").splitlines(), delimiter="\t")]
    assert list(labels) == [LABELS.split(",")[i % 3] for i in range(60)]


def test_without_human_labels_every_output_says_uncalibrated(files):
    out = files / "labels.csv"
    said = _fused(files, "--out", out)
    assert "no figure without human labels; every confidence is uncalibrated" in said
    with out.open(encoding="utf-8") as file:
        assert {(row["calibrated"], bool(row["confidence"])) for row in csv.DictReader(file)} == {
            ("False", True)
        }


@pytest.mark.parametrize("method", ["vote", "mean", "dawid_skene", "molam", "molam_repaired", "mixture"])
def test_every_method_is_to_be_had(files, method):
    out = files / "labels.csv"
    _fused(files, "--seed-labels", files / "seed.csv", "--method", method, "--out", out)
    assert len(out.read_text("utf-8").splitlines()) == 61


def test_llms_may_be_chosen(files):
    assert "LLMs: qwen, gemma" in _fused(files, "--llms", "qwen,gemma", "--out", files / "labels.csv")


def test_a_target_accuracy_marks_what_may_be_taken_without_a_look(files, monkeypatch):
    monkeypatch.chdir(files)
    words = ["fuse", "answers.csv", "--labels", LABELS, "--seed-labels", "seed.csv", "--target-accuracy"]
    done = CliRunner().invoke(app, [*words, "0.6"])
    assert done.exit_code == 0, done.output
    with (files / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    taken = [row for row in rows if row["accept"] == "True"]
    by_people = [row for row in rows if row["source"] == "human"]
    assert all(row["accept"] == "True" for row in by_people)
    number = int(re.search(r"At 60% accuracy: (\d+) of 36 labels accepted", done.output)[1])
    assert len(taken) == number + len(by_people)
    assert number > 0
    done = CliRunner().invoke(app, [*words, "0.99"])
    assert "At 99% accuracy: 0 of 36 labels accepted, 36 to review" in done.output
    assert "no group of rows can be guaranteed" in done.output
    done = CliRunner().invoke(app, words[:-1])
    assert "accept" not in (files / "labels.csv").read_text(encoding="utf-8").splitlines()[0]


def test_a_student_can_be_the_text_view(files):
    said = _fused(
        files, "--seed-labels", files / "seed.csv", "--out", files / "o.csv", "--text-view", "frozen"
    )
    assert said.count("Text view: frozen students, each on rows that it was not taught") == 1


def test_auto_says_why_the_texts_are_read_by_words_alone(files):
    said = _fused(files, "--out", files / "o.csv", "--text-view", "auto", "--text-model", files / "nowhere")
    assert "The texts were read as word counts (TF-IDF)" in said


def test_an_unknown_text_view_is_told_with_the_known_ones(files):
    words = ["fuse", str(files / "answers.csv"), "--labels", LABELS, "--text-view", "fine"]
    done = CliRunner().invoke(app, [*words, "--out", str(files / "o.csv")])
    assert isinstance(done.exception, TaskError)
    assert "finetune" in str(done.exception)
