"""The dashboard: figures from the ledger, and the stream that says when they change."""

import threading
import time
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from mollia.ledger.sqlite_store import open_store
from mollia.loop.run import run
from mollia.progress import ASKING, LlmProgress, quiet
from mollia.records import Answer, HumanLabels
from mollia.session.run_state import read_state, watched
from mollia.task.load import load_task

from .at_the_page import CONTRAST, enter

CLASSES = ("sport", "science", "world_news")


@pytest.fixture(scope="module")
def ran(tmp_path_factory, make_task, run_with, serve_fitted):
    folder = tmp_path_factory.mktemp("dashboard")
    gold = make_task(folder, n=90)
    run_with(folder, {f"r{i}": gold[f"r{i}"] for i in range(20, 40)})
    with serve_fitted(folder, gold) as served:
        yield served


@pytest.fixture
def kim(ran):
    with ran.client("kim") as client:
        yield client


def test_figures_panel_curve_and_confusion_are_shown(ran, kim):
    page = unescape(kim.get("/dashboard").text)
    assert "of 270: 90 rows, 3 LLMs" in page
    assert "20 seed, 0 reviewed, 0 audit" in page
    assert "student agrees with mollia's labels on new rows" in page, "two rounds make a curve"
    estimate = ran.fitter.standing.estimate
    assert f">{estimate.value:.1%}<" in page
    assert estimate.interval in page
    own, y = ran.fitter.standing.own, np.array([ran.gold[f"r{i}"] for i in range(20, 40)])
    for i, llm in enumerate(("gemma", "yi", "qwen")):
        right = (own[20:40, i] == y).mean()
        assert f">{llm}</th>" in page
        assert f"{100 * right:.0f}%" in page
    assert "Where people and panel differ" in page
    checked = ran.fitter.standing.checked[20:40].argmax(1)
    assert f">{(checked[y == 0] == 0).sum()}</td>" in page


def test_a_run_that_goes_on_is_shown_with_the_pace_of_each_llm(ran, kim):
    assert "A run goes on" not in kim.get("/dashboard").text
    folder = ran.desk.task.run.out
    far = LlmProgress(llm="yi", done=45, total=90, before=5, seconds=10.0)
    with watched(folder, quiet) as progress:
        progress.of_llm(far)
        progress(ASKING, 45, 90)
        until(lambda: read_state(folder) is not None)
        page = unescape(kim.get("/dashboard").text)
    assert "A run goes on. Answers of the panel: 45 of 90, 4.0 a second, 11 s left." in page
    assert ">4.0 a second, 11 s left</td>" in page


def until(true, seconds=20):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    assert true()


def test_nothing_is_inline_that_the_content_policy_forbids(kim):
    for path in ("/", "/review", "/review?queue=audit", "/dashboard"):
        page = kim.get(path).text
        assert "style=" not in page
        assert "<style" not in page
        assert "onclick" not in page
        assert page.count("<script") == 2
        assert 'src="http' not in page


def test_a_change_by_another_process_is_told_at_once(ran, kim):
    told = threading.Event()

    def listen():
        with kim.stream("GET", "/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            for line in stream.iter_lines():
                if line == "event: changed":
                    told.set()
                    return

    listener = threading.Thread(target=listen)
    listener.start()
    assert not told.wait(1.5), "nothing has changed yet"
    with open_store(ran.desk.store.path) as a_run:
        a_run.add([Answer(key="k", text_id="r0", llm="gemma", calls=2)])
    assert told.wait(5)
    listener.join(5)


def test_people_and_their_pace_are_shown(ran, kim):
    for number, row in enumerate((50, 51, 52)):
        labels = HumanLabels(ids=(f"r{row}",), y=np.array([number - 2]), chance=np.array([0.5]))
        ran.desk.store.add_human(labels, annotator="ana")
    assert "ana: 1 label, 1 unsure, 0 s per label." in kim.get("/dashboard").text


def test_before_a_run_it_says_what_is_missing(served):
    with served.client() as kim:
        page = unescape(kim.get("/dashboard").text)
        assert "No figure yet" in page
        assert "after two rounds" in page


def test_a_live_panel_is_never_called_free_and_a_dead_llm_is_named(tmp_path, make_task, serve_folder):
    gold = make_task(tmp_path, n=30)
    rows = (tmp_path / "texts.csv").read_text("utf-8").splitlines()
    (tmp_path / "texts.csv").write_text(
        "\n".join([f"{rows[0]},mute", *(f"{row}," for row in rows[1:])]), "utf-8"
    )
    mute = '[[panel]]\nname = "mute"\nkind = "recorded"\npath = "texts.csv"\n'
    live = '[[panel]]\nname = "live"\nkind = "openai"\nurl = "http://127.0.0.1:9/v1"\nmodel = "m"\n'
    task = tmp_path / "task.toml"
    task.write_text(task.read_text("utf-8").replace("[query]", f"{mute}{live}[query]"), "utf-8")
    run(load_task(task).model_copy(update={"panel": load_task(task).panel[:-1]}))
    with serve_folder(tmp_path, gold) as served, served.client("kim") as client:
        served.fitter.start()
        assert served.fitter.wait(60)
        page = unescape(client.get("/dashboard").text)
    assert "0 calls, 0 tokens" in page
    assert "cost nothing" not in page
    assert "mute gave no usable answer" in page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_review_and_dashboard_fit_a_phone_and_are_legible(ran, browser, scheme):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    enter(page, ran)
    page.goto(f"{ran.origin}/review?queue=split")
    page.wait_for_selector(".accept", timeout=60_000)
    page.goto(f"{ran.origin}/review?queue=split")
    for path in (
        "/review?queue=split",
        "/rows?q=the&split=some",
        "/rows/row?row=30&q=the",
        "/guideline",
        "/dashboard",
    ):
        page.goto(ran.origin + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate(CONTRAST) == []
        assert page.locator("kbd:visible").count() == 0, "there is no keyboard"
        page.evaluate(
            "document.querySelector('#work').insertAdjacentHTML('beforeend', '<label class=switch>x</label>')"
        )
        assert page.locator("#work .switch").last.is_visible(), (
            "what is switched in the work is there for a finger too"
        )
    context.close()


def test_the_dashboard_changes_by_itself_while_others_label(ran, page):
    enter(page, ran)
    page.goto(f"{ran.origin}/dashboard")
    page.wait_for_selector("text=People")
    assert "Zoe" not in page.inner_text("#work")
    page.wait_for_timeout(700)  # the stream has begun
    labels = HumanLabels(ids=("r70",), y=np.array([0]), chance=np.array([0.5]))
    ran.desk.store.add_human(labels, annotator="Zoe")
    page.wait_for_selector("text=Zoe: 1 label")
    ran.desk.store.add_human(replace(labels, y=np.array([-1])), annotator="Zoe")
    page.wait_for_selector("text=Zoe: 1 label", state="detached")
