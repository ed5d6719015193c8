"""Walk 17.2: answers in a workbook become labels, a report, a summary and a classifier."""

import random
import re

import pandas as pd
import pytest
from tests.walks.conftest import summary_of

from mollia.data.read import read_table

CLASSES = ("Refund", "Delivery", "Other")
TEXTS = {
    "Refund": ("money back", "charged twice", "wrong bill"),
    "Delivery": ("late parcel", "lost box", "broken lamp"),
    "Other": ("gift cards", "opening hours", "thank you"),
}
LLMS = {"gemma": 0.9, "yi": 0.75, "qwen": 0.6}


@pytest.fixture
def truth(tmp_path):
    """Write answers.xlsx, 150 rows in which one LLM says "Payment" now and then; return the classes by id."""
    rng = random.Random(0)  # noqa: S311  # no secret
    rows, truth = [], {}
    for i in range(150):
        truth[f"r{i}"] = gold = CLASSES[i % 3]
        said = {llm: gold if rng.random() < right else rng.choice(CLASSES) for llm, right in LLMS.items()}
        said["qwen"] = "Payment" if i % 30 == 0 else said["qwen"]
        rows.append({"id": f"r{i}", "text": f"{rng.choice(TEXTS[gold])} {i}", "price": i / 4, **said})
    pd.DataFrame(rows).to_excel(tmp_path / "answers.xlsx", index=False, engine="xlsxwriter")
    return truth


def test_a_workbook_of_answers_gives_labels_a_report_that_says_what_the_summary_says_and_a_student(
    mollia, truth, tmp_path, browser, legible
):
    words = ("fuse", "answers.xlsx", "--labels", ",".join(CLASSES), "--seed-labels", "seed.csv")
    seed = "".join(f"r{i},{truth[f'r{i}']}\n" for i in range(40))
    (tmp_path / "seed.csv").write_text("id,label\n" + seed.replace("r4,Delivery", "r4,Delivry"), "utf-8")
    wrong = mollia(tmp_path, *words)
    assert wrong.returncode == 2
    assert re.search(r'seed\.csv:6.*"Delivry"', wrong.stderr)
    assert 'Did you mean "Delivery"?' in wrong.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"answers.xlsx", "seed.csv"}

    (tmp_path / "seed.csv").write_text("id,label\n" + seed, "utf-8")
    done = mollia(tmp_path, *words, "--out", "labels.xlsx", "--student", "student")
    assert done.returncode == 0, done.stderr
    labels = read_table(tmp_path / "labels.xlsx").columns
    assert list(labels)[:6] == ["id", "text", "price", *LLMS]
    assert {"label", "confidence", "calibrated", "p_Refund", "source", "student_label"} <= set(labels)
    assert labels["source"].count("human") == 40
    assert all(labels["label"][i] == truth[f"r{i}"] for i in range(40))
    slim = mollia(
        tmp_path, *words, "--out", "slim.xlsx", "--columns", "id,text,label,confidence", "--only-labels"
    )
    assert slim.returncode == 0, slim.stderr
    assert list(read_table(tmp_path / "slim.xlsx").columns) == ["id", "text", "label", "confidence"]

    summary = summary_of(tmp_path, "labels.summary.json")
    page = browser.new_page()
    page.goto((tmp_path / "labels.report.html").as_uri())
    assert page.inner_text(".figure").startswith(f"{summary['accuracy_estimate']['value']:.1%}")
    unnamed = page.locator("section", has=page.locator("#unnamed")).locator("tbody tr").all_inner_texts()
    assert [row.split() for row in unnamed] == [["Payment", "5", "qwen"]]
    assert summary["named_no_class"] == [{"reply": "Payment", "times": 5, "llms": ["qwen"]}]
    repeat = page.locator("pre", has_text="fuse answers.xlsx").inner_text()
    assert repeat == summary["command"]
    page.close()
    legible((tmp_path / "labels.report.html").as_uri())

    advised = mollia(tmp_path, "advise", "labels.xlsx", "-q")
    assert advised.returncode == 0, advised.stderr
    assert re.findall(r"^(\d)\. .*Cost: ", advised.stdout, re.MULTILINE) == ["1", "2", "3"]
    (tmp_path / "new.csv").write_text("id,text\na,please send my money back\nb,my parcel is late\n", "utf-8")
    told = mollia(tmp_path, "predict", "student", "new.csv", "--out", "predicted.csv", "-q")
    assert told.returncode == 0, told.stderr
    assert list(read_table(tmp_path / "predicted.csv").columns["label"]) == ["Refund", "Delivery"]
