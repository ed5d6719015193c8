"""Where work stands, told whether or not anything is done meanwhile."""

import time

import pytest

from mollia import standing
from mollia.progress import ASKING, LlmProgress, Several, doing, quiet
from mollia.standing import Tracker, looked_at


@pytest.fixture
def quick(monkeypatch):
    """Looks every few milliseconds."""
    monkeypatch.setattr(standing, "LOOK_EVERY", 0.005)


def waited(told, number, seconds=20):
    end = time.monotonic() + seconds
    while len(told) < number and time.monotonic() < end:
        time.sleep(0.002)
    return told[:number]


def test_a_long_step_is_told_again_and_again(quick):
    told = []
    tracker = Tracker(told.append, every=0.02)
    with looked_at(tracker), doing(tracker, "cross-fitting"):
        first, second = waited(told, 2)
    assert first.stage == second.stage == "cross-fitting"
    assert (first.done, first.total, first.over) == (0, 1, False)
    assert second.seconds > first.seconds


def test_a_step_that_ends_at_once_is_not_told():
    told = []
    with doing(Tracker(told.append), "fusing"):
        pass
    assert told == []


def test_stages_of_several_steps_are_told_at_begin_and_end_with_pace_and_time_left():
    told = []
    tracker = Tracker(told.append)
    tracker("learning", 10, 40)
    time.sleep(0.01)
    tracker("learning", 20, 40)
    now = tracker.standing()
    assert now.per_second == pytest.approx(10 / now.seconds, rel=0.5)
    assert now.seconds_left == pytest.approx(2 * now.seconds, rel=0.5)
    tracker("learning", 40, 40)
    assert [(each.done, each.over) for each in told] == [(10, False), (40, True)]


def test_after_a_step_within_it_a_stage_is_the_present_one_again():
    tracker = Tracker(lambda _: None)
    tracker("rounds", 1, 10)
    with doing(tracker, "fusing"):
        assert tracker.standing().stage == "fusing"
    assert tracker.standing().stage == "rounds"
    tracker("rounds", 10, 10)
    assert tracker.standing().over


def test_llms_stand_beside_the_asking_alone_and_give_its_pace():
    tracker = Tracker(lambda _: None)
    fast = LlmProgress(llm="fast", done=60, total=100, before=40, seconds=2.0)
    slow = LlmProgress(llm="slow", done=50, total=100, before=40, failures=3, seconds=2.0)
    for far in (fast, slow):
        tracker.of_llm(far)
    tracker(ASKING, 110, 200)
    now = tracker.standing()
    assert now.llms == (fast, slow)
    assert now.per_second == 15
    assert now.seconds_left == 10  # the slow one's
    assert (slow.kept, slow.per_second) == (47, 5)
    tracker("fusing", 0, 1)
    assert tracker.standing().llms == ()
    assert tracker.llms == (fast, slow)


def test_several_hear_of_stages_and_those_that_want_of_llms():
    tracker = Tracker(lambda _: None)
    both = Several(quiet, tracker)
    both("asking", 1, 2)
    both.of_llm(LlmProgress(llm="a", done=1, total=2))
    assert tracker.standing().done == 1
    assert tracker.llms[0].llm == "a"
    assert tracker.llms[0].seconds_left is None
