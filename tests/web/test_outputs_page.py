"""Runs started from the page, what is accepted together, and what can be downloaded."""

import csv
import io
import time
from html import unescape

import numpy as np
import pytest

from mollia.people.accepted import acceptance, accepted_target
from mollia.people.settled import settling
from mollia.records import HumanLabels
from mollia.web.outputs_page import accepted_rows, promised
from mollia.web.review_page import ReviewDesk

CLASSES = ("sport", "science", "world_news")


@pytest.fixture(scope="module")
def fitted(tmp_path_factory, make_task, run_with, serve_fitted):
    """A task with 70 labels of a seed file, its page fitted, after a run."""
    folder = tmp_path_factory.mktemp("outputs")
    gold = make_task(folder, n=300)
    run_with(folder, {f"r{i}": gold[f"r{i}"] for i in range(10, 80)})
    with serve_fitted(folder, gold, goal=20) as served:
        yield served


@pytest.fixture
def kim(fitted):
    with fitted.client("kim") as client:
        yield client


def ended(served, seconds=120):
    end = time.monotonic() + seconds
    while (state := served.desk.jobs.state()).running:
        assert time.monotonic() < end
        time.sleep(0.1)
    return state


def test_outputs_are_rewritten_from_the_page_with_the_labels_given_there(fitted, kim):
    folder = fitted.desk.task.run.out
    kim.post("/rows/row", data={"row": 200, "y": 1})
    assert "labels of people are newer" in kim.get("/outputs").text or not (folder / "labels.csv").exists()
    assert "Started." in kim.post("/outputs", data={"do": "report"}).text
    assert "going on already" in kim.post("/outputs", data={"do": "run"}).text
    state = ended(fitted)
    assert state.code == 0, state.lines
    assert "mollia report is done" in kim.get("/outputs").text
    answer = kim.get("/outputs/labels.csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = {each["id"]: each for each in csv.DictReader(io.StringIO(answer.text))}
    assert (rows["r200"]["label"], rows["r200"]["source"]) == ("science", "human")
    kim.post("/rows/row", data={"row": 200, "do": "back"})


def test_a_run_stopped_from_the_page_ends_as_ctrl_c_ends_it(fitted, kim):
    kim.post("/outputs", data={"do": "run"})
    time.sleep(0.3)
    kim.post("/outputs", data={"do": "stop"})
    state = ended(fitted)
    assert state.stopped
    assert state.code != 0
    assert "was stopped" in kim.get("/outputs").text


def test_what_the_promise_allows_is_accepted_together_leaves_the_queues_and_is_no_human_label(fitted, kim):
    desk, standing = fitted.desk, fitted.fitter.standing
    page = unescape(kim.get("/outputs").text)
    assert "at most 10% wrong" in page
    assert kim.post("/outputs", data={"target": "0.5"}).status_code == 400
    waiting = ReviewDesk(desk, standing).rows("unsure")
    people = len(desk.store.human("review"))
    answer = kim.post("/outputs", data={"target": "0.9"})
    assert "labels are accepted together" in answer.text
    assert acceptance(desk.store).by == "kim"
    assert accepted_target(desk.store.path) == 0.9, "what `mollia run` keeps to"
    accepted = accepted_rows(desk, standing)
    assert accepted.sum() == promised(standing, 0.9).accepted.rows.sum() > 0
    assert not accepted[standing.known.known].any()
    left = ReviewDesk(desk, standing).rows("unsure")
    assert set(left) == {row for row in waiting if not accepted[row]}
    assert len(desk.store.human("review")) == people
    kim.post("/outputs", data={"do": "report"})
    assert ended(fitted).code == 0
    rows = [*csv.DictReader(io.StringIO(kim.get("/outputs/labels.csv").text))]
    assert {each["id"] for each in rows if each["accept"] == "True" and each["source"] == "panel"}
    kim.post("/outputs", data={"do": "nothing"})
    assert acceptance(desk.store) is None
    assert ReviewDesk(desk, standing).rows("unsure") == waiting


def test_all_that_people_said_is_one_file_without_formulas(fitted, kim):
    word = HumanLabels(ids=("r100",), y=np.array([2]), chance=np.array([0.125]))
    fitted.desk.store.add_human(word, annotator=settling("zoe"), note='=HYPERLINK("x")')
    rows = [*csv.DictReader(io.StringIO(kim.get("/outputs/people.csv").text))]
    assert sum(each["who"] == "seed file" for each in rows) == 70
    (said,) = [each for each in rows if each["id"] == "r100"]
    assert (said["label"], said["who"], said["chance"]) == ("world_news", "settled by zoe", "0.125")
    assert said["note"] == '\'=HYPERLINK("x")'
    assert kim.get("/outputs/ledger.sqlite").status_code == 404
    assert kim.get("/outputs/..%2Ftask.toml").status_code == 404
