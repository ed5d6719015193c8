"""Walk 17.4: a run started from the page says how far it is, is stopped, goes on, and says what it did."""

import json
import re
import threading

import pytest
from tests.cli.conftest import Server
from tests.walks.conftest import records_of
from tests.web.at_the_page import enter

from mollia_benchmarks.loopback import Reply, chat_reply

N, FREE = 60, 24


@pytest.fixture
def held():
    """A server that answers the first FREE questions at once and the others when it is let go."""
    let_go = threading.Event()
    under_way = threading.Semaphore(0)

    def broken(number, text):
        if number <= FREE or let_go.is_set():
            return None
        under_way.release()
        label = "refund" if "refund" in text else "delivery"
        return Reply(body=chat_reply([label], top={label: 0.8}, prompt_tokens=50), until=let_go)

    server = Server(broken)
    server.let_go, server.under_way = let_go, under_way
    yield server
    let_go.set()


def test_a_run_from_the_page_shows_its_pace_is_stopped_and_goes_on_without_paying_twice(
    shop, held, serve_folder, mollia, page, download
):
    folder = shop(N, gemma=held, member="price_in = 1.0\nconcurrency = 4")
    with serve_folder(folder, {}, goal=20) as served:
        enter(page, served)
        page.goto(f"{served.origin}/dashboard")
        page.click("summary:has-text('Ask the panel and go on')")
        assert f"{N} of {N} answers" in page.inner_text("#outputs details")
        page.click("#outputs button:text-is('Run')")
        for _ in range(4):
            assert held.under_way.acquire(timeout=60)
        page.wait_for_selector(rf"text=/Answers of the panel: \d+ of {N}/", timeout=20_000)
        now = page.inner_text("[role=status].now")
        assert re.search(
            rf"A run goes on\. Answers of the panel: \d+ of {N}, [\d.,]+ a (second|minute), .*left", now
        )
        assert page.locator(".panel th:has-text('Now')").count() == 1
        page.click("button:text-is('Stop')")
        page.wait_for_selector("text=it is stopping")
        held.let_go.set()
        page.wait_for_selector("text=mollia run was stopped", timeout=30_000)
        said = page.inner_text("pre.said")
        kept = re.search(rf"Stopped\. (\d+) of {N} answers are kept in \S+; the same command goes on", said)
        assert kept, said
        assert FREE <= int(kept[1]) < N
        asked = len(held.asked)

        page.click("summary:has-text('Ask the panel and go on')")
        assert f"{N - int(kept[1])} of {N} answers" in page.inner_text("#outputs details")
        page.click("#outputs button:text-is('Run')")
        page.wait_for_selector("text=mollia run is done", timeout=60_000)
        assert len(held.asked) - asked <= N - int(kept[1]) + 2, "nothing that was answered is asked again"
        page.reload()
        money = page.inner_text(".panel tbody tr")
        assert f"{N}" in money
        rows = records_of(download(page, "a:text-is('labels.csv')"))
        assert len(rows) == N
        assert all(each["label"] for each in rows)
        page.goto("about:blank")  # before the server is gone
    again = mollia(folder, "run", "task.toml", "--json", "-q")
    assert again.returncode == 0, again.stdout + again.stderr
    told = json.loads(again.stdout)["result"]
    assert (told["status"], told["calls_of_this_run"], told["labelled"]) == ("complete", 0, N)
    assert told["money"] > 0
