import sys

import numpy as np
import pytest

from mollia.ledger.sqlite_store import open_store
from mollia.records import HumanLabels
from mollia_benchmarks.reliability.page_client import REVIEW, SEED, Client
from mollia_benchmarks.reliability.soak import Found, Job, lost_labels, run, section


def client(name="kim", **said):
    made = Client(name=name, start_url="", random_state=0, n_classes=3, pause=1.0)
    made.said[SEED].update(said.get("seed", {}))
    made.said[REVIEW].update(said.get("review", {}))
    return made


def store_labels(folder, who, use, given):
    with open_store(folder / "ledger.sqlite") as store:
        labels = HumanLabels(
            ids=tuple(map(str, given)), y=[*given.values()], chance=np.full(len(given), np.nan), use=use
        )
        store.add_human(labels, annotator=who)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_people_at_the_page_while_runs_go_on_lose_nothing(tmp_path):
    page = tmp_path / "reliability.md"
    said = []
    text, held = run(Job(minutes=0.3, people=4, rows=150, pause=0.4), page=page, say=said.append)
    assert held, text
    assert "- Errors: **0**" in text
    assert "lost or wrong: **0**; questions asked twice: 0" in text
    assert "rows labelled by the last: 150." in text
    assert text in page.read_text("utf-8")


def test_a_label_that_the_ledger_lacks_is_lost(tmp_path):
    store_labels(tmp_path, "kim", "seed", {1: 0, 2: 1})
    store_labels(tmp_path, "kim", "review", {7: 2})
    store_labels(tmp_path, "", "seed", {30: 2})  # the seed file's
    kim = client(seed={1: 0, 2: 1}, review={7: 2})
    assert lost_labels(tmp_path, [kim]) == []
    kim.said[SEED][3] = 1
    kim.said[REVIEW][7] = 0
    del kim.said[SEED][2]
    assert lost_labels(tmp_path, [kim]) == [
        "kim gave row 3 class 1 on /; the ledger has None",
        "the ledger has a label of kim for row 2 on / that was taken back",
        "kim gave row 7 class 0 on /review; the ledger has 2",
    ]


def test_what_went_wrong_is_told_and_is_no_success():
    found = Found(
        clients=[client()],
        megabytes=[100.0, 100.0, 140.0],
        runs=["", "ValueError: x"],
        printed="Traceback",
        exit_code=1,
    )
    found.clients[0].errors.append("kim: POST /label None: 500")
    assert len(found.errors) == 4
    text = section(found, Job())
    assert "- Errors: **4**" in text
    assert "- kim: POST /label None: 500" in text
    assert "- a run failed: ValueError: x" in text
    assert "100 MB on average in the middle third of the time, 140 MB in the last" in text
