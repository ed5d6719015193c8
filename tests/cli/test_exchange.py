"""Human labels in from other tools, tasks out to them, on the command line."""

import datetime as dt
import importlib
import json
import warnings

import numpy as np
import pytest
from typer.testing import CliRunner

from mollia.cli.main import app
from mollia.data.read import read_table
from mollia.errors import MolliaError
from mollia.ledger.sqlite_store import open_store

TASK = """
name = "shop"
instruction = "What does the customer want?"
[data]
path = "texts.csv"
[[classes]]
name = "Refund"
aliases = ["money back"]
[[classes]]
name = "Delivery"
[[panel]]
name = "a"
kind = "recorded"
path = "texts.csv"
[[panel]]
name = "b"
kind = "recorded"
path = "texts.csv"
[query]
rounds = 0
[run]
out = "out"
"""
N = 40


def mollia(*words, code=0):
    done = CliRunner().invoke(app, [*words])
    if isinstance(done.exception, MolliaError):
        assert done.exception.exit_code == code
        return str(done.exception)
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "task.toml").write_text(TASK)
    rows = [
        f"{i},parcel {i} is late,Delivery,Delivery" if i % 2 else f"{i},money for {i} please,Refund,Delivery"
        for i in range(N)
    ]
    (tmp_path / "texts.csv").write_text("\n".join(["id,text,a,b", *rows]) + "\n")
    return tmp_path


def annotated(tasks, label_of, by=1):
    for number, task in enumerate(tasks):
        value = {"choices": [label_of(task["data"]["text"])]}
        result = [{"from_name": "label", "to_name": "text", "type": "choices", "value": value}]
        task |= {
            "id": number,
            "annotations": [{"completed_by": by, "result": result, "was_cancelled": False}],
        }
    return tasks


def truth(text):
    return "Delivery" if text.startswith("parcel") else "money back"


def test_a_blind_draw_is_labelled_elsewhere_and_comes_back_as_the_seed_of_a_run(shop):
    said = mollia("export", "labelstudio", "task.toml", "--draw", "12", "--out", "seed.json")
    assert "12 rows written: seed.json, seed.xml" in said
    tasks = json.loads((shop / "seed.json").read_text())
    assert all("predictions" not in task and task["data"]["mollia_chance"] == 12 / N for task in tasks)
    (shop / "back.json").write_text(json.dumps(annotated(tasks, truth)))
    said = mollia("import", "labelstudio", "back.json", "--task", "task.toml")
    assert "12 labels (seed): out/ledger.sqlite" in said
    with open_store(shop / "out" / "ledger.sqlite", read_only=True) as store:
        seed = store.human("seed")
        assert {each.annotator for each in store.said("seed")} == {"labelstudio:1"}
    assert np.allclose(seed.chance, 12 / N)
    said = mollia("run", "task.toml", "-q")
    assert "Human labels used: 12" in said
    labels = read_table(shop / "out" / "labels.csv")
    assert labels.columns["source"].count("human") == 12


def test_after_a_run_the_least_certain_rows_go_out_with_proposals(shop):
    (shop / "labels.csv").write_text(
        "id,text,label,confidence,p_Refund,p_Delivery,source\n"
        "1,a,Refund,0.9,0.9,0.1,panel\n2,b,Delivery,0.6,0.4,0.6,panel\n"
        "3,c,Refund,0.7,0.7,0.3,panel\n4,d,Delivery,0.5,0.5,0.5,human\n"
    )
    mollia("export", "prodigy", "labels.csv", "--rows", "2", "--out", "stream.jsonl")
    lines = [json.loads(line) for line in (shop / "stream.jsonl").read_text().splitlines()]
    assert [(line["text"], line["accept"]) for line in lines] == [("b", ["Delivery"]), ("c", ["Refund"])]
    said = mollia("export", "argilla", "labels.csv", "--out", "all.json")
    assert "4 rows written: all.json, all.settings.json" in said
    said = mollia("export", "argilla", "labels.csv", "--rows", "1", "--draw", "1", "--out", "x.json", code=2)
    assert "Give --rows or --draw" in said
    said = mollia("export", "prodigy", "task.toml", "--rows", "3", "--out", "x.jsonl", code=2)
    assert "no confidences yet" in said
    said = mollia("export", "prodigy", "labels.csv", "--out", "x.json", code=2)
    assert "Call it x.jsonl" in said


