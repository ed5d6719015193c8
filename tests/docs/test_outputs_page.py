"""docs/outputs.md names every column of labels.csv and every key of summary.json that runs write, and no other."""

import csv
import json
import re
from pathlib import Path

import pytest
from tests.docs.mollia_command import run_mollia

import mollia
from mollia.task.load import load_task

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "outputs.md"
CLASSES = ("credit_card", "credit_reporting", "debt_collection", "mortgages_and_loans", "retail_banking")
LLMS = ("gpt_4o_mini", "claude_3_5_haiku", "gemini_1_5_flash")
OPAQUE = {
    "sources",
    "classes",
    "accuracy_against_gold",
    "confidence_against_gold",
    "reviews_to_90_percent",
    "problems",
    "settings",
}  # keys are the data's


def documented(kind):
    """Return the first cells of the table below a comment of the page."""
    below = PAGE.read_text("utf-8").split(f"<!-- {kind}: ")[1].split("-->")[1].strip()
    return re.findall(r"^\| `([^`]+)` \|", below.split("\n\n")[0], re.MULTILINE)


def write_task(folder, run):
    data = ROOT / "benchmarks" / "data" / "consumer_complaints_pool.parquet"
    panel = mollia.read_panel(str(data), labels=list(CLASSES), gold="gold")
    column = {name: panel.answers.llms.index(name) for name in LLMS}
    with (folder / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "gold", *LLMS])
        for row in range(200):
            said = [CLASSES[panel.answers.c[row, i].argmax()] for i in column.values()]
            said[0] = said[0] if row else "wire fraud"  # none of the classes
            writer.writerow([panel.ids[row], panel.texts[row], CLASSES[panel.gold[row]], *said])
    with (folder / "texts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "gold"])
        writer.writerows([panel.ids[row], panel.texts[row], CLASSES[panel.gold[row]]] for row in range(200))
    classes = "".join(f'[[classes]]\nname = "{name}"\n' for name in CLASSES)
    llms = "".join(f'[[panel]]\nname = "{name}"\nkind = "recorded"\npath = "answers.csv"\n' for name in LLMS)
    (folder / "task.toml").write_text(
        'name = "complaints"\ninstruction = "Which product?"\n[data]\npath = "texts.csv"\ngold = "gold"\n'
        f"{classes}[seed]\ndraw = 50\n{llms}[query]\nbatch = 20\nrounds = 3\n[run]\n{run}\n",
        "utf-8",
    )
    return folder / "task.toml"


def header(path):
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def keys(value, path=""):
    """Yield the key paths of a summary, `rounds[].round`; those whose keys are the data's are not entered."""
    for key, below in value.items():
        here = f"{path}.{key}" if path else key
        yield here
        if key in OPAQUE:
            continue
        if isinstance(below, dict):
            yield from keys(below, here)
        elif isinstance(below, list):
            for each in below:
                if isinstance(each, dict):
                    yield from keys(each, f"{here}[]")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Columns and keys of two runs and of a fusion without human labels."""
    columns, found = set(), set()
    for run, options in (('stop = "kappa"', ["--target-accuracy", "0.7"]), ('stop = "plateau"', [])):
        folder = tmp_path_factory.mktemp("run")
        task = write_task(folder, run)
        run_mollia("run", task, "--quiet", *options)
        out = load_task(task).run.out
        columns |= set(header(out / "labels.csv")) - set(header(folder / "texts.csv"))
        found |= set(keys(json.loads((out / "summary.json").read_text("utf-8"))))
    labels = ("--labels", ",".join(CLASSES), "--llms", ",".join(LLMS), "--out", folder / "fused.csv")
    run_mollia("fuse", folder / "answers.csv", *labels)
    columns |= set(header(folder / "fused.csv")) - set(header(folder / "answers.csv"))
    general = {**{f"p_{name}": "p_<class>" for name in CLASSES}, **dict.fromkeys(LLMS, "<llm>")}
    return {general.get(name, name) for name in columns}, found


def test_every_column_that_a_run_writes_is_documented_and_the_reverse(written):
    assert sorted(documented("columns")) == sorted(written[0])


def test_every_key_that_a_run_writes_is_documented_and_the_reverse(written):
    assert sorted(documented("keys")) == sorted(written[1])
