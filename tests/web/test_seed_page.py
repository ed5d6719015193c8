"""Labelling the seed: what is stored, what comes next, two people at once."""

import re
from html import unescape

import numpy as np
import pytest

from mollia.ledger.human_table import UNSURE
from mollia.ledger.sqlite_store import open_store
from mollia.task.load import load_task
from mollia.web.opening import open_desk
from mollia.web.seed_page import SeedDesk
from mollia.web.sessions import Session


def row_of(page):
    found = re.search(r'name="row" value="(\d+)"', page.text)
    return int(found[1]) if found else None


def text_of(page):
    return unescape(re.search(r'id="text"[^>]*>(.*?)</div>', page.text, re.DOTALL)[1])


@pytest.fixture
def kim(served):
    with served.client("kim") as client:
        yield client


def say(client, row, **form):
    answer = client.post("/label", data={"row": row, **form}, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    return answer


def test_a_label_is_in_the_ledger_with_person_note_and_chance_when_the_answer_comes(served, kim):
    row = row_of(kim.get("/"))
    answer = say(kim, row, y="2", note="two topics")
    assert "<html" not in answer.text, "htmx gets the working part alone"
    assert "1</b> of 25 labelled" in answer.text
    with open_store(served.desk.store.path, read_only=True) as beside:
        (said,) = beside.said("seed")
    assert (said.text_id, said.y, said.annotator, said.note) == (f"r{row}", 2, "kim", "two topics")
    assert said.chance == pytest.approx(25 / 90)
    assert row_of(answer) != row


def test_the_page_shows_the_texts_in_the_draws_order_and_ends_with_the_goal(served, kim):
    order, answer = [], kim.get("/")
    while (row := row_of(answer)) is not None:
        assert text_of(answer) == served.desk.pool.texts[row]
        order.append(row)
        answer = say(kim, row, y=served.gold[f"r{row}"])
    assert order == SeedDesk(served.desk).rows
    assert "All 25 rows of the draw are done" in answer.text
    labels = served.desk.store.human("seed")
    assert [served.gold[id_] for id_ in labels.ids] == labels.y.tolist()


def test_a_larger_draw_goes_on_and_gives_every_row_its_new_chance(serve):
    with serve(goal=3) as served, served.client() as kim:
        for _ in range(3):
            say(kim, row_of(kim.get("/")), y="0")
        assert np.allclose(served.desk.store.human("seed").chance, 3 / 90)
        answer = kim.post("/label", data={"do": "more"})
        assert "3</b> of 28 labelled" in answer.text
        say(kim, row_of(answer), y="1")
        assert np.allclose(served.desk.store.human("seed").chance, 28 / 90)
    with serve(goal=3) as again:
        assert SeedDesk(again.desk).goal == 28, "the draw's size outlives the server"


def test_skipped_rows_come_back_at_the_end_and_unsure_ones_do_not(serve):
    with serve(goal=3) as served, served.client() as kim:
        first = row_of(kim.get("/"))
        second = row_of(say(kim, first, do="skip"))
        third = row_of(say(kim, second, do="unsure"))
        answer = say(kim, third, y="0")
        assert row_of(answer) == first
        answer = say(kim, first, y="1")
        assert "2</b> of 3 labelled, 1 unsure" in answer.text
        assert "done" in answer.text
        assert len(served.desk.store.human("seed")) == 2
        assert {s.text_id for s in served.desk.store.said("seed") if s.y == UNSURE} == {f"r{second}"}


def test_undo_takes_the_last_labels_back_one_by_one_and_shows_the_row(served, kim):
    first = row_of(kim.get("/"))
    second = row_of(say(kim, first, y="0"))
    say(kim, second, y="1", note="n")
    assert row_of(kim.post("/label", data={"do": "undo"})) == second
    assert row_of(kim.post("/label", data={"do": "undo"})) == first
    assert len(served.desk.store.human("seed")) == 0
    assert "nothing to undo" in kim.post("/label", data={"do": "undo"}).text


def test_an_earlier_label_can_be_changed(served, kim):
    row = row_of(kim.get("/"))
    say(kim, row, y="0", note="why")
    page = kim.get(f"/?row={row}")
    assert row_of(page) == row
    assert re.search(r'value="0"[^>]*aria-current="true"', page.text)
    assert 'value="why"' in page.text
    say(kim, row, y="2")
    assert served.desk.store.human("seed").y.tolist() == [2]


def test_nothing_is_lost_when_the_server_starts_anew(serve):
    with serve(goal=10) as served, served.client() as kim:
        for _ in range(4):
            say(kim, row_of(kim.get("/")), y="1")
        following = row_of(kim.get("/"))
    with serve(goal=10) as served, served.client() as kim:
        page = kim.get("/")
        assert "4</b> of 10 labelled" in page.text
        assert row_of(page) == following


def test_a_draw_left_to_chance_stays_the_same_draw(serve, tmp_path):
    task = load_task(tmp_path / "task.toml")
    by_chance = task.model_copy(update={"run": task.run.model_copy(update={"random_state": None})})
    orders = []
    for _ in range(2):
        with open_desk(by_chance) as (desk, _fitter):
            assert SeedDesk(desk).rows == SeedDesk(desk).rows
            orders.append(SeedDesk(desk).rows)
    assert orders[0] == orders[1]


def test_two_people_never_get_the_same_row(serve):
    with serve(goal=12) as served, served.client("kim") as kim, served.client("ana") as ana:
        rows = {"kim": [], "ana": []}
        pages = {"kim": kim.get("/"), "ana": ana.get("/")}
        turn = 0
        while True:
            who, client = (("kim", kim), ("ana", ana))[turn % 2]
            row = row_of(pages[who])
            if row is None:
                break
            rows[who].append(row)
            pages[who] = say(client, row, y="0")
            turn += 1
        assert not set(rows["kim"]) & set(rows["ana"])
        assert len(rows["kim"]) + len(rows["ana"]) in {11, 12}
        assert "Someone else has the last rows open" in pages[who].text or "done" in pages[who].text


def test_two_servers_of_one_task_never_hand_out_the_same_row(serve):
    with (
        serve(goal=12) as first,
        serve(goal=12) as second,
        first.client("kim") as kim,
        second.client("ana") as ana,
    ):
        rows = {"kim": [], "ana": []}
        for _ in range(5):
            pages = {"kim": kim.get("/"), "ana": ana.get("/")}  # both are open at once
            for who, client in (("ana", ana), ("kim", kim)):
                rows[who].append(row_of(pages[who]))
                say(client, rows[who][-1], y="0")
        assert len({*rows["kim"], *rows["ana"]}) == 10


def test_equal_texts_are_never_open_to_two_people(serve_folder, make_task, tmp_path):
    gold = make_task(tmp_path)
    data = tmp_path / "texts.csv"
    head, *rows = data.read_text("utf-8").splitlines()
    twice = [f"again{row}" for row in rows[:40]]  # the same texts, other ids
    data.write_text("\n".join([head, *rows, *twice]) + "\n", "utf-8")
    with serve_folder(tmp_path, gold, goal=60) as served:
        desk = served.desk
        kim, ana = (Session(name, "", name) for name in ("kim", "ana"))
        given = desk.lend(kim, "seed", lambda _: 7)
        twin = desk.position["againr7"]
        assert desk.groups[twin] == desk.groups[given]
        for own in (given, twin):
            assert not desk.hold(ana, "review", own)
            assert desk.hold(kim, "seed", own)
        open_to_ana = []
        assert desk.lend(ana, "seed", open_to_ana.append) is None
        assert open_to_ana == [{given, twin}]


def test_a_person_on_a_second_device_gets_the_row_they_have_open_at_once(serve):
    with serve(goal=1) as served, served.client("Zoé") as laptop, served.client("ana") as other:
        row = row_of(laptop.get("/"))
        assert "Someone else has the last rows open" in other.get("/").text
        with served.client(" zoe\u0301 ") as phone:  # written in another way
            page = phone.get("/")
            assert row_of(page) == row
            say(phone, row, y="0")
        assert "All 1 rows of the draw are done" in laptop.get("/").text
        assert {each.annotator for each in served.desk.store.said("seed")} == {"Zoé"}


def test_shared_rows_go_to_everyone_and_agreement_is_shown(serve):
    with serve(goal=12, overlap=6) as served, served.client("kim") as kim, served.client("ana") as ana:
        for client in (kim, ana):
            for place in range(6):
                row = row_of(client.get("/"))
                assert row == SeedDesk(served.desk).rows[place]
                differs = client is ana and place == 0
                say(client, row, y=(served.gold[f"r{row}"] + differs) % 3)
        page = unescape(ana.get("/").text)
        assert "ana and kim agree on 5 of 6 rows (Cohen's kappa 0." in page
        assert row_of(ana.get("/")) not in SeedDesk(served.desk).rows[:6]


def test_rows_of_the_seed_file_are_not_drawn_again(serve, tmp_path):
    (tmp_path / "seed.csv").write_text("id,label\n" + "".join(f"r{i},sport\n" for i in range(80)))
    task = tmp_path / "task.toml"
    task.write_text(task.read_text().replace("[query]", '[seed]\npath = "seed.csv"\n[query]'))
    with serve(goal=50) as served:
        seed = SeedDesk(served.desk)
        assert sorted(seed.rows) == list(range(80, 90))
        assert seed.how(seed.rows[0]).chance == 1.0


def test_texts_names_and_notes_are_escaped(serve, tmp_path):
    nasty = '"><script>alert(1)</script>'
    with serve(goal=90) as served, served.client(nasty) as kim:
        page = say(kim, 3, y="0", note=nasty)
        whole = kim.get("/?row=3").text
        assert "<script>document" not in whole + page.text
        assert "<script>alert" not in whole + page.text
        assert text_of(kim.get("/?row=3")).startswith("<script>document.title")


def test_a_name_is_needed_before_a_label(served):
    with served.client(name="") as nobody:
        assert "Who is labelling?" in nobody.get("/").text
        assert nobody.post("/label", data={"row": SeedDesk(served.desk).rows[0], "y": "0"}).status_code == 403
        assert nobody.post("/name", data={"name": "  "}).status_code == 400
        assert nobody.post("/name", data={"name": "x" * 61}).status_code == 400
        assert len(served.desk.store.human("seed")) == 0
