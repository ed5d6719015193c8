"""`mollia demo --images`, end to end, and what a person does with it afterwards."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.pictures import opened

from mollia.content import content_bytes
from mollia.images import fault
from mollia.report.numbers import percent


def mollia(*words, folder, stream="stdout"):
    done = subprocess.run(
        [sys.executable, "-m", "mollia", *words], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return getattr(done, stream)


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def where(tmp_path_factory):
    return tmp_path_factory.mktemp("images")


@pytest.fixture(scope="module")
def said(where):
    return mollia("demo", "--images", "--quiet", folder=where)


@pytest.fixture(scope="module")
def demo(where, said):  # said: the demo has run
    return where / "demo-images"


def test_every_row_is_labelled_and_every_picture_is_an_image(demo, said):
    assert "900/900 rows labelled: demo-images/labels.csv" in said
    rows = rows_of(demo / "labels.csv")
    assert len(rows) == 900
    assert {row["source"] for row in rows} <= {"panel", "human", "copy"}
    assert not any(fault(content_bytes(str(demo / row["image"]))) for row in rows[:50])


def test_the_members_really_err_and_the_labels_are_better_than_their_vote(demo):
    answers, gold = rows_of(demo / "answers.csv"), [row["digit"] for row in rows_of(demo / "digits.csv")]
    for name in ("nearest", "tree"):
        right = np.mean([row[name] == digit for row, digit in zip(answers, gold, strict=True)])
        assert 0.4 < right < 0.9
    scores = json.loads((demo / "summary.json").read_text("utf-8"))["accuracy_against_gold"]
    assert scores["mollia's labels"] > scores["majority vote"]
    assert scores["mollia's student"] > scores["majority vote"]


def test_terminal_summary_and_report_show_the_same_figures(demo, said):
    summary = json.loads((demo / "summary.json").read_text("utf-8"))
    report = (demo / "report.html").read_text("utf-8")
    for name in ("mollia's labels", "mollia's student", "majority vote"):
        shown = percent(summary["accuracy_against_gold"][name])
        assert shown in said
        assert shown in report


def test_the_report_holds_small_copies_of_the_images_and_needs_no_file(demo):
    report = (demo / "report.html").read_text("utf-8")
    pictures = re.findall(r'<img class="picture" src="([^"]+)"', report)
    assert len(pictures) == 8
    assert all(opened(each)[1].size == (96, 96) for each in pictures)
    assert 'src="images/' not in report


def test_the_page_shows_what_the_demo_prints(said):
    page = (Path(__file__).parents[2] / "docs" / "images.md").read_text("utf-8")
    figures = said[said.index("Accuracy, measured") : said.index("Next:")].strip()
    assert f"```text\n{figures}\n```" in page


def test_nothing_is_refused_when_it_runs_again_and_a_file_of_ones_own_is_kept(where, demo):
    before = (demo / "answers.csv").read_bytes()
    mollia("demo", "--images", "--quiet", folder=where)
    assert (demo / "answers.csv").read_bytes() == before
    own = where / "own"
    own.mkdir()
    (own / "task.toml").write_text("mine", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mollia", "demo", "--images", "--out", "own"],
        capture_output=True, text=True, check=False, cwd=where,
    )  # fmt: skip
    assert (done.returncode, "is there already, and is not the demo's" in done.stderr) == (2, True)
    assert (own / "task.toml").read_text("utf-8") == "mine"


def test_the_student_labels_other_pictures(demo, said):
    assert "Label more images without any LLM:" in said
    (demo / "few.csv").write_text(
        "\n".join(["image", *(row["image"] for row in rows_of(demo / "digits.csv")[:60]), ""]),
        encoding="utf-8",
    )
    told = mollia("predict", "student", "few.csv", "--out", "few-labels.csv", "--quiet", folder=demo)
    assert told == "60 texts labelled: few-labels.csv\n"
    gold = [row["digit"] for row in rows_of(demo / "digits.csv")[:60]]
    found = [row["label"] for row in rows_of(demo / "few-labels.csv")]
    assert np.mean([a == b for a, b in zip(found, gold, strict=True)]) > 0.75


def test_the_rows_go_to_label_studio_as_images_and_their_labels_come_back(demo):
    words = ("labelstudio", "task.toml", "--draw", "8", "--out", "tasks.json")
    said = mollia("export", *words, folder=demo, stream="stderr")
    assert f"LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT={demo.parent}, and add {demo} to" in said
    assert '<Image name="image" value="$image"/>' in (demo / "tasks.xml").read_text("utf-8")
    tasks = json.loads((demo / "tasks.json").read_text("utf-8"))
    gold = {row["id"]: row["digit"] for row in rows_of(demo / "digits.csv")}
    for task in tasks:
        file = task["data"]["image"].removeprefix("/data/local-files/?d=")
        assert (demo.parent / file).is_file()
        choice = {"from_name": "label", "to_name": "image", "type": "choices"}
        value = {"choices": [gold[task["data"]["mollia_id"]]]}
        task["annotations"] = [{"completed_by": 1, "result": [{**choice, "value": value}]}]
    (demo / "back.json").write_text(json.dumps(tasks), encoding="utf-8")
    words = ("back.json", "--task", "task.toml", "--use", "audit", "--out", "audit.csv")
    mollia("import", "labelstudio", *words, folder=demo)
    assert {row["id"]: row["label"] for row in rows_of(demo / "audit.csv")} == {
        task["data"]["mollia_id"]: gold[task["data"]["mollia_id"]] for task in tasks
    }


def test_other_tools_get_the_rows_by_their_paths(demo):
    mollia("export", "prodigy", "task.toml", "--rows", "3", "--out", "rows.jsonl", folder=demo)
    lines = (demo / "rows.jsonl").read_text("utf-8").splitlines()
    assert all(json.loads(line)["text"].startswith("images/") for line in lines)
