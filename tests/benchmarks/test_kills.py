import sys

import pytest

from mollia_benchmarks.reliability import kills
from mollia_benchmarks.reliability.kill_task import LIVE
from mollia_benchmarks.reliability.kills import Job, Plan, Tally, run, section


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_killed_runs_are_counted_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(kills, "PLANS", (Plan(kind=LIVE, counted="events"),))
    page = tmp_path / "reliability.md"
    text, held = run(Job(events=2, rows=30), page=page, say=lambda _: None)
    assert held
    assert "- Kills: **2**; identical results: **2**; what did not hold: **0**." in text
    assert text in page.read_text("utf-8")


@pytest.mark.parametrize(
    "tally",
    [
        {"again": [0, 3], "identical": 1},
        {
            "again": [9],
            "identical": 1,
            "wrongs": ["point 5: gemma was asked again 9 times, more than requests in flight"],
        },
        {"missed": 1},
    ],
)
def test_what_did_not_hold_is_no_success(tally):
    assert not Tally(plan=Plan(kind=LIVE, counted="calls"), there=9, **tally).held


def test_the_section_names_what_did_not_hold():
    tally = Tally(
        plan=Plan(kind=LIVE, counted="calls"), there=9, again=[1], wrongs=["point 5: labels.csv differs"]
    )
    text = section([tally], Job())
    assert "- live, first run, random calls, point 5: labels.csv differs" in text
    assert "what did not hold: **1**" in text
