"""The recorded panel of our own: label probabilities and samples of two real small LLMs, asked in five ways."""

import csv
import json
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

import mollia
from mollia.replies.parse import parse_reply
from mollia_benchmarks import DATA
from mollia_benchmarks.datasets import load

ABOUT = json.loads((DATA / "labels.json").read_text("utf-8"))["small_llms"]


@pytest.fixture(scope="module")
def table():
    return pq.read_table(DATA / ABOUT["pool"]).to_pylist()


def test_every_llm_gave_label_probabilities_and_samples():
    recorded = load("small_llms", DATA)
    assert recorded.answers.z.sum(2) == pytest.approx(1.0, abs=1e-6)
    assert (recorded.answers.c.sum(2).mean(0) > 0.05).all()
    assert len(recorded.answers.llms) == 5


def test_the_raw_answers_give_the_recorded_shares(table):
    for row in (row for row in table if row["gold"]):
        for llm in ABOUT["llms"]:
            named = [parse_reply(reply, ABOUT["labels"]).label for reply in row[f"{llm}_answers"]]
            shares = [named.count(k) / len(named) for k in range(len(ABOUT["labels"]))]
            recorded = row[f"{llm}_votes"] or [0.0] * len(shares)  # null where no sample named a class
            assert recorded == pytest.approx(shares)


def test_the_rows_are_those_that_the_script_draws(table, tmp_path):
    subprocess.run([sys.executable, str(DATA / "small_llms" / "texts.py"), str(tmp_path)], check=True)
    with (tmp_path / "texts.csv").open(encoding="utf-8", newline="") as file:
        drawn = [(row["text"], row["gold"]) for row in csv.DictReader(file) if row["gold"]]
    assert drawn == [(row["text"], row["gold"]) for row in table if row["gold"]]


def test_fused_they_are_right_more_often_than_any_of_them():
    recorded = load("small_llms", DATA)
    y = np.where(np.random.default_rng(0).random(len(recorded)) < 0.3, recorded.gold, -1)
    fused = mollia.fuse(recorded.answers, y, texts=recorded.texts)
    open_rows = y < 0
    alone = (recorded.answers.z.argmax(2) == recorded.gold[:, None])[open_rows].mean(0)
    assert (fused.label == recorded.gold)[open_rows].mean() > alone.max() + 0.1
