"""Reviewing: the queues, what a review stores, refit and what it changes, the blind audit."""

import re
import sqlite3
from html import unescape

import numpy as np
import pytest

from mollia.ledger.human_table import UNSURE
from mollia.loop.run import run
from mollia.session.encoder import VECTORS
from mollia.task.load import load_task
from mollia.web.review_page import ReviewDesk
from mollia.web.review_queues import QUEUES

CLASSES = ("sport", "science", "world_news")
SEED = 18


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory, make_task, run_with, serve_fitted):
    """A task after a run with a seed file of 18 labels, two of them wrong; one page for the module."""
    folder = tmp_path_factory.mktemp("review")
    gold = make_task(folder, n=150)
    seed = {f"r{i}": gold[f"r{i}"] for i in range(10, 10 + SEED - 2)}
    run_with(folder, seed | {f"r{i}": (gold[f"r{i}"] + 1) % 3 for i in (5, 6)})
    with serve_fitted(folder, gold, goal=20) as served:
        yield served


@pytest.fixture
def kim(reviewed):
    with reviewed.client("kim") as client:
        yield client


def row_of(page):
    found = re.search(r'name="row" value="(\d+)"', page.text)
    return int(found[1]) if found else None


def accept_of(page):
    found = re.search(r'class="primary accept" name="y" value="(\d+)"', page.text)
    return int(found[1]) if found else None


