"""The page's default draw: batches with known chances, the same for every person and server."""

import csv
import re

import numpy as np
import pytest

from mollia.errors import DataError
from mollia.ledger.human_table import UNSURE
from mollia.ledger.sqlite_store import open_store
from mollia.loop.run import run
from mollia.task.load import load_task
from mollia.web.opening import open_desk
from mollia.web.seed_draw import page_batches
from mollia.web.seed_page import SeedDesk


def row_of(page):
    found = re.search(r'name="row" value="(\d+)"', page.text)
    return int(found[1]) if found else None


def say(client, row, **form):
    answer = client.post("/label", data={"row": row, **form}, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    return answer


def answer_all(served, client):
    """Label until nothing is left; return the rows in the order in which they came."""
    rows, page = [], client.get("/")
    while (row := row_of(page)) is not None:
        rows.append(row)
        page = say(client, row, y=served.gold[f"r{row}"])
    return rows, page


def test_rows_come_in_batches_with_their_chances_and_a_run_weighs_them(serve, tmp_path):
    with serve(goal=25, strategy=None) as served, served.client() as kim:
        rows, page = answer_all(served, kim)
        assert "All 25 rows of the draw are done" in page.text
        assert "more often, each with a known chance" in page.text
        labels = served.desk.store.human("seed")
    assert labels.ids == tuple(f"r{row}" for row in rows)
    assert labels.batch.tolist() == [1] * 10 + [2] * 10 + [3] * 5
    assert labels.size.tolist() == [10] * 20 + [5] * 5
    assert np.ptp(labels.chance) > 0.02, "doubtful rows were drawn more often"
    assert (labels.chance >= 0.2 * 5 / 90).all()
    found = run(load_task(tmp_path / "task.toml")).estimate
    assert (found.n_human, found.method) == (25, "cross-fitted seed, weighted by chance")


def test_a_batch_outlives_the_server_and_is_not_drawn_twice(serve):
    with serve(goal=15, strategy=None) as served, served.client() as kim:
        say(kim, row_of(kim.get("/")), y="0")
        before = page_batches(served.desk)
    with serve(goal=15, strategy=None) as again, again.client() as kim:
        following = row_of(kim.get("/"))
        assert page_batches(again.desk) == before
        assert following == before[0].rows[1]


def test_two_people_share_the_draw_and_nobody_waits_for_the_other_before_the_goal(serve):
    with serve(goal=20, strategy=None) as served, served.client("kim") as kim, served.client("ana") as ana:
        held = row_of(ana.get("/"))
        rows, page = answer_all(served, kim)
        assert held not in rows
        assert len(rows) == 19
        assert "Someone else has the last rows open" in page.text
        assert [len(batch.rows) for batch in page_batches(served.desk)] == [10, 10]


def test_skipped_rows_come_again_when_the_goal_is_reached_and_unsure_ones_keep_their_batch(serve):
    with serve(goal=12, strategy=None) as served, served.client() as kim:
        first = row_of(kim.get("/"))
        second = row_of(say(kim, first, do="skip"))
        page = say(kim, second, do="unsure")
        while (row := row_of(page)) != first:
            page = say(kim, row, y="1")
        assert len(served.desk.store.human("seed")) == 10
        (unsure,) = (each for each in served.desk.store.said("seed") if each.y == UNSURE)
        assert (unsure.batch, unsure.size) == (1, 10)


def test_a_row_labelled_in_a_review_knows_which_batches_came_before(serve):
    with serve(goal=10, strategy=None) as served, served.client() as kim:
        rows, _ = answer_all(served, kim)
        other = next(row for row in range(90) if row not in rows)
        answer = kim.post("/review", data={"queue": "unsure", "row": other, "y": "1"})
        assert answer.status_code == 200, answer.text
        assert served.desk.store.human("review").batch.tolist() == [1]


def test_rows_that_wait_in_the_seed_file_are_not_drawn_and_batches_go_on_from_there(serve, tmp_path):
    with (tmp_path / "seed.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "label", "chance", "use", "batch", "batch_size"])
        writer.writerows([f"r{i}", "", 0.5, "seed", 3, 80] for i in range(80))
    task = tmp_path / "task.toml"
    task.write_text(task.read_text().replace("[query]", '[seed]\npath = "seed.csv"\n[query]'))
    with serve(goal=8, strategy=None) as served, served.client() as kim:
        rows, _ = answer_all(served, kim)
        assert set(rows) <= set(range(80, 90))
        assert set(served.desk.store.human("seed").batch.tolist()) == {4}


def test_a_draw_that_people_began_keeps_its_strategy(serve, tmp_path):
    with serve(goal=5) as served, served.client() as kim:
        say(kim, row_of(kim.get("/")), y="0")
    task = load_task(tmp_path / "task.toml")
    with open_desk(task) as (desk, _):
        assert not SeedDesk(desk).by_chance
    with pytest.raises(DataError, match='drawn by "random"'), open_desk(task, strategy="doubt"):
        pass
    with (
        pytest.raises(DataError, match="draws by doubt or random"),
        open_desk(
            task.model_copy(update={"run": task.run.model_copy(update={"out": tmp_path / "new"})}),
            strategy="batches",
        ),
    ):
        pass


def test_of_two_servers_that_draw_the_same_batch_one_is_kept(serve):
    with serve(goal=10, strategy=None) as served:
        store = served.desk.store
        store.note({"seed batch 1 of the page": {"number": 1, "ids": ["r5"], "chance": [0.1]}}, first=True)
        store.note({"seed batch 1 of the page": {"number": 1, "ids": ["r6"], "chance": [0.1]}}, first=True)
        with open_store(store.path, read_only=True) as beside:
            assert beside.manifest()["seed batch 1 of the page"]["ids"] == ["r5"]
        assert SeedDesk(served.desk).rows == [5]
