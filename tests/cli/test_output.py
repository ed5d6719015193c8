"""`--json`, `--json-lines` and `--quiet`: every command has them, and says the same in all forms."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from tests.cli.conftest import Server
from tests.cli.places import COMMANDS
from tests.in_process import called

from mollia import leftovers, registry
from mollia.cli.catalogue import GROUPS, STAND_IN
from mollia.cli.output import plain

NAMES = {each.name for listed in GROUPS.values() for each in listed}
# Those that write are called as in places.py; these read, or ask.
OTHERS = {
    "doctor": ("doctor", "task.toml"),
    "compare": ("compare", "out", "out", "--labels", "judged.csv"),
    "advise": ("advise", "task.toml"),
    "adapt": ("adapt", "task.toml", "--to", "data.csv", "--out", "OUT"),
    "priors": ("priors", "task.toml", "--out", "OUT.json"),
    "ledger shown": ("ledger", "task.toml"),
    "init without data": ("init", "OUT", "--panel", "none"),
    "plan for more rows": ("plan", "task.toml", "--rows", "1000000"),
}
CALLS = {name: [word for word in words if word != "-q"] for name, words in (COMMANDS | OTHERS).items()}
WRONG = {
    "demo": ("demo", "--out", "data.csv"),
    "init": ("init", "data.csv"),
    "doctor": ("doctor", "none.toml"),
    "plan": ("plan", "none.toml"),
    "annotate": ("annotate", "none.toml"),
    "ledger": ("ledger", "none.sqlite"),
    "seed": ("seed", "none.toml"),
    "serve": ("serve", "none.toml"),
    "run": ("run", "task.toml", "--text-view", "none"),
    "fuse": ("fuse", "data.csv", "--labels", "yes"),
    "report": ("report", "none.toml"),
    "predict": ("predict", "none", "data.csv"),
    "import": ("import", "prodigy", "none.jsonl", "--task", "task.toml"),
    "export": ("export", "hub", "task.toml", "--out", "hub", "--rows", "3"),
    "compare": ("compare", "none", "out"),
    "panel": ("panel", "data.csv"),
    "advise": ("advise", "none.toml"),
    "adapt": ("adapt", "none.toml", "--to", "data.csv"),
    "priors": ("priors", "none.toml"),
    "prompts": ("prompts", "none.toml"),
}
EVERY = ["command", "exit_code", "result", "notes", "next"]
SUMMARIES = {"run", "report", "fuse", "demo"}  # their results are what summary.json holds
QUICK = [
    "annotate",
    "plan",
    "seed of a task",
    "ledger",
    "init",
    "doctor",
    "compare",
    "import into the ledger",
]
VOLATILE = {"seconds", "seconds_of_asking"}
DOCS = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")


@pytest.fixture
def work(finished, tmp_path):
    """Returns a function that calls a command in a fresh copy of a folder whose task has run."""
    number = 0

    def call(*words):
        nonlocal number
        number += 1
        folder = tmp_path / f"work{number}" / "same"
        shutil.copytree(finished, folder)
        lines = (folder / "data.csv").read_text("utf-8").splitlines()[40:50]
        judged = [f"{line.split(',')[0]},yes" for line in lines]
        (folder / "judged.csv").write_text("\n".join(["id,label", *judged]), "utf-8")
        leftovers._swept.clear()
        return called(folder, *words)

    return call


def steady(value):
    """The value without what differs from run to run."""
    if isinstance(value, dict):
        return {key: steady(each) for key, each in value.items() if key not in VOLATILE}
    return [steady(each) for each in value] if isinstance(value, list) else value


def keys(value):
    """All keys of an object that are ours, at any depth; names of classes, LLMs and settings are the task's."""
    own = {"settings", "classes", "sources", "problems", "unparsed", "values", "accuracy_against_gold"}
    own |= {
        "confidence_against_gold",
        "reviews_to_90_percent",
        "recorded_in",
        "human_labels",
        "panel",
        "shares",
    }
    if isinstance(value, dict):
        return set(value).union(*(keys(each) for key, each in value.items() if key not in own))
    return set().union(*(keys(each) for each in value)) if isinstance(value, list) else set()


def test_every_command_is_called_here():
    called_here = {words[0] for words in CALLS.values()}
    assert called_here | {"serve", "prompts"} == NAMES, "prompts asks live LLMs: test_prompts.py"
    assert {words[0] for words in WRONG.values()} == NAMES


@pytest.mark.parametrize("name", CALLS)
def test_an_object_per_event_and_one_at_the_end_that_the_docs_describe(work, name):
    code, out, err = work(*CALLS[name], "--json-lines")
    assert code == 0
    assert err == "", "what is told is told once"
    *events, end = map(json.loads, out.splitlines())
    assert list(end) == ["event", *EVERY]
    assert (end["event"], end["command"], end["exit_code"]) == ("end", CALLS[name][0], 0)
    assert {each["event"] for each in events} <= {"progress", "note"}
    assert [each["text"] for each in events if each["event"] == "note"] == end["notes"]
    assert end["result"]
    if (files := end["result"].get("files")) is not None:
        assert files
    if end["command"] in SUMMARIES:
        end["result"] = {
            "files": end["result"]["files"]
        }  # docs/outputs.md has the others, with a test of its own
    assert not {key for key in keys(end["result"]) if f"`{key}`" not in DOCS}


