"""The demo, end to end, as a person runs it."""

import csv
import json
import subprocess
import sys
import time

import pytest


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo of mollia") / "demo"
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "mollia", "demo", "--out", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout, time.monotonic() - begun


def test_it_writes_every_promised_file(demo):
    folder, _, _ = demo
    for name in ("labels.csv", "report.html", "summary.json", "student/manifest.json", "ledger.sqlite"):
        assert (folder / name).is_file(), name


def test_it_ends_with_five_lines_a_person_wants_to_read(demo):
    lines = demo[1].splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("1000/1000 rows labelled")
    assert "Human labels used: 50" in lines[1]
    for name in ("mollia's labels", "best single LLM", "majority vote", "MoLAM"):
        assert name in lines[2]
    assert "report.html" in lines[3]
    assert lines[4].startswith("Next: ")


def test_every_row_has_a_label_a_source_and_probabilities_that_sum_to_one(demo):
    folder, _, _ = demo
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1000
    classes = ["credit_card", "credit_reporting", "debt_collection", "mortgages_and_loans", "retail_banking"]
    for row in rows:
        assert row["label"] in classes
        assert abs(sum(float(row[f"p_{name}"]) for name in classes) - 1) < 1e-4
        assert row["text"]
    human = [row for row in rows if row["source"] == "human"]
    assert len(human) == 50
    assert all(row["label"] == row["gold"] for row in human)


def test_the_fused_labels_beat_the_vote_and_the_best_single_llm(demo):
    scores = json.loads((demo[0] / "summary.json").read_text("utf-8"))["accuracy_against_gold"]
    best = next(value for name, value in scores.items() if name.startswith("best single LLM"))
    assert scores["mollia's labels"] > scores["majority vote"] - 0.005
    assert scores["mollia's labels"] > best - 0.005


def test_a_second_run_asks_nothing_and_writes_the_same_labels(demo):
    folder, _, _ = demo
    before = (folder / "labels.csv").read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "mollia", "run", str(folder / "task.toml"), "-q"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "labels.csv").read_bytes() == before
