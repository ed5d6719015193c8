import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.asking.forecast import Forecast
from mollia.asking.sizing import (
    ANSWER,
    ENVELOPE,
    FUSED,
    PREDICTED,
    REPLY,
    SAMPLE,
    TOKEN,
    WRITTEN,
    size_up,
)
from mollia.cli.plan import sized

N = 100_000_000
GEMMA = Forecast(
    llm="gemma",
    rows=N,
    measured=20,
    calls=1.0 * N,
    prompt_tokens=200.0 * N,
    reply_tokens=1.0 * N,
    seconds=0.05 * N,
    money=0.0,
)


def test_a_hundred_million_texts_take_what_the_formulas_say():
    phi = replace(GEMMA, llm="phi", calls=2.0 * N, seconds=0.1 * N)
    found = size_up([GEMMA, phi], rows=N, text_bytes=80.0, n_classes=6)
    hours = {each.name: each.hours for each in found.work}
    assert hours["asking gemma"] == pytest.approx(5_000_000 / 3600)
    assert hours["writing the ledger"] == pytest.approx(2 * N / WRITTEN / 3600)
    assert {each.name: each.servers for each in found.work if each.asking} == {
        "asking gemma": 9,  # 1,389 hours
        "asking phi": 17,  # 2,778 hours
    }
    assert found.storage["ledger"] == 2 * N * ANSWER
    assert found.storage["answers in memory"] == 2 * N * (2 * 6 * 4 + 20)
    assert found.storage["texts"] == 80.0 * N
    assert found.sent == pytest.approx(400 * N * TOKEN + 3 * N * ENVELOPE)
    assert found.received == 3 * N * REPLY
    assert found.slowest.name == "asking phi"
    assert not found.next_slowest.asking
    assert found.sample.asking == pytest.approx(0.1 * SAMPLE / 3600)
    assert found.sample.student == pytest.approx((N - SAMPLE) / PREDICTED / 3600)


def test_an_llm_that_was_not_measured_needs_an_unknown_time():
    found = size_up([replace(GEMMA, measured=0, seconds=float("nan"))], rows=N, text_bytes=80.0, n_classes=2)
    assert math.isnan(found.work[0].hours)
    assert found.work[0].servers == 0
    assert found.slowest is found.next_slowest
    assert math.isnan(found.sample.asking)


def test_recorded_answers_cost_nothing_to_ask_and_few_texts_need_no_student():
    recorded = replace(GEMMA, rows=0, calls=0.0, prompt_tokens=0.0, reply_tokens=0.0, seconds=0.0)
    found = size_up([recorded], rows=1000, text_bytes=10.0, n_classes=2)
    assert not any(each.asking for each in found.work)
    assert found.sent == found.received == found.storage["ledger"] == 0
    assert found.sample is None


@given(
    rows=st.integers(1, 10**9),
    seconds=st.floats(0, 100),
    tokens=st.floats(0, 10_000),
    more=st.integers(2, 50),
)
def test_everything_grows_in_step_with_the_texts(rows, seconds, tokens, more):
    def sized(n):
        forecast = replace(
            GEMMA,
            rows=n,
            calls=float(n),
            prompt_tokens=tokens * n,
            reply_tokens=float(n),
            seconds=seconds * n,
        )
        return size_up([forecast], rows=n, text_bytes=50.0, n_classes=3)

    one, many = sized(rows), sized(rows * more)
    for a, b in zip(one.work, many.work, strict=True):
        assert b.hours == pytest.approx(more * a.hours)
    assert many.sent == pytest.approx(more * one.sent)
    assert many.storage == pytest.approx({name: more * size for name, size in one.storage.items()})


def test_the_page_shows_what_plan_prints():
    """docs/scale.md: five LLMs, a hundred million texts of 80 bytes, six classes."""
    panel = [replace(GEMMA, llm=name) for name in ("gemma", "llama", "phi", "qwen", "yi")]
    shown = sized(size_up(panel, rows=N, text_bytes=80.0, n_classes=6))
    page = (Path(__file__).parents[2] / "docs" / "scale.md").read_text("utf-8")
    assert "\n".join(shown) in page, "\n".join(shown)
    for constant in (
        f"{ANSWER} bytes per answer",
        f"{WRITTEN:,} answers a second",
        f"{FUSED:,} texts a second",
        f"{PREDICTED:,} texts a second",
    ):
        assert constant in page