def review(client, queue, row, **form):
    answer = client.post("/review", data={"queue": queue, "row": row, **form}, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    return answer


def desk(reviewed):
    return ReviewDesk(reviewed.desk, reviewed.fitter.standing)


def test_each_queue_is_ordered_by_what_its_name_says(reviewed):
    standing, waiting = reviewed.fitter.standing, desk(reviewed)
    posterior = standing.posterior
    confidence = posterior.max(1)
    unsure = waiting.rows("unsure")
    assert np.all(np.diff(confidence[unsure]) >= 0)
    split = waiting.rows("split")
    against = (standing.own[split] != standing.label[split][:, None]).mean(1)
    assert np.all(np.diff(against) <= 1e-12)
    assert against.min() > 0
    top = np.sort(posterior, 1)
    margin = top[:, -1] - top[:, -2]
    useful = waiting.rows("useful")
    assert margin[useful[0]] == margin[unsure].min()
    assert margin[useful[:10]].mean() < np.median(margin[unsure])
    for queue in ("useful", "unsure", "split", "rare"):
        assert not standing.known.known[waiting.rows(queue)].any(), "what people labelled is not asked again"


def test_wrong_human_labels_are_among_the_slips(reviewed, kim):
    slips = desk(reviewed).rows("slips")
    assert {5, 6} & set(slips)
    page = kim.get("/review?queue=slips")
    row = row_of(page)
    said = reviewed.fitter.standing.known.y[row]
    assert accept_of(page) == said, "Enter keeps the person's label"
    assert f"Keep {CLASSES[said]}" in re.sub(r"<wbr>|\s+", " ", page.text).replace("_ ", "_")


def test_the_evidence_names_every_llm_the_student_and_similar_texts(kim):
    page = unescape(kim.get("/review?queue=useful").text)
    for name in ("Fused", "Student", "gemma", "yi", "qwen", "% alike"):
        assert name in page


def test_a_review_is_stored_as_such_and_leaves_every_queue(reviewed, kim):
    page = kim.get("/review?queue=unsure")
    row = row_of(page)
    answer = review(kim, "unsure", row, y=accept_of(page), note="clear")
    assert row_of(answer) != row
    said = [each for each in reviewed.desk.store.said("review") if each.text_id == f"r{row}"]
    assert [(each.annotator, each.note) for each in said] == [("kim", "clear")]
    assert np.isnan(said[0].chance), "a chosen row has no inclusion probability"
    now = desk(reviewed)
    assert all(row not in now.rows(queue.id) for queue in QUEUES)


def test_unsure_skip_and_undo_in_a_review(reviewed, kim):
    first = row_of(kim.get("/review?queue=split"))
    second = row_of(review(kim, "split", first, do="skip"))
    assert second != first
    third = row_of(review(kim, "split", second, do="unsure"))
    assert UNSURE in [each.y for each in reviewed.desk.store.said("review") if each.text_id == f"r{second}"]
    review(kim, "split", third, y=0)
    assert row_of(kim.post("/review", data={"queue": "split", "do": "undo"})) == third
    assert row_of(kim.post("/review", data={"queue": "split", "do": "undo"})) == second
    assert second in desk(reviewed).rows("split")


def test_the_audit_is_blind_random_and_never_trains(reviewed, kim):
    page = kim.get("/review?queue=audit")
    assert "gemma" not in page.text
    assert "Fused" not in page.text.split('id="work"')[1].split("<aside")[0]
    assert accept_of(page) is None
    row = row_of(page)
    before = desk(reviewed)
    assert row == before.audit_rows[0]
    review(kim, "audit", row, y=reviewed.gold[f"r{row}"])
    audit = reviewed.desk.store.human("audit")
    assert audit.ids == (f"r{row}",)
    assert audit.chance[0] == pytest.approx(before.audit_goal / len(before.draw.rows))
    after = desk(reviewed)
    assert all(row not in after.rows(queue.id) for queue in QUEUES)
    refused = kim.post("/review", data={"queue": "useful", "row": row, "y": 0})
    with reviewed.client("ana") as ana:
        other = ana.post("/review", data={"queue": "useful", "row": row, "y": 0})
    assert other.status_code == 404, "a row that scores may not train"
    assert refused.status_code == 404


def test_an_audit_takes_only_rows_of_its_draw(reviewed, kim):
    outside = next(row for row in range(150) if row not in desk(reviewed).audit_rows)
    assert kim.post("/review", data={"queue": "audit", "row": outside, "y": 0}).status_code == 404


def test_a_refit_uses_the_reviews_and_says_what_changed(reviewed, kim):
    before = reviewed.fitter.standing
    for _ in range(10):
        page = kim.get("/review?queue=useful")
        row = row_of(page)
        review(kim, "useful", row, y=reviewed.gold[f"r{row}"])
    assert "new since" in kim.get("/review/fit").text
    kim.post("/review/fit")
    assert reviewed.fitter.wait(60)
    after = reviewed.fitter.standing
    assert after.n_human >= before.n_human + 10
    gold = np.array([reviewed.gold[id_] for id_ in reviewed.desk.pool.ids])
    assert (after.label == gold).mean() >= (before.label == gold).mean()
    box = unescape(kim.get("/review/fit").text)
    moved = int((before.label != after.label).sum())
    assert re.search(rf"last refit changed\s*<b>{moved}</b>", box)
    assert f"Fitted on <b>{after.n_human}</b> human labels" in box


def test_nearly_equal_texts_get_the_label_together(serve_folder, make_task, tmp_path):
    gold = make_task(tmp_path, n=60)
    lines = (tmp_path / "texts.csv").read_text().splitlines()
    lines += [
        f"t{i},coach praises player after the match at stadium {i},sport,sport,science" for i in range(4)
    ]
    (tmp_path / "texts.csv").write_text("\n".join(lines) + "\n")
    run(load_task(tmp_path / "task.toml"))
    with serve_folder(tmp_path, gold) as served, served.client("kim") as kim:
        served.fitter.start()
        served.fitter.wait(60)
        page = kim.get("/review?queue=useful&row=60")
        twins = [int(row) for row in re.findall(r'name="twin" value="(\d+)"', page.text)]
        assert sorted(twins) == [61, 62, 63]
        answer = review(kim, "useful", 60, y=0, twin=twins[:2])
        assert "and 2 nearly equal texts" in answer.text
        labels = served.desk.store.human("review")
        assert set(labels.ids) == {"t0", *(f"t{row - 60}" for row in twins[:2])}
        assert set(labels.y.tolist()) == {0}


def test_before_a_run_the_page_says_what_to_do(served):
    with served.client("kim") as kim:
        page = kim.get("/review").text
        assert "The panel has not answered yet" in page
        assert "mollia run" in page
        assert row_of(kim.get("/review?queue=audit")) is not None, "an audit needs no panel"


@pytest.mark.parametrize(
    "path", ["/review?queue=x", "/review?queue=useful&row=-1", "/review?queue=useful&row=999"]
)
def test_unknown_queues_and_rows_are_refused(kim, path):
    assert kim.get(path).status_code in {400, 404}


def test_a_page_keeps_a_models_vectors_by_text(tmp_path, make_task, serve_folder, minilm):
    gold = make_task(tmp_path, n=60)
    (tmp_path / "model.onnx").symlink_to(minilm.model)
    (tmp_path / "tokenizer.json").symlink_to(minilm.tokenizer)
    task = tmp_path / "task.toml"
    task.write_text(task.read_text() + '[student]\nencoder = "onnx:model.onnx"\n')
    run(load_task(task))
    vectors = load_task(task).run.out / VECTORS
    vectors.unlink()
    with serve_folder(tmp_path, gold, goal=20) as served:
        served.fitter.start()
        assert served.fitter.wait(60)
        assert served.fitter.failed == ""
        standing = served.fitter.standing
    assert standing.vectors.shape == (60, 384)
    assert standing.student.shape == (60, 3)
    with sqlite3.connect(vectors) as db:
        assert db.execute("SELECT COUNT(*) FROM vectors").fetchone() == (60,)
