"""Progress as lines of a log."""

import io

import pytest

from mollia.progress import LlmProgress
from mollia.standing import Standing
from mollia.usecases.plain_progress import line, pace, write_line


def test_a_step_is_told_with_how_long_it_lasts():
    assert line(Standing(stage="fusing", done=0, total=1, seconds=12)) == "fusing: at work for 12 s"
    assert line(Standing(stage="fusing", done=1, total=1, seconds=12)) == "fusing: done in 12 s"


def test_a_stage_has_its_pace_and_the_time_left():
    now = Standing(stage="learning", done=1000, total=4000, seconds=100, per_second=10, seconds_left=300)
    assert line(now) == "learning: 1,000 of 4,000, 10 a second, 5 min 0 s left"
    assert (
        line(Standing(stage="learning", done=0, total=40, seconds=9))
        == "learning: 0 of 40, at work for 9.0 s"
    )


def test_each_llm_has_its_pace_failures_and_money():
    far = LlmProgress(llm="qwen", done=60, total=450, before=20, failures=2, money=0.014, seconds=10)
    other = LlmProgress(llm="yi", done=450, total=450)
    now = Standing(stage="answers", done=510, total=900, seconds=10, per_second=4, llms=(far, other))
    assert line(now) == (
        "answers: 510 of 900, 4.0 a second; qwen 60 of 450, 4.0 a second, 2 failed, 0.01 money; yi 450 of 450"
    )


@pytest.mark.parametrize(
    ("per_second", "said"), [(1234.5, "1,234 a second"), (2.34, "2.3 a second"), (0.05, "3.0 a minute")]
)
def test_a_slow_pace_is_told_by_the_minute(per_second, said):
    assert pace(per_second) == said


def test_a_log_that_is_closed_ends_no_run(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr("sys.stderr", closed)
    write_line(Standing(stage="fusing", done=0, total=1, seconds=1))
