"""What a task has cost, and the caps on it, hold over all its runs: real servers, the real command line."""

import json
import subprocess
import sys

import pytest

from mollia.ledger.sqlite_store import open_store
from mollia.session.spending import spent_on
from mollia.task.load import load_task
from mollia_benchmarks.loopback import Reply

from .conftest import Server


def summary_of(folder):
    return json.loads((folder / "out" / "summary.json").read_text())


@pytest.mark.parametrize("command", ["annotate", "run"])
def test_a_cap_on_calls_holds_for_the_task_however_often_it_is_run(shop, mollia, command):
    qwen, yi = Server(), Server()
    folder = shop(60, qwen=qwen, yi=yi, budget="[budget]\ncalls = 20\n")
    for _ in range(3):
        said = mollia(folder, command, "task.toml", "-q")
        assert said.returncode == 5
        assert "The budget of 20 calls is used up (20 spent)." in said.stdout
        assert len(qwen.asked) + len(yi.asked) == 20


def test_a_larger_cap_lets_the_next_run_go_on_from_there(shop, mollia):
    qwen = Server()
    folder = shop(30, qwen=qwen, budget="[budget]\ncalls = 20\n")
    assert mollia(folder, "annotate", "task.toml", "-q").returncode == 5
    task = folder / "task.toml"
    task.write_text(task.read_text().replace("calls = 20", "calls = 30"))
    assert mollia(folder, "annotate", "task.toml", "-q").returncode == 0
    assert len(qwen.asked) == 30


@pytest.mark.parametrize("cap", ["tokens = 600", "money = 0.0006"])
def test_caps_on_tokens_and_money_hold_for_the_task_too(shop, mollia, cap):
    qwen = Server()
    folder = shop(60, qwen=qwen, member="price_in = 1.0", budget=f"[budget]\n{cap}\n")
    asked = []
    for _ in range(3):
        assert mollia(folder, "annotate", "task.toml", "-q").returncode == 5
        asked.append(len(qwen.asked))
    assert asked[0] == asked[1] == asked[2] < 20


def test_a_cap_on_seconds_counts_the_seconds_of_earlier_runs(shop, mollia):
    qwen = Server()

    def slow(request):
        reply = qwen(request)
        return Reply(status=reply.status, body=reply.body, delay=0.15)

    folder = shop(40, qwen=slow, member="concurrency = 1", budget="[budget]\nseconds = 2\n")
    assert mollia(folder, "annotate", "task.toml", "-q").returncode == 5
    first = len(qwen.asked)
    said = mollia(folder, "annotate", "task.toml", "-q")
    assert "The budget of 2 seconds is used up" in said.stdout
    assert len(qwen.asked) <= first + 1


def test_two_processes_at_once_keep_to_the_cap_together(shop):
    qwen = Server()
    folder = shop(60, qwen=qwen, budget="[budget]\ncalls = 20\n")
    words = [sys.executable, "-m", "mollia", "annotate", "task.toml", "-q"]
    both = [subprocess.Popen(words, cwd=folder, stdout=-1, stderr=-1, text=True) for _ in range(2)]
    said = [each.communicate(timeout=120) for each in both]
    codes = sorted(each.returncode for each in both)
    assert codes in ([2, 5], [5, 5]), said
    assert len(qwen.asked) == 20


def test_a_refused_request_is_counted_in_the_ledger(shop, mollia):
    folder = shop(qwen=Server(lambda _number, _text: Reply(status=401, body={"error": "no"})))
    mollia(folder, "annotate", "task.toml", "-q")
    with open_store(folder / "out" / "ledger.sqlite", read_only=True) as store:
        assert store.spent()[0].calls >= 1


def test_a_second_run_and_a_report_tell_what_the_ledger_holds(shop, mollia):
    folder = shop(qwen=Server(), member="price_in = 1000.0")
    first = mollia(folder, "run", "task.toml", "-q").stdout
    assert "calls: 30\n" in first
    told = summary_of(folder)
    assert (told["calls"], told["calls_of_this_run"], told["prompt_tokens"]) == (30, 30, 1500)
    assert told["money"] == pytest.approx(1.5)
    assert told["seconds_of_asking"] > 0
    for command in ("run", "report"):
        said = mollia(folder, command, "task.toml", "-q")
        assert "calls: 30, 0 of them in this run" in said.stdout
        again = summary_of(folder)
        assert again["calls_of_this_run"] == 0
        for key in ("calls", "prompt_tokens", "reply_tokens", "money"):
            assert again[key] == told[key]
        report = (folder / "out" / "report.html").read_text()
        assert "<dt>LLM calls</dt><dd>30</dd>" in report
        assert "<dt>Money</dt><dd>1.50</dd>" in report
        assert "recorded answers" not in report.partition("<main>")[2].partition("</dl>")[0]


def test_a_resumed_run_tells_the_whole_and_its_part(shop, mollia):
    folder = shop(30, qwen=Server(), budget="[budget]\ncalls = 12\n")
    assert mollia(folder, "run", "task.toml", "-q").returncode == 5
    task = folder / "task.toml"
    task.write_text(task.read_text().replace("calls = 12", "calls = 100"))
    said = mollia(folder, "run", "task.toml", "-q")
    assert "calls: 30, 18 of them in this run" in said.stdout
    assert summary_of(folder)["calls"] == 30


def test_plan_says_what_is_spent_and_what_is_left(shop, mollia):
    folder = shop(30, qwen=Server(), budget="[budget]\ncalls = 25\n")
    said = mollia(folder, "plan", "task.toml", "--measure", "10", "-q")
    assert (
        "budget.calls = 25 will end the run as partial: about 20 more are needed, and 10 are spent."
        in said.stdout
    )


def test_an_llm_that_left_the_panel_was_paid_all_the_same(shop, mollia):
    folder = shop(qwen=Server(), yi=Server())
    mollia(folder, "annotate", "task.toml", "-q")
    task = folder / "task.toml"
    head, first, second, *rest = task.read_text().split("[[panel]]")
    tail = second.partition("[seed]")[1] + second.partition("[seed]")[2]
    task.write_text(head + "[[panel]]" + first + tail + "".join(rest))
    loaded = load_task(task)
    assert [each.name for each in loaded.panel] == ["qwen"]
    with open_store(folder / "out" / "ledger.sqlite", read_only=True) as store:
        assert spent_on(loaded, store).calls == 60


def test_what_doctor_asks_is_not_counted_and_it_says_so(shop, mollia):
    qwen, dead = Server(), Server(lambda _number, _text: Reply(status=401, body={"error": "no"}))
    folder = shop(30, qwen=qwen, dead=dead)
    said = mollia(folder, "doctor", "task.toml")
    assert said.returncode == 3
    assert "goes into no ledger" in said.stdout
    assert 0 < len(qwen.asked) <= 12
    assert 0 < len(dead.asked) <= 12
    assert not (folder / "out").exists()
    asked = len(qwen.asked)
    mollia(folder, "annotate", "task.toml", "-q")
    with open_store(folder / "out" / "ledger.sqlite", read_only=True) as store:
        (counted,) = [each.calls for each in store.spent() if each.llm == "qwen"]
    assert counted == len(qwen.asked) - asked == 30
