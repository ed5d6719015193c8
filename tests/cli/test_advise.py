"""`mollia advise`, and the same sentences in a weak run's report."""

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from mollia.cli.main import app
from mollia.errors import DataError

LLMS = {"good": 0.75, "fair": 0.7, "dull": 0.5}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A task with recorded answers of three weak LLMs to 150 texts, and 40 human labels."""
    rng = np.random.default_rng(0)
    rows, seed = ["id,text,good,fair,dull"], ["id,label"]
    for i in range(150):
        gold = "abc"[i % 3]
        said = [gold if rng.random() < right else "abc"[rng.integers(3)] for right in LLMS.values()]
        rows.append(f"{i},{['some', 'words', 'more'][rng.integers(3)]} {i},{','.join(said)}")
        if i < 40:
            seed.append(f"{i},{gold}")
    (tmp_path / "answers.csv").write_text("\n".join(rows), "utf-8")
    (tmp_path / "seed.csv").write_text("\n".join(seed), "utf-8")
    lines = [
        'name = "t"',
        'instruction = "Which?"',
        '[data]\npath = "answers.csv"',
        '[seed]\npath = "seed.csv"',
    ]
    lines += [f'[[classes]]\nname = "{name}"' for name in "abc"]
    lines += [f'[[panel]]\nname = "{llm}"\nkind = "recorded"\npath = "answers.csv"' for llm in LLMS]
    (tmp_path / "task.toml").write_text("\n".join([*lines, "[query]", "rounds = 1"]), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_three_sentences_each_with_gain_and_cost(folder):
    done = CliRunner().invoke(app, ["advise", "task.toml", "-q"])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert [line[:2] for line in lines] == ["1.", "2.", "3."]
    assert all(re.search(r"\+\d+\.\d points?", line) and "Cost: " in line for line in lines)
    assert any("40 more human labels" in line and "40 labels by hand" in line for line in lines)
    assert "about 150 calls for 150 texts" in done.output
    assert "about 450 calls for 150 texts" in lines[2]


def test_a_weak_run_says_the_same_in_report_and_summary(folder):
    said = CliRunner().invoke(app, ["advise", "task.toml", "-q"]).output
    done = CliRunner().invoke(app, ["run", "task.toml", "-q"])
    assert done.exit_code == 0, done.output
    summary = json.loads((folder / "task_out" / "summary.json").read_text("utf-8"))
    assert summary["accuracy_estimate"]["value"] < 0.9
    assert [f"{i}. {each}" for i, each in enumerate(summary["would_help_most"], 1)] == said.splitlines()
    page = (folder / "task_out" / "report.html").read_text("utf-8")
    assert all(f"<li>{each}</li>" in page for each in summary["would_help_most"])
    assert "<code>mollia serve task.toml</code>" in page


def test_without_labels_it_says_what_is_lacking(folder):
    (folder / "seed.csv").write_text("id,label\n1,b\n", "utf-8")
    done = CliRunner().invoke(app, ["advise", "task.toml", "-q"])
    assert isinstance(done.exception, DataError)
    assert "Nothing can be forecast from 1 human labels" in str(done.exception.args[0])
    assert "serve task.toml" in done.exception.hint


FUSE = ("fuse", "answers.csv", "--labels", "a,b,c", "--seed-labels", "seed.csv", "-q")


def test_fused_labels_are_advised_on_as_their_report_is(folder):
    assert CliRunner().invoke(app, FUSE).exit_code == 0
    summary = json.loads((folder / "labels.summary.json").read_text("utf-8"))
    assert summary["accuracy_estimate"]["value"] < 0.9
    assert len(summary["would_help_most"]) == 3
    assert {each["llm"] for each in summary["worth"]} == set(LLMS)
    page = (folder / "labels.report.html").read_text("utf-8")
    assert all(f"<li>{each}</li>" in page for each in summary["would_help_most"])
    done = CliRunner().invoke(app, ["advise", "labels.csv", "-q"])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        f"{i}. {each}" for i, each in enumerate(summary["would_help_most"], 1)
    ]


def test_a_column_of_texts_that_is_not_found_is_named(folder):
    path = folder / "answers.csv"
    path.write_text(path.read_text("utf-8").replace("id,text", "id,kommentar", 1), "utf-8")
    assert CliRunner().invoke(app, [*FUSE, "--text", "kommentar"]).exit_code == 0
    told = json.loads((folder / "labels.summary.json").read_text("utf-8"))["would_help_most"]
    without = CliRunner().invoke(app, ["advise", "labels.csv", "-q"])
    assert "--text names it" in without.stderr
    named = CliRunner().invoke(app, ["advise", "labels.csv", "--text", "kommentar", "-q"])
    assert named.stdout.splitlines() == [f"{i}. {each}" for i, each in enumerate(told, 1)]
    refused = CliRunner().invoke(app, ["advise", "task.toml", "--text", "kommentar"])
    assert isinstance(refused.exception, DataError)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--only-labels",), "There is no labels.summary.json"),
        (("--columns", "id,text,good,fair,dull"), "there is no column label"),
        (("--seed-labels", "few.csv"), "Nothing can be forecast from 1 human labels and 150 rows"),
    ],
)
def test_what_a_file_of_labels_lacks_for_advice_is_said(folder, more, said):
    (folder / "few.csv").write_text("id,label\n1,b\n", "utf-8")
    assert CliRunner().invoke(app, [*FUSE, *more]).exit_code == 0
    done = CliRunner().invoke(app, ["advise", "labels.csv", "-q"])
    assert isinstance(done.exception, DataError)
    assert said in str(done.exception)
    assert done.exception.hint
