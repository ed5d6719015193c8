"""`mollia predict --watch`: a real process, a file that grows, a real Ctrl+C."""

import csv
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from mollia.arrays import one_hot
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent

GOOD = ["good film", "a good good story", "lovely acting", "great film", "what a great story"]
BAD = ["bad film", "bad and bad acting", "dull story", "awful film", "a dull and awful plot"]
STRANGE = ["invoice overdue", "parcel lost", "server down", "password reset", "meeting moved"]


def texts(rng, n, *kinds):
    return [f"{rng.choice(kinds[i % len(kinds)])} {rng.choice(kinds[i % len(kinds)])}" for i in range(n)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run: a student, and the labels it was taught with."""
    folder = tmp_path_factory.mktemp("run")
    own = texts(np.random.default_rng(0), 400, GOOD, BAD)
    P = one_hot(np.arange(400) % 2, 2) * 0.9 + 0.05
    save(FrozenStudent().fit(own, P), folder / "student", ["liked", "not"])
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [["text", "p_liked", "p_not"], *([text, *p] for text, p in zip(own, P, strict=True))]
        )
    return folder


def start(*words, stdin=None):
    return subprocess.Popen(
        [sys.executable, "-m", "mollia", "predict", *map(str, words), "--watch"],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path, n, *, seconds=300):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if path.exists() and len(path.read_text().splitlines()) >= n:
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} has not {n} lines")


def test_rows_come_out_as_they_arrive_a_change_is_said_once_and_ctrl_c_ends_it(run, tmp_path):
    rng = np.random.default_rng(1)
    source, out = tmp_path / "inbox.csv", tmp_path / "out.csv"
    source.write_text("text\n" + "\n".join(texts(rng, 100, GOOD, BAD)) + "\n")
    process = start(run / "student", source, "--out", out)
    wait_for(out, 101)
    with source.open("a") as file:
        file.write("\n".join(texts(rng, 200, STRANGE)) + "\n")
    wait_for(out, 301)
    with source.open("a") as file:
        file.write("\n".join(texts(rng, 100, GOOD, BAD)) + "\n")
    wait_for(out, 401)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stderr
    assert f"400 rows labelled -> {out}" in stdout
    assert "Traceback" not in stderr
    assert stderr.count("Rows 101 to 200 leave what the student knows") == 1
    assert stderr.count("leave what") == 1
    assert stderr.count("Rows 301 to 400 are like what the student knows again.") == 1
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 400
    assert {row["source"] for row in rows} == {"student"}

    with source.open("a") as file:
        file.write("good film\n")
    process = start(run / "student", source, "--out", out)
    wait_for(out, 402)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=300)
    assert "1 rows labelled" in stdout
    assert "holds 400 rows already" in stderr


def test_lines_of_standard_input_come_out_as_json_lines_and_its_end_ends_it(run):
    process = start(run / "student", "-", "--out", "-", stdin=subprocess.PIPE)
    stdout, stderr = process.communicate(
        'good film\n{"text": "bad film", "n": 7}\n\n{"text": ""}\n', timeout=300
    )
    assert process.returncode == 0, stderr
    rows = [json.loads(line) for line in stdout.splitlines()]
    assert [row["label"] for row in rows] == ["liked", "not", None]
    assert rows[1]["n"] == 7
    assert rows[2]["source"] == "empty text"


def test_without_the_runs_labels_the_first_rows_serve_and_that_is_said(run, tmp_path):
    save(FrozenStudent().fit(GOOD + BAD, one_hot(np.arange(10) // 5, 2)), tmp_path / "alone", ["a", "b"])
    process = start(tmp_path / "alone", "-", "--out", tmp_path / "o.jsonl", stdin=subprocess.PIPE)
    _, stderr = process.communicate("good film\n", timeout=300)
    assert process.returncode == 0, stderr
    assert "the first 200 rows are what later ones are compared with" in stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.csv"], "There is no file nothing.csv"),
        (["x.parquet"], "cannot be watched"),
        (["-", "--out", "o.parquet"], "rows are appended to"),
        (["-", "--known", "other.csv"], 'no column "p_liked"'),
    ],
)
def test_what_is_wrong_is_said(run, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.csv").write_text("text,label\na,b\n")
    process = start(run / "student", *words, stdin=subprocess.PIPE)
    _, stderr = process.communicate("", timeout=300)
    assert process.returncode == 2, stderr
    assert said in stderr
    assert "Traceback" not in stderr