@pytest.mark.parametrize("name", QUICK)
def test_the_same_in_all_forms(work, name):
    words = CALLS[name]
    code, said, _ = work(*words, "--quiet")
    assert code == 0
    code, out, _ = work(*words, "--json")
    assert code == 0
    assert out.count("\n") == 1
    end = json.loads(out)
    assert list(end) == EVERY
    for step in end["next"]:
        assert set(step) == {"what", "command"}
        assert step["command"] in said
    last = json.loads(work(*words, "--json-lines")[1].splitlines()[-1])
    assert last.pop("event") == "end"
    assert steady(last) == steady(end)


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("form", ["--json", "--json-lines"])
def test_an_error_is_an_object_too_with_the_same_words_and_exit_code(work, name, form):
    code, out, err = work(*WRONG[name], form)
    end = json.loads(out.splitlines()[-1])
    assert code == end["exit_code"] != 0
    assert end["error"]
    said = f"mollia: {end['error']}\n" + (f"{end['hint']}\n" if end["hint"] else "")
    assert err.endswith(said)
    plainly = work(*WRONG[name])
    assert plainly[0] == code
    assert plainly[1:] == ("", err)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_words_that_no_command_knows_are_an_object_too(work, name):
    code, out, err = work(name, "--bogus", "--json")
    end = json.loads(out)
    assert (code, end["exit_code"], end["command"]) == (2, 2, name)
    assert "--bogus" in end["error"]
    assert end["error"] in err


def test_where_the_benchmarks_are_not_installed_bench_says_so_in_an_object(work, monkeypatch):
    monkeypatch.setattr(registry, "entry_points", lambda group: [])  # noqa: ARG005  # as in a wheel alone
    monkeypatch.setattr(metadata, "entry_points", lambda group: [])  # noqa: ARG005  # the same
    code, out, _ = work(STAND_IN.name, "--json")
    end = json.loads(out)
    assert (code, end["command"]) == (2, "bench")
    assert "make setup" in end["hint"]


def test_help_stays_help(work):
    assert work("run", "--json", "--help")[1].startswith("Usage:")


def test_a_run_that_is_partial_ends_with_its_code(shop, mollia):
    folder = shop(20, qwen=Server(), budget="[budget]\ncalls = 6\n")
    done = mollia(folder, "annotate", "task.toml", "--json")
    end = json.loads(done.stdout)
    assert done.returncode == end["exit_code"] == 5
    assert end["result"]["status"] == "partial"
    assert end["result"]["calls"] == 6
    assert "The budget of 6 calls is used up" in " ".join(end["result"]["lacking"])
    lines = mollia(folder, "run", "task.toml", "--json-lines").stdout.splitlines()
    assert json.loads(lines[-1])["exit_code"] == 5


def test_events_say_how_each_llm_does(shop, mollia):
    folder = shop(20, qwen=Server(), yi=Server(), member="price_in = 1000.0")
    out = mollia(folder, "annotate", "task.toml", "--json-lines").stdout
    asking = [
        each for each in map(json.loads, out.splitlines()) if each.get("stage") == "answers of the panel"
    ]
    last = asking[-1]
    assert (last["done"], last["total"]) == (40, 40)
    assert {far["llm"]: far["done"] for far in last["llms"]} == {"qwen": 20, "yi": 20}
    assert sum(far["money"] for far in last["llms"]) == pytest.approx(2.0)
    quiet = mollia(folder, "annotate", "task.toml", "--json-lines", "--quiet").stdout
    assert [json.loads(line)["event"] for line in quiet.splitlines()] == ["end"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them")
def test_the_page_says_its_address_as_an_event_and_ends_with_an_object(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "work")
    words = [sys.executable, "-m", "mollia", "serve", "task.toml", "--port", "0", "--no-browser"]
    with contextlib.ExitStack() as ends:
        run = subprocess.Popen(
            [*words, "--json-lines"], cwd=tmp_path / "work", stdout=subprocess.PIPE, text=True, env=os.environ
        )
        ends.enter_context(run)
        ends.callback(run.kill)
        while (event := json.loads(run.stdout.readline()))["event"] != "address":
            pass
        assert event["url"].startswith("http://127.0.0.1:")
        run.send_signal(signal.SIGINT)
        end = json.loads(run.communicate(timeout=100)[0].splitlines()[-1])
    assert (end["event"], end["command"], end["result"]["url"]) == ("end", "serve", event["url"])


def test_numbers_that_json_lacks_become_null():
    assert plain({"a": float("nan"), "b": (Path("x"), {1: float("inf")})}) == {
        "a": None,
        "b": ["x", {"1": None}],
    }
