"""Every CSV file that a command writes can be made safe for a spreadsheet program, and mollia reads it back as it was."""

import csv
import json

import pytest

CLASSES = ("=refund", "-delivery")
TEXTS = (
    "=HYPERLINK(1)",
    "+1 for a refund",
    "@support help",
    "-late parcel",
    "a plain text",
    "'=quoted",
    "\t=tab",
)
TASK = """name = "shop"
instruction = "What is it about?"
[data]
path = "data.csv"
[[classes]]
name = "=refund"
[[classes]]
name = "-delivery"
[[panel]]
name = "gemma"
kind = "recorded"
path = "data.csv"
[seed]
path = "seed.csv"
[query]
rounds = 0
[run]
out = "out"
spreadsheet = {}
"""


@pytest.fixture
def shop(tmp_path):
    """Write texts, labels and ids that begin like formulas; return a function that writes the task."""

    def task(spreadsheet):
        rows = [[f"@{i}", f"{TEXTS[i % len(TEXTS)]} {i}", CLASSES[i % 2]] for i in range(40)]
        for name, header, kept in (("data", ["id", "text", "gemma"], rows), ("seed", ["id", "label"], None)):
            with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *(kept or [[row[0], row[2]] for row in rows[:10]])])
        (tmp_path / "task.toml").write_text(TASK.format(str(spreadsheet).lower()), "utf-8")
        return tmp_path

    return task


def formulas(path):
    with path.open(encoding="utf-8", newline="") as file:
        cells = [cell for record in csv.reader(file) for cell in record]
    return [cell for cell in cells if cell[:1] in {*"=+-@\t"} and cell]


def exported_texts(path):
    return [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]


def test_a_key_of_the_task_file_makes_the_labels_of_a_run_safe(mollia, shop):
    folder = shop(spreadsheet=False)
    assert mollia(folder, "run", "task.toml", "-q").returncode == 0
    assert len(formulas(folder / "out" / "labels.csv")) > 100
    mollia(folder, "export", "prodigy", "task.toml", "--out", "plain.jsonl")
    (folder / "out" / "labels.csv").rename(folder / "plain.csv")
    shop(spreadsheet=True)
    assert mollia(folder, "report", "task.toml", "-q").returncode == 0
    labels = folder / "out" / "labels.csv"
    assert formulas(labels) == []
    mollia(folder, "export", "prodigy", "task.toml", "--out", "safe.jsonl")
    assert (folder / "safe.jsonl").read_bytes() == (folder / "plain.jsonl").read_bytes()
    known = [f"{TEXTS[i % len(TEXTS)]} {i}" for i in range(40)]
    assert exported_texts(folder / "safe.jsonl") == known
    told = mollia(folder, "export", "prodigy", str(labels), "--out", "file.jsonl", "--spreadsheet")
    assert told.returncode == 0
    assert exported_texts(folder / "file.jsonl") == known
    said = mollia(folder, "compare", "plain.csv", "out", "--gold", "gemma").stdout
    assert "They differ in 0 of 30 rows" in said


def test_an_option_makes_the_answers_of_a_ledger_safe(mollia, shop):
    folder = shop(spreadsheet=False)
    mollia(folder, "annotate", "task.toml", "-q")
    for name, words, safe in (
        ("a.csv", [], False),
        ("b.csv", ["--spreadsheet"], True),
        ("b.tsv", ["--spreadsheet"], True),
    ):
        assert mollia(folder, "ledger", "task.toml", "--export", name, *words).returncode == 0
        if name.endswith("csv"):
            assert (formulas(folder / name) == []) is safe
    assert "\t'@1\t" in (folder / "b.tsv").read_text("utf-8")
