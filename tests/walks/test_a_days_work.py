"""Walk 17.6: two people's day at the page."""

import re

import pytest
from tests.walks.conftest import records_of
from tests.web.at_the_page import KEYS, enter, press, row_of

CLASSES = ("sport", "science", "world_news")


@pytest.fixture(scope="module")
def served(make_task, run_with, serve_fitted, tmp_path_factory):
    """A task of 300 rows after a run with 70 labels of a seed file; two rows of the next draw go to everyone."""
    folder = tmp_path_factory.mktemp("day")
    gold = make_task(folder, n=300)
    run_with(folder, {f"r{i}": gold[f"r{i}"] for i in range(10, 80)})
    with serve_fitted(folder, gold, goal=4, overlap=2) as page:
        yield page


@pytest.fixture
def zoe(browser, served):
    """A second person, in a browser of her own."""
    context = browser.new_context()
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    enter(opened, served, name="Zoe")
    yield opened
    context.close()


def said(page):
    return page.inner_text("#said")


def find_change_and_undo(page, served):
    """A wrong id is told, a search finds rows, one gets another label, and has its old one again."""
    page.click("text=Rows")
    page.fill("#jump", "R29")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=There is no row with the id")
    assert "These begin so: r29, r290" in page.inner_text("[role=alert].warn")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.keyboard.press("/")
    page.keyboard.type("GOAL")
    page.keyboard.press("Enter")
    page.wait_for_selector("mark")
    page.wait_for_selector("html[data-ready]", state="attached")  # a change counts from here on
    rows = [row for row, text in enumerate(served.desk.pool.texts) if "goal" in text]
    assert page.locator(".found li").count() == min(25, len(rows))
    page.select_option("select[name=order]", "unsure")
    page.wait_for_url("**/rows?q=GOAL&order=unsure")
    page.locator(".found a").first.click()
    page.wait_for_selector("#text")
    row = row_of(page)
    press(page, "3")
    assert said(page).startswith("Saved: world_news")
    page.reload()
    assert "world_news" in page.inner_text("[aria-label='What is known of this row']"), (
        "a reload loses nothing"
    )
    press(page, "Backspace")
    assert f"r{row}" not in served.desk.store.human("review").ids
    page.keyboard.press("n")
    page.wait_for_function("row => document.querySelector('input[name=row]').value !== row", arg=str(row))
    assert row_of(page) in rows
    page.wait_for_selector("html[data-ready]", state="attached")
    page.keyboard.press("l")
    page.wait_for_url("**/rows?q=GOAL&order=unsure")


def review_and_refit(page, served):
    """Ten rows are reviewed by keyboard, and a refit says what they changed."""
    page.click("text=Review")
    page.wait_for_selector(".accept")
    for _ in range(10):
        right = served.gold[f"r{row_of(page)}"]
        suggested = int(page.get_attribute(".accept", "value"))
        press(page, "Enter" if suggested == right else KEYS[right])
    assert "12 new since" in page.inner_text("#fit")
    row = row_of(page)
    page.keyboard.press("r")
    page.wait_for_selector("text=Fitted on 82 human labels", timeout=60_000)
    assert "The last refit changed" in page.inner_text("#fit")
    assert row_of(page) == row, "a refit does not take the row away that a person looks at"
    labels = served.desk.store.human("review")
    assert [served.gold[id_] for id_ in labels.ids] == labels.y.tolist()
    press(page, ".")  # the page goes on after the refit


def disagree_and_settle(page, zoe, served):
    """Both label the same rows and differ on one; the queue of conflicts shows it with its note, and settles it."""
    row = row_of(page)
    press(page, "1")
    assert row_of(zoe) != row, "nobody gets a row that someone else has open"
    press(zoe, KEYS[served.gold[f"r{row_of(zoe)}"]])
    assert row_of(zoe) == row, "her turn, for the draw gives it to everyone"
    zoe.keyboard.press(",")
    zoe.keyboard.type("the second sentence")
    zoe.keyboard.press("Enter")
    press(zoe, "2")
    assert "Agreement" in zoe.inner_text("aside")
    page.goto(f"{served.origin}/review?queue=conflicts")
    page.wait_for_selector("html[data-ready]", state="attached")
    assert row_of(page) == row
    words = page.inner_text("[aria-label='What people said']")
    assert re.search(r"sport\s+Kim", words)
    assert re.search(r"science\s+Zoe.*the second sentence", words)
    assert page.locator(".voices").count() == 0, "the panel stays hidden"
    press(page, "2")
    assert "Settled: science." in said(page)
    assert "Nobody contradicts anybody" in page.inner_text("#work")
    return row


def accept_and_take_back(page, served):
    """The page says how many labels may be taken together at which error; they leave the queues, and come back."""
    page.goto(f"{served.origin}/review?queue=unsure")
    waiting = int(page.inner_text(".queues [aria-current] .count"))
    page.goto(f"{served.origin}/dashboard")
    offer = page.locator(".offers button").first
    n, error = re.fullmatch(r"Accept (\d+) of \d+: at most (\d+)% wrong", offer.inner_text()).groups()
    offer.click()
    page.wait_for_selector(f"text={n} labels are accepted at {100 - int(error)}% accuracy (by Kim)")
    page.goto(f"{served.origin}/review?queue=unsure")
    assert int(page.inner_text(".queues [aria-current] .count")) == waiting - int(n)
    page.goto(f"{served.origin}/dashboard")
    page.click("button:text-is('Take it back')")
    page.wait_for_selector(".offers button")


def rewrite_and_download(page, download):
    """The outputs are written from the page; labels.csv and people.csv come down."""
    page.click("text=Rewrite the outputs")
    page.wait_for_selector("text=mollia report is done", timeout=60_000)
    return [records_of(download(page, f"a:text-is('{name}')")) for name in ("labels.csv", "people.csv")]


def test_two_people_search_review_settle_accept_and_take_the_files_home(served, page, zoe, download):
    enter(page, served)
    find_change_and_undo(page, served)
    accept_and_take_back(page, served)
    page.goto(served.origin)
    settled = disagree_and_settle(page, zoe, served)
    review_and_refit(page, served)
    page.goto(f"{served.origin}/guideline")
    page.fill("#why, [name=why]", "The first sentence decides.")
    page.click("button:has-text('Add')")
    page.wait_for_selector("text=The first sentence decides.")
    page.goto(f"{served.origin}/dashboard")
    labels, people = rewrite_and_download(page, download)
    assert len(labels) == 300
    by_id = {each["id"]: each for each in labels}
    assert (by_id[f"r{settled}"]["label"], by_id[f"r{settled}"]["source"]) == ("science", "human")
    said_of = {each["who"] for each in people if each["id"] == f"r{settled}"}
    assert said_of == {"Kim", "Zoe", "settled by Kim"}
    assert sum(each["who"] == "Kim" for each in people) >= 11
