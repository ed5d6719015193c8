"""The guideline that grows: stored, exported, kept out of prompts; the classes most often confused."""

from html import unescape

import numpy as np
import pytest

from mollia.people.guideline import entries
from mollia.session.questions import questions_by_llm
from mollia.web.blind import blind_rows, hidden
from mollia.web.confused import expected_mixups, most_confused

CLASSES = ("sport", "science", "world_news")


@pytest.fixture(scope="module")
def fitted(tmp_path_factory, make_task, run_with, serve_fitted):
    folder = tmp_path_factory.mktemp("guideline")
    gold = make_task(folder, n=150)
    run_with(folder, {f"r{i}": gold[f"r{i}"] for i in range(10, 24)})
    with serve_fitted(folder, gold, goal=20) as served:
        yield served


@pytest.fixture
def kim(fitted):
    with fitted.client("kim") as client:
        yield client


def keys(served):
    desk = served.desk
    asked = questions_by_llm(desk.task, desk.pool)
    return {llm: [each.key for each in questions] for llm, questions in asked.items()}


def test_an_example_and_a_rule_are_stored_exported_and_enter_no_prompt(fitted, kim):
    before = keys(fitted)
    kim.post("/guideline", data={"class": "0", "row": "3", "why": "A *match* is sport."})
    answer = kim.post("/guideline", data={"class": "", "why": "First sentence decides."})
    assert "First sentence decides." in answer.text
    assert "<script>document.title" not in answer.text
    rule, example = sorted(entries(fitted.desk.store), key=lambda each: each.class_name)
    assert (rule.class_name, example.class_name, example.text_id, example.by) == ("", "sport", "r3", "kim")
    text = kim.get("/outputs/guideline.md").text
    assert "## sport" in text
    assert r"A \*match\* is sport. (row r3, kim," in text
    assert "&lt;script&gt;" in text
    assert "<script>" not in text
    assert keys(fitted) == before
    assert kim.post("/guideline", data={"class": "0", "why": " "}).status_code == 400


def test_an_entry_is_removed_and_comes_back(fitted, kim):
    kim.post("/guideline", data={"why": "Goals count."})
    key = next(each.key for each in entries(fitted.desk.store) if each.why == "Goals count.")
    page = kim.post("/guideline", data={"do": "remove", "key": key})
    assert "Undo" in page.text
    assert key not in {each.key for each in entries(fitted.desk.store)}
    kim.post("/guideline", data={"do": "restore", "key": key})
    assert key in {each.key for each in entries(fitted.desk.store)}
    assert kim.post("/guideline", data={"do": "remove", "key": "classes"}).status_code == 404


def test_confused_classes_come_with_close_rows_that_nobody_labels_blind(fitted, kim):
    standing, desk = fitted.fitter.standing, fitted.desk
    kim.get("/review?queue=audit")
    covered = hidden(desk, blind_rows(desk, standing, "kim"))
    pairs = most_confused(standing, hidden=covered)
    assert pairs
    assert [each.expected for each in pairs] == sorted((each.expected for each in pairs), reverse=True)
    open_rows = standing.labels.usable & ~standing.known.known
    assert np.allclose(
        expected_mixups(standing, open_rows).sum() / 2, (1 - standing.posterior[open_rows].max(1)).sum()
    ), "every label is counted once with the chance that it is wrong"
    first = pairs[0]
    assert 0 < len(first.rows) <= 10
    assert not covered[list(first.rows)].any()
    assert not standing.known.known[list(first.rows)].any()
    assert len(set(first.rows)) == len(first.rows)
    page = unescape(kim.get("/guideline").text)
    assert f"row={first.rows[0]}" in page
