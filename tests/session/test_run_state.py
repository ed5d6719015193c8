"""What a run is doing, as the page that watches it reads it."""

import json
import time

import pytest

import mollia
from mollia.progress import ASKING, LlmProgress, quiet
from mollia.session import run_state
from mollia.session.run_state import STATE, read_state, watched


@pytest.fixture
def quick(monkeypatch):
    """Written every few milliseconds."""
    monkeypatch.setattr(run_state, "EVERY", 0.0)
    monkeypatch.setattr("mollia.standing.LOOK_EVERY", 0.005)


def appears(path, seconds=20):
    end = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.002)
    return path.exists()


def test_it_is_there_while_the_run_goes_on_and_gone_after_it(quick, tmp_path):
    far = LlmProgress(llm="qwen", done=3, total=9, before=1, failures=1, money=0.5, seconds=2.0)
    told = []
    with watched(tmp_path, lambda *step: told.append(step)) as progress:
        progress.of_llm(far)
        progress(ASKING, 3, 9)
        (tmp_path / STATE).unlink(missing_ok=True)  # it may have been written before the first word
        assert appears(tmp_path / STATE)
        now = read_state(tmp_path)
        assert (now.stage, now.done, now.total, now.llms) == (ASKING, 3, 9, (far,))
    assert told == [(ASKING, 3, 9)]
    assert not (tmp_path / STATE).exists()
    assert read_state(tmp_path) is None


def test_a_run_that_was_killed_does_not_go_on(tmp_path):
    with watched(tmp_path, quiet) as progress:
        progress(ASKING, 3, 9)
        assert appears(tmp_path / STATE)
        left = json.loads((tmp_path / STATE).read_text("utf-8"))
    for at, goes_on in ((time.time(), True), (time.time() - 100, False)):
        (tmp_path / STATE).write_text(json.dumps(left | {"at": at}), "utf-8")
        assert (read_state(tmp_path) is not None) == goes_on


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"at": 1e12}', '{"at": 1e12, "llms": [], "more": 1}', "\xff"]
)
def test_what_another_version_wrote_is_nothing(tmp_path, content):
    (tmp_path / STATE).write_bytes(content.encode("latin-1"))
    assert read_state(tmp_path) is None


def test_a_run_leaves_none_behind(write_task):
    task = write_task()
    mollia.run(task)
    assert not list(task.parent.rglob(STATE))


def test_a_folder_that_is_not_there_is_not_made(quick, tmp_path):
    with watched(tmp_path / "out", quiet) as progress:
        progress(ASKING, 1, 2)
        time.sleep(0.05)
    assert not (tmp_path / "out").exists()