def test_people_who_differ_leave_the_majority_in_the_ledger_and_their_agreement_is_said(shop):
    texts = [f"parcel {i} is late" for i in (1, 3, 5)]
    tasks = [{"data": {"text": text}} for text in texts]
    labels = {
        "ann": ["Delivery", "Refund", "Delivery"],
        "ben": ["Delivery", "Refund", "Refund"],
        "cleo": ["Refund", "Refund"],
    }
    for number, task in enumerate(tasks):
        task["annotations"] = [
            {
                "completed_by": {"email": who},
                "result": [
                    {
                        "from_name": "q",
                        "to_name": "text",
                        "type": "choices",
                        "value": {"choices": [given[number]]},
                    }
                ],
            }
            for who, given in labels.items()
            if number < len(given)
        ]
    (shop / "export.json").write_text(json.dumps(tasks))
    said = mollia("import", "labelstudio", "export.json", "--task", "task.toml")
    assert "2 rows labelled by 3 people." in said
    assert "1 row got no label" in said
    assert "Krippendorff's alpha" in said
    with open_store(shop / "out" / "ledger.sqlite", read_only=True) as store:
        assert dict(zip(store.human("seed").ids, store.human("seed").y.tolist(), strict=True)) == {
            "1": 1,
            "3": 0,
        }
        before = len(store.said("seed"))
    mollia("import", "labelstudio", "export.json", "--task", "task.toml")  # again: nothing is new
    with open_store(shop / "out" / "ledger.sqlite", read_only=True) as store:
        assert len(store.said("seed")) == before == 6
    said = mollia(
        "import", "labelstudio", "export.json", "--task", "task.toml", "--annotator", "anne", code=4
    )
    assert 'Did you mean "ann"' in said
    mollia(
        "import",
        "labelstudio",
        "export.json",
        "--task",
        "task.toml",
        "--annotator",
        "cleo",
        "--out",
        "cleo.csv",
    )
    assert (shop / "cleo.csv").read_text() == "id,label,use\n1,Refund,seed\n3,Refund,seed\n"


def test_rows_that_train_are_not_taken_as_audit_rows(shop):
    for use, rows in (("seed", (1, 3)), ("audit", (3, 5))):
        tasks = [{"data": {"text": f"parcel {i} is late"}} for i in rows]
        (shop / "export.json").write_text(json.dumps(annotated(tasks, truth)))
        said = mollia("import", "labelstudio", "export.json", "--task", "task.toml", "--use", use)
    assert "1 rows train already" in said
    with open_store(shop / "out" / "ledger.sqlite", read_only=True) as store:
        assert store.human("audit").ids == ("5",)
    said = mollia("import", "labelstudio", "export.json", "--task", "task.toml", "--use", "sead", code=2)
    assert "seed, audit, review" in said


def test_an_unknown_label_is_refused_with_the_nearest_class_and_nothing_is_stored(shop):
    (shop / "export.json").write_text(
        json.dumps(annotated([{"data": {"text": "parcel 1 is late"}}], lambda _: "Delivry"))
    )
    said = mollia("import", "labelstudio", "export.json", "--task", "task.toml", code=2)
    assert 'Did you mean "Delivery"' in said
    assert not (shop / "out" / "ledger.sqlite").exists()


def test_a_saved_data_set_goes_in_and_comes_out_labelled_with_every_column_and_a_card(shop):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library's own imports
        datasets = importlib.import_module("datasets")
    datasets.disable_progress_bars()
    table = read_table("texts.csv").columns
    rows = {
        "id": [int(id_) for id_ in table["id"]],
        "text": list(table["text"]),
        "tags": [[f"t{i}", "x"] for i in range(N)],
        "day": [dt.date(2026, 1, 1 + i % 28) for i in range(N)],
    }
    datasets.Dataset.from_dict(rows).save_to_disk("pool")
    (shop / "seed.csv").write_text(
        "id,label\n" + "".join(f"{i},{'Delivery' if i % 2 else 'Refund'}\n" for i in range(30))
    )
    task = TASK.replace('path = "texts.csv"', 'path = "pool"', 1) + '[seed]\npath = "seed.csv"\n'
    (shop / "task.toml").write_text(task)
    said = mollia("run", "task.toml", "-q", "--target-accuracy", "0.7")
    assert "At 70% accuracy: " in said
    assert "to review (column accept of" in said
    summary = json.loads((shop / "out" / "summary.json").read_text())
    assert summary["target_accuracy"] == 0.7
    assert f"For {0.7:.0%} on all rows" in (shop / "out" / "report.html").read_text()
    assert "40 rows written: labelled" in mollia("export", "hub", "task.toml", "--out", "labelled")
    back = datasets.load_from_disk("labelled")
    assert {name: back[name][:] for name in rows} == rows, "every column that came in, with its type"
    assert back.features["label"].names == ["Refund", "Delivery"]
    assert back["accept"][:].count(True) == summary["accepted"]
    assert back.features["p_Refund"].dtype == "float64"
    card = (shop / "labelled" / "README.md").read_text()
    assert f"{len(summary['panel'])} LLMs (a, b) and 30 human labels" in card
    assert "Without a review:" in card
    assert "not empty" in mollia("export", "hub", "task.toml", "--out", "labelled", code=2)
    assert "holds all rows" in mollia("export", "hub", "task.toml", "--out", "x", "--rows", "3", code=2)


@pytest.mark.parametrize("name", ["TASK.TOML", "."])
def test_a_task_file_in_capitals_or_its_folder_is_a_task_for_every_command(shop, name):
    """`mollia seed TASK.TOML` worked where `mollia export` read the file as labels and failed."""
    if name != ".":
        (shop / "task.toml").rename(shop / "task.tmp")
        (shop / "task.tmp").rename(shop / name)
    assert "40 rows written" in mollia("export", "labelstudio", name, "--out", "rows.json")
    assert "10 rows added" in mollia("seed", name, "--strategy", "random", "--n", "10", "--out", "s.csv")
    assert "There is no out/labels.csv yet" in mollia("export", "hub", name, "--out", "set", code=2)
    assert "Winning ticket" in mollia("panel", name, "-q")
