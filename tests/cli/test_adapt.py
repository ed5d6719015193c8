"""`mollia adapt`: the acts of the UK parliament before 1950 as a finished task, carried to those since."""

import csv
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import mollia
from mollia.cli.main import app
from mollia.errors import DataError, TaskError
from mollia.session.carried import read_carried
from mollia.task.load import load_task

DEMO = Path(mollia.__file__).parent / "data" / "demo" / "uk_acts.csv"
TOPICS = ("transportation", "law and crime", "government operations", "other")
LLMS = ("gemma2", "llama3_2", "qwen2_5")
TASK = """name = "acts"
instruction = "Which topic?"
[data]
path = "old.csv"
gold = "gold"
[seed]
path = "seed.csv"
[fuse]
text_view = "tfidf"
[query]
rounds = 1
batch = 10
"""


def year(row):
    found = re.search(r"\b(1[89]\d\d|20\d\d)\b", row["text"])
    return int(found[1]) if found else 0


def table(path, rows, columns):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def topics_of(row):
    topics = {name: row[name] if row[name] in TOPICS else "other" for name in ("gold", *LLMS)}
    return {**row, **topics}


@pytest.fixture
def acts(tmp_path, monkeypatch):
    """A folder with the finished task, 60 of its rows labelled, and new.csv."""
    with DEMO.open(encoding="utf-8", newline="") as file:
        rows = [topics_of(row) for row in csv.DictReader(file)][::2]
    old, new = [row for row in rows if year(row) < 1950], [row for row in rows if year(row) >= 1950]
    columns = ["id", "text", "gold", *LLMS]
    table(tmp_path / "old.csv", old, columns)
    table(tmp_path / "new.csv", new, columns)
    table(
        tmp_path / "seed.csv", [{"id": row["id"], "label": row["gold"]} for row in old[:60]], ["id", "label"]
    )
    blocks = [f'[[classes]]\nname = "{name}"' for name in TOPICS]
    blocks += [f'[[panel]]\nname = "{llm}"\nkind = "recorded"\npath = "old.csv"' for llm in LLMS]
    (tmp_path / "task.toml").write_text(TASK + "\n".join(blocks) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def adapt(*words, code=0):
    done = CliRunner().invoke(app, ["adapt", "-q", "task.toml", "--to", "new.csv", *words])
    assert done.exit_code == code, done.output
    return done.output


def label(folder):
    """Label the rows that wait, as a person would."""
    with Path("new.csv").open(encoding="utf-8", newline="") as file:
        gold = {row["id"]: row["gold"] for row in csv.DictReader(file)}
    path = folder / "seed.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["label"] = row["label"] or gold[row["id"]]
    table(path, rows, list(rows[0]))
    return rows


def test_from_a_finished_task_to_labels_of_the_new_rows(acts):
    said = adapt()
    assert "Texts: " in said
    assert "AUC of " in said
    assert "Classes: " in said
    assert "Weights" in said
    assert "Carried: 60 human labels -> adapted/carried.jsonl" in said
    assert "20 new rows to label in adapted/seed.csv: 10 drawn at random" in said
    assert "Against starting afresh" not in said
    assert "mollia serve adapted/task.toml" in said

    rows = label(acts / "adapted")
    assert sum(bool(row["chance"]) for row in rows) == 10
    assert {row["use"] for row in rows} == {"seed", "review"}
    assert [bool(row["chance"]) for row in rows] == [row["use"] == "seed" for row in rows]

    again = adapt()
    assert "20 have a label" in again
    assert "Against starting afresh, each of the 20 new labels predicted without it" in again
    assert "mollia run adapted/task.toml" in again

    helps = "The carried labels help" in again
    assert helps != ("is now a comment" in again)
    assert (load_task(acts / "adapted" / "task.toml").fuse.carried is not None) == helps
    text = (acts / "adapted" / "task.toml").read_text()
    (acts / "adapted" / "task.toml").write_text(text.replace("# carried", "carried"))
    done = CliRunner().invoke(app, ["run", "-q", "adapted/task.toml"])
    assert done.exit_code == 0, done.output
    summary = json.loads((acts / "adapted" / "task_out" / "summary.json").read_text())
    assert any(note.startswith("Carried: 60 rows") for note in summary["warnings"])
    assert summary["accuracy_estimate"]["n_human"] == 10


def test_the_new_task_asks_the_same_of_other_rows_and_carries_the_labels(acts):
    adapt("--out", "later")
    old, new = load_task(acts / "task.toml"), load_task(acts / "later" / "task.toml")
    assert new.labels == old.labels
    assert new.instruction == old.instruction
    assert new.data.path.resolve() == acts / "new.csv"
    assert [member.path.resolve() for member in new.panel] == [acts / "new.csv"] * 3
    assert new.run.out == acts / "later" / "task_out"
    carried = read_carried(new.fuse.carried, new.labels)
    assert (len(carried), carried.answers.llms) == (60, LLMS)
    assert carried.weight.mean() == pytest.approx(0.1)


def test_labels_are_kept_and_further_rows_added_when_asked_for(acts):
    adapt()
    first = label(acts / "adapted")
    adapt("--n", "30")
    with (acts / "adapted" / "seed.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows[:20]] == [row["label"] for row in first]
    assert len(rows) == 30
    assert len({row["id"] for row in rows}) == 30
    assert sum(bool(row["chance"]) for row in rows) == 15


def test_programs_get_the_figures(acts):
    done = CliRunner().invoke(app, ["adapt", "--json", "task.toml", "--to", "new.csv"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["result"]
    assert found["carried"] == 60
    assert 0.5 <= found["texts"]["auc"] <= 1
    shares = found["classes"]["shares"]
    assert set(shares) == set(TOPICS)
    assert sum(each["now"] for each in shares.values()) == pytest.approx(1, abs=1e-3)
    assert found["random"] == found["picked"] == 10


def test_before_the_llms_have_answered_a_student_speaks_and_none_is_asked(acts):
    adapt()
    live = 'kind = "openai"\nurl = "http://127.0.0.1:9/v1"\nmodel = "m"'
    task = (acts / "adapted" / "task.toml").read_text()
    (acts / "adapted" / "task.toml").write_text(task.replace('kind = "recorded"\npath = "../new.csv"', live))
    (acts / "adapted" / "seed.csv").unlink()
    said = adapt()
    assert "the finished task's student" in said
    assert "mollia annotate adapted/task.toml" in said


def test_what_is_wrong_is_said(acts):
    (acts / "other.csv").write_text((acts / "new.csv").read_text())
    adapt()
    done = CliRunner().invoke(app, ["adapt", "-q", "task.toml", "--to", "other.csv"])
    assert isinstance(done.exception, TaskError)
    assert "is the task of" in str(done.exception)
    done = CliRunner().invoke(app, ["adapt", "-q", "task.toml", "--to", "nothing.csv", "--out", "x"])
    assert isinstance(done.exception, DataError)
    (acts / "seed.csv").write_text(
        (acts / "old.csv").read_text().splitlines()[1].split(",")[0].join(["id,label\n", ",other\n"])
    )
    done = CliRunner().invoke(app, ["adapt", "-q", "task.toml", "--to", "new.csv", "--out", "y"])
    assert isinstance(done.exception, DataError)
    assert "at least 10 different texts" in str(done.exception)


def test_answers_recorded_elsewhere_must_be_named(acts):
    task = (
        (acts / "task.toml")
        .read_text()
        .replace('kind = "recorded"\npath = "old.csv"', 'kind = "recorded"\npath = "said.csv"')
    )
    (acts / "task.toml").write_text(task)
    (acts / "said.csv").write_text((acts / "old.csv").read_text())
    done = CliRunner().invoke(app, ["adapt", "-q", "task.toml", "--to", "new.csv"])
    assert isinstance(done.exception, DataError)
    assert "--answers" in done.exception.hint
    adapt("--answers", "new.csv")


def test_a_method_that_takes_no_carried_rows_is_refused_when_the_task_is_read(acts):
    with (acts / "task.toml").open("a") as file:
        file.write("")
    text = (
        (acts / "task.toml")
        .read_text()
        .replace('text_view = "tfidf"', 'method = "vote"\ncarried = "c.jsonl"')
    )
    (acts / "task.toml").write_text(text)
    with pytest.raises(TaskError, match='carried rows need method "default"'):
        load_task(acts / "task.toml")
