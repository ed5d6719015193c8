"""`mollia.run` from Python: a task without a file, outputs where they are asked for, a bar where one is."""

import csv
import json

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from tests.conftest import CLASSES, LLMS

import mollia
from mollia.errors import MolliaError
from mollia.ledger.sqlite_store import open_store
from mollia.people.accepted import accept
from mollia.session.run_folder import LEDGER

mpl.use("agg")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def header(folder):
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


@pytest.fixture
def task(write_task, tmp_path, monkeypatch):
    """A task made in Python, of the files of the small task."""
    write_task()
    monkeypatch.chdir(tmp_path)
    return mollia.Task(
        name="small",
        instruction="What is it about?",
        data={"path": "data.csv", "id": "id"},
        classes=CLASSES,
        panel=[{"name": llm, "kind": "recorded", "path": "data.csv"} for llm in LLMS],
        seed="seed.csv",
        query={"batch": 10, "rounds": 2},
        run={"out": "out"},
    )


def test_a_task_without_a_file_runs_and_its_result_is_a_frame(task, tmp_path):
    told = []
    result = mollia.run(task, progress=lambda *step: told.append(step))
    assert told
    assert result.estimate is not None
    back = result.to_frame()
    assert back["label"].tolist() == list(result.labels)
    assert {"text", "note", "student_label", "calibrated"} <= set(back.columns)
    assert names(tmp_path / "out") == ["ledger.sqlite", "ledger.sqlite.lock", "student"]
    assert len(repr(result)) < 200
    legend = [text.get_text() for text in result.plot_learning_curve().get_legend().get_texts()]
    assert any("rows picked by" in text for text in legend)
    plt.close("all")


def test_outputs_are_written_where_they_are_asked_for(task, tmp_path):
    mollia.run(task, outputs="results", target=0.8)
    assert names(tmp_path / "results") == ["labels.csv", "report.html", "summary.json"]
    assert "accept" in header(tmp_path / "results")
    mollia.run(task, ask=False, outputs=True)
    assert "accept" not in header(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["status"] == "complete"
    with open_store(tmp_path / "out" / LEDGER) as store:
        accept(store, 0.8, "Kim")
    mollia.run(task, ask=False, outputs=True)
    assert "accept" in header(tmp_path / "out"), "labels that were accepted on the page stay so"


def test_a_bar_is_shown_when_asked(task, capsys):
    mollia.run(task)
    assert capsys.readouterr() == ("", "")
    mollia.run(task, progress=True)
    said = capsys.readouterr()
    assert said.out == ""
    assert "rounds of the loop: 2 of 2" in said.err


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda _: mollia.run(5), "mollia.run cannot run an int"),
        (lambda _: mollia.run(None), "cannot run a NoneType"),
        (lambda _: mollia.run("nowhere.toml"), "There is no task file nowhere.toml"),
        (lambda task: mollia.run(task, progress="yes"), "progress is a str"),
        (lambda task: mollia.run(task, outputs=3), "outputs is an int"),
        (lambda _: mollia.load_student(3), "folder is an int"),
    ],
)
def test_the_wrong_kind_is_told_in_our_words(call, said, task):
    with pytest.raises(MolliaError, match=said):
        call(task)
