"""Any row found, read and given another label: what is stored means what the draw of its row says."""

import re
from html import unescape

import numpy as np
import pytest

from mollia.people.changed_audit import changed_note
from mollia.people.settled import settling
from mollia.records import HumanLabels
from mollia.web.agreement import agreement
from mollia.web.blind import blind_rows
from mollia.web.browse import Query, current_labels, find_rows
from mollia.web.review_page import ReviewDesk
from mollia.web.rows_page import _snippet
from mollia.web.seed_page import SeedDesk

CLASSES = ("sport", "science", "world_news")


@pytest.fixture(scope="module")
def fitted(tmp_path_factory, make_task, run_with, serve_fitted):
    """A task after a run with 14 labels of a seed file, its page fitted; texts.csv has the columns region and gold_label too."""
    folder = tmp_path_factory.mktemp("rows")
    gold = make_task(folder, n=150)
    data = folder / "texts.csv"
    head, *lines = data.read_text("utf-8").splitlines()
    lines = [
        f"{line},{'north' if i % 2 else 'south'},{CLASSES[gold[f'r{i}']]}" for i, line in enumerate(lines)
    ]
    data.write_text("\n".join([f"{head},region,gold_label", *lines]) + "\n", "utf-8")
    run_with(folder, {f"r{i}": gold[f"r{i}"] for i in range(10, 24)})
    with serve_fitted(folder, gold, goal=20) as served:
        yield served


@pytest.fixture
def kim(fitted):
    with fitted.client("kim") as client:
        yield client


def found(served, **asked):
    desk, standing = served.desk, served.fitter.standing
    return find_rows(desk, standing, Query(**asked), blind_rows(desk, standing, "kim"))


