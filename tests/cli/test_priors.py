"""`mollia priors`, and a file and a task that start from it."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from mollia.cli.main import app
from mollia.errors import DataError, TaskError
from mollia.task.load import load_task

LLMS = {"good": 0.95, "fair": 0.85, "dull": 0.6}


def _folder(folder, *, seed, labels):
    """A task of three recorded LLMs on 120 texts, some with human labels."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    rows, people = ["id,text,good,fair,dull"], ["id,label"]
    for i in range(120):
        gold = "ab"[i % 2]
        said = [gold if rng.random() < right else "ab"[1 - i % 2] for right in LLMS.values()]
        rows.append(f"{i},secret words of {gold * 3} {i},{','.join(said)}")
        if i < labels:
            people.append(f"{i},{gold}")
    (folder / "answers.csv").write_text("\n".join(rows))
    (folder / "seed.csv").write_text("\n".join(people))
    lines = [
        'name = "t"',
        'instruction = "Which?"',
        '[data]\npath = "answers.csv"',
        '[seed]\npath = "seed.csv"',
    ]
    lines += [f'[[classes]]\nname = "{name}"' for name in "ab"]
    lines += [f'[[panel]]\nname = "{llm}"\nkind = "recorded"\npath = "answers.csv"' for llm in LLMS]
    (folder / "task.toml").write_text("\n".join(lines))
    return folder


@pytest.fixture
def past(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return _folder(tmp_path / "past", seed=0, labels=40)


@pytest.fixture
def priors(past, tmp_path):
    done = CliRunner().invoke(app, ["priors", "-q", "past/task.toml", "--out", "priors.json"])
    assert done.exit_code == 0, done.output
    assert "3 LLMs on 1 task -> priors.json" in done.output
    return tmp_path / "priors.json"


def test_the_file_holds_names_and_figures_and_nothing_of_the_data(priors):
    written = priors.read_text()
    found = json.loads(written)
    assert (found["format"], found["version"]) == ("mollia priors", 1)
    assert [llm["name"] for llm in found["llms"]] == list(LLMS)
    values = [llm["shown"][0]["accuracy"]["value"] for llm in found["llms"]]
    assert values == sorted(values, reverse=True)
    assert not [word for word in ("secret", "answers.csv", str(priors.parent), "Which") if word in written]


def test_a_file_of_answers_starts_from_it_and_says_so_once(priors, tmp_path):
    _folder(tmp_path / "new", seed=1, labels=0)
    done = CliRunner().invoke(
        app, ["fuse", "new/answers.csv", "--labels", "a,b", "--priors", "priors.json", "--out", "labels.csv"]
    )
    assert done.exit_code == 0, done.output
    assert done.output.count("Priors: 3 of 3 LLMs are known from one earlier task.") == 1


def test_a_task_starts_from_it_and_report_and_summary_name_it_once(priors, tmp_path):
    new = _folder(tmp_path / "new", seed=1, labels=20)
    with (new / "task.toml").open("a") as file:
        file.write(
            '\n[fuse]\npriors = "../priors.json"\ntext_view = "tfidf"\n[query]\nrounds = 1\nbatch = 10\n'
        )
    done = CliRunner().invoke(app, ["run", "-q", "new/task.toml"])
    assert done.exit_code == 0, done.output
    said = "Priors: 3 of 3 LLMs are known from one earlier task."
    out = new / "task_out"
    assert done.output.count(said) == 1
    assert json.loads((out / "summary.json").read_text())["warnings"].count(said) == 1
    assert (out / "report.html").read_text().count(said) == 1


def test_strangers_are_said(priors, tmp_path):
    (tmp_path / "new.csv").write_text("id,text,x,y\n" + "".join(f"{i},words {i},a,b\n" for i in range(30)))
    done = CliRunner().invoke(
        app, ["fuse", "new.csv", "--labels", "a,b", "--priors", "priors.json", "--out", "l.csv"]
    )
    assert done.exit_code == 0, done.output
    assert done.output.count("Priors: priors.json knows none of the LLMs of this panel.") == 1


def test_files_and_tasks_are_joined(priors, tmp_path):
    _folder(tmp_path / "more", seed=2, labels=30)
    done = CliRunner().invoke(app, ["priors", "-q", "more/task.toml", "priors.json", "--out", "all.json"])
    assert "3 LLMs on 2 tasks -> all.json" in done.output
    assert [task["human_labels"] for task in json.loads((tmp_path / "all.json").read_text())["tasks"]] == [
        30,
        40,
    ]


def test_a_task_with_few_labels_and_an_input_as_output_are_refused(past, tmp_path):
    _folder(tmp_path / "few", seed=2, labels=3)
    done = CliRunner().invoke(app, ["priors", "-q", "few/task.toml"])
    assert isinstance(done.exception, DataError)
    assert "at least 10 are needed" in str(done.exception)
    done = CliRunner().invoke(app, ["priors", "-q", "past/task.toml", "--out", "past/task.toml"])
    assert isinstance(done.exception, DataError)


def test_a_method_that_takes_no_priors_is_refused_when_the_task_is_read(past):
    with (past / "task.toml").open("a") as file:
        file.write('\n[fuse]\nmethod = "vote"\npriors = "priors.json"\n')
    with pytest.raises(TaskError, match='priors need method "default"'):
        load_task(past / "task.toml")
