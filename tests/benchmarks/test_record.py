import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from mollia.asking.ask_task import answers_at_hand
from mollia.errors import DataError
from mollia.ledger.sqlite_store import open_store
from mollia.records import Answer
from mollia.session.open_task import open_task
from mollia.task.load import load_task
from mollia_benchmarks.record import record

TEXTS = """id,text,truth,gemma
1,My parcel is late,Delivery,Delivery
2,Charged twice,Refund,Other
3,Gift cards?,,Other
4,Where is it?,Delivery,
"""
TASK = """name = "shop"
instruction = "What is it about?"
[data]
path = "texts.csv"
{gold}
[[classes]]
name = "Refund"
[[classes]]
name = "Delivery"
[[classes]]
name = "Other"
[[panel]]
name = "gemma"
kind = "recorded"
path = "texts.csv"
[[panel]]
name = "qwen"
kind = "openai"
url = "http://127.0.0.1:1/v1"
model = "none"
[run]
out = "out"
"""


def write(folder, *, gold='gold = "truth"'):
    (folder / "texts.csv").write_text(TEXTS)
    (folder / "task.toml").write_text(TASK.format(gold=gold))
    return load_task(folder / "task.toml")


@pytest.fixture
def task(tmp_path):
    """A task whose ledger holds what a file said (gemma) and what a server would have said (qwen)."""
    task = write(tmp_path)
    logprobs = np.log([[0.1, 0.8, 0.05], [0.5, 0.2, 0.3]])
    with open_task(task) as opened:
        keys = opened.panel.keys["qwen"]
        opened.store.add(
            [
                Answer(key=keys[0], text_id="1", llm="qwen", label_logprobs=logprobs[0], calls=1),
                Answer(
                    key=keys[1],
                    text_id="2",
                    llm="qwen",
                    label_logprobs=logprobs[1],
                    replies=("Refund", "refund.", "dunno"),
                    calls=1,
                ),
                Answer(key=keys[2], text_id="3", llm="qwen", problem="timed out", calls=1),
                Answer(key=keys[3], text_id="4", llm="qwen", replies=("Other",), calls=1),
            ]
        )
    answers_at_hand(task)
    return task


def test_texts_gold_and_each_kind_of_answer_stand_in_the_file(task, tmp_path):
    out = tmp_path / "panels"
    assert record(task, name="shop", out=out, licence="mine") == 4
    rows = pq.read_table(out / "shop_pool.parquet").to_pylist()
    assert [row["text"] for row in rows] == [
        "My parcel is late",
        "Charged twice",
        "Gift cards?",
        "Where is it?",
    ]
    assert [row["gold"] for row in rows] == ["Delivery", "Refund", None, "Delivery"]
    assert [row["gemma_votes"] for row in rows] == [[0, 1, 0], [0, 0, 1], [0, 0, 1], None]
    assert [row["gemma_probs"] for row in rows] == [None] * 4
    assert np.allclose(rows[0]["qwen_probs"], [0.1, 0.8, 0.05])
    assert np.allclose(rows[1]["qwen_votes"], [2 / 3, 0, 0])
    assert [row["qwen_answers"] for row in rows] == [None, ["Refund", "refund.", "dunno"], None, ["Other"]]
    assert (rows[2]["qwen_probs"], rows[2]["qwen_votes"]) == (None, None)
    described = json.loads((out / "labels.json").read_text())["shop"]
    assert described["labels"] == ["Refund", "Delivery", "Other"]
    assert described["llms"] == ["gemma", "qwen"]
    assert described["instruction"] == "What is it about?"
    assert described["licence"] == "mine"


def test_the_other_sets_of_the_folder_stay(task, tmp_path):
    for name in ("a", "b"):
        record(task, name=name, out=tmp_path / "panels", licence="")
    assert list(json.loads((tmp_path / "panels" / "labels.json").read_text())) == ["a", "b"]


def test_without_gold_there_is_nothing_to_measure(tmp_path):
    with pytest.raises(DataError, match="No row of the task has gold") as refused:
        record(write(tmp_path, gold=""), name="shop", out=tmp_path, licence="")
    assert "[data] gold" in refused.value.hint


def test_an_llm_that_was_not_asked_is_named(tmp_path):
    task = write(tmp_path)
    with pytest.raises(DataError, match="gemma has no usable answer in the ledger"):
        record(task, name="shop", out=tmp_path / "panels", licence="")
    assert not (tmp_path / "panels").exists()
    with open_store(tmp_path / "out" / "ledger.sqlite") as store:
        assert not list(store.all_answers())