def change(client, row, **form):
    answer = client.post("/rows/row", data={"row": row, **form}, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def words(served, row, use):
    return [each for each in served.desk.store.said(use) if each.text_id == f"r{row}"]


def test_each_filter_leaves_the_rows_it_names(fitted):
    labels = current_labels(fitted.desk, fitted.fitter.standing)
    n = len(fitted.desk.pool)
    assert len(found(fitted).rows) == n
    assert set(found(fitted, label="1").rows) == set(np.flatnonzero(labels.label == 1))
    assert set(found(fitted, source="person").rows) == {*range(10, 24)}
    unsure = found(fitted, high="80", order="unsure").rows
    assert len(unsure)
    assert (labels.confidence[unsure] < 0.8).all()
    assert (np.diff(labels.confidence[unsure]) >= 0).all()
    some, all_ = found(fitted, split="some").rows, found(fitted, split="all").rows
    assert len(some) + len(all_) == n
    assert (labels.against[some] > 0).all()
    assert set(found(fitted, who="*").rows) == {*range(10, 24)}
    assert len(found(fitted, who="-").rows) == n - 14


def test_a_search_finds_texts_whatever_their_case_and_shows_where(fitted, kim):
    with_goal = [row for row, text in enumerate(fitted.desk.pool.texts) if "goal" in text]
    assert found(fitted, q="GOAL").rows.tolist() == with_goal
    page = kim.get("/rows?q=GOAL").text
    assert page.count("<mark>goal</mark>") == min(25, len(with_goal))
    script = kim.get("/rows", params={"q": "<script>"}).text
    assert "&lt;script&gt;" in script
    assert "<script>document.title" not in script


def test_a_long_text_is_cut_at_words_and_where_it_is_cut_is_shown():
    words = [f"word{i}" for i in range(200)]
    text = " ".join(words)
    for wanted in ("", "word0", "RD100", "word199"):
        cut = _snippet(text, wanted)
        whole = cut.before + cut.met + cut.after
        assert {*whole.split()} <= {*words, "…"}
        assert cut.met.casefold() == wanted.casefold()
        assert whole.startswith("…") == (wanted in {"RD100", "word199"})
        assert whole.endswith("…") == (wanted != "word199")
    assert _snippet("a short one", "short").after == " one"


def test_a_list_comes_in_pages(fitted, kim):
    seen = []
    for number in range(6):
        page = kim.get(f"/rows?page={number}").text
        seen += [int(row) for row in re.findall(r'href="/rows/row\?row=(\d+)', page)]
    assert seen == [*range(150)]
    assert kim.get("/rows?page=99").status_code == 200
    assert kim.get("/rows?page=x").status_code == 400
    assert kim.get("/rows?label=7").status_code == 400
    assert kim.get("/rows?order=evil").status_code == 400


def test_an_id_leads_to_its_row_and_a_wrong_one_to_those_that_begin_alike(kim):
    assert kim.get("/rows?id=r42").url.path == "/rows/row"
    page = unescape(kim.get("/rows?id=R14x").text)
    assert 'There is no row with the id "R14x".' in page
    assert "These begin so: r14, r140," in unescape(kim.get("/rows?id=R14").text)


def test_other_columns_stand_beside_the_text_but_none_that_holds_a_label(fitted, kim):
    assert fitted.desk.columns_beside == ("region",)
    for path in ("/rows/row?row=1", "/", "/review?queue=useful", "/review?queue=audit"):
        page = kim.get(path).text
        assert re.search(r"<dt>region</dt><dd dir=\"auto\">(north|south)</dd>", page), path
        assert "gold" not in page.split('id="work"')[1].split("<aside")[0].replace("goal", "")


def test_a_label_given_here_is_a_review_and_undo_takes_it_back(fitted, kim):
    row = int(found(fitted, source="panel").rows[0])
    assert "Saved: science (reviewed)." in change(kim, row, y=1, note="because")
    (word,) = words(fitted, row, "review")
    assert (word.annotator, word.y, word.note) == ("kim", 1, "because")
    assert np.isnan(word.chance)
    assert current_labels(fitted.desk, fitted.fitter.standing).label[row] == 1, "without a refit"
    change(kim, row, y=2)
    change(kim, row, do="undo")
    assert [each.y for each in words(fitted, row, "review")] == [1], "undo restores the word before"
    change(kim, row, do="undo")
    assert words(fitted, row, "review") == []


def test_a_seed_row_keeps_its_draw_when_someone_else_corrects_it(fitted, kim):
    drawn = HumanLabels(
        ids=("r60",), y=np.array([0]), chance=np.array([0.25]), batch=np.array([3]), size=np.array([10])
    )
    fitted.desk.store.add_human(drawn, annotator="zoe")
    assert "What people said" in kim.get("/rows/row?row=60").text
    change(kim, 60, y=1)
    first, second = words(fitted, 60, "seed")
    assert (second.annotator, second.y) == (settling("kim"), 1)
    assert (second.chance, second.batch, second.size) == (0.25, 3, 10)
    assert first.annotator == "zoe"
    stored = fitted.desk.store.human("seed")
    assert stored.y[stored.ids.index("r60")] == 1, "the newest word stands"
    assert agreement([first, second]) == [], "who has seen a label says nothing of agreement"
    change(kim, 60, do="undo")
    fitted.desk.store.add_human(HumanLabels.of({"r60": -1}), annotator="zoe")


def test_rows_of_a_begun_audit_are_hidden_stay_audit_rows_and_a_later_change_is_told(fitted, kim):
    kim.get("/review?queue=audit")
    desk, standing = fitted.desk, fitted.fitter.standing
    review = ReviewDesk(desk, standing)
    row = review.audit_rows[5]
    page = kim.get(f"/rows/row?row={row}").text
    assert "Who says what" not in page
    assert "waits for a label in the audit sample" in page
    listed = found(fitted, label=str(standing.label[row]))
    assert row not in listed.rows, "a filter does not tell its label either"
    assert listed.n_hidden > 0
    assert row in found(fitted, q=desk.pool.texts[row][:12]).rows
    change(kim, row, y=0)
    (word,) = words(fitted, row, "audit")
    assert word.chance == review.draw.chance(5, review.audit_goal)
    assert changed_note(desk.store) == ()
    page = change(kim, row, y=1)
    assert "A change is counted" in page
    (word,) = words(fitted, row, "audit")
    assert word.chance == review.draw.chance(5, review.audit_goal)
    assert "1 audit label was changed" in changed_note(desk.store)[0]
    assert changed_note(desk.store)[0] in unescape(kim.get("/dashboard").text)
    change(kim, row, do="undo")
    assert changed_note(desk.store) == ()
    change(kim, row, do="back")
    assert words(fitted, row, "audit") == []


def test_a_row_that_everyone_labels_for_themselves_hides_what_others_said(serve):
    with serve(goal=6, overlap=3) as served, served.client("kim") as kim, served.client("zoe") as zoe:
        row = SeedDesk(served.desk).rows[0]
        kim.post("/label", data={"row": row, "y": 0})
        assert "kim" not in zoe.get(f"/rows/row?row={row}").text
        change(zoe, row, y=1)
        said = {each.annotator: each for each in served.desk.store.said("seed")}
        assert said.keys() == {"kim", "zoe"}, "a word of her own"
        assert said["zoe"].chance == said["kim"].chance
        assert "agree on 0 of 1 rows" in agreement([*said.values()])[0]
        assert "kim" in zoe.get(f"/rows/row?row={row}").text


def test_people_who_disagree_are_settled_in_a_queue_without_entering_their_agreement(serve):
    with serve(goal=6, overlap=3) as served, served.client("kim") as kim, served.client("zoe") as zoe:
        row = SeedDesk(served.desk).rows[0]
        kim.post("/label", data={"row": row, "y": 0, "note": "mostly"})
        assert "Nobody contradicts anybody" in kim.get("/review?queue=conflicts").text
        zoe.post("/label", data={"row": row, "y": 1})
        with served.client("lee") as lee:
            assert f'name="row" value="{row}"' not in lee.get("/review?queue=conflicts").text, (
                "a row of his own"
            )
        page = kim.get("/review?queue=conflicts").text
        assert f'name="row" value="{row}"' in page
        assert "mostly" in page
        assert "Who says what" not in page
        before = agreement(served.desk.store.said("seed"))
        answer = kim.post("/review", data={"queue": "conflicts", "row": row, "y": 1})
        assert "Settled: science." in answer.text
        assert agreement(served.desk.store.said("seed")) == before
        stored = served.desk.store.human("seed")
        assert stored.y.tolist() == [1]
        assert np.isfinite(stored.chance).all(), "the row stays drawn as it was"
        assert "Nobody contradicts anybody" in kim.get("/review?queue=conflicts").text
        again = kim.post("/review", data={"queue": "conflicts", "do": "undo"})
        assert f'name="row" value="{row}"' in again.text


def test_nobody_can_take_the_name_of_settled_words(serve):
    with serve(goal=6) as served, served.client("settled by kim"):
        assert served.desk.person("Settled by kim") == "kim"
