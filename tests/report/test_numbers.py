import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.report.numbers import count, duration, listing, percent, shorten


def test_numbers_read_well():
    assert percent(0.7789) == "77.9%"
    assert percent(float("nan")) == "–"
    assert count(1000, "text") == "1,000 texts"
    assert count(1, "class", "classes") == "1 class"
    assert [duration(s) for s in (3.21, 41.4, 200, 7500)] == ["3.2 s", "41 s", "3 min 20 s", "2 h 5 min"]


@given(text=st.text(max_size=600))
def test_a_shortened_text_is_one_line_and_starts_like_the_text(text):
    short = shorten(text, 100)
    assert len(short) <= 102
    assert "\n" not in short
    assert " ".join(text.split()).startswith(short.removesuffix(" …")) or "\x1c" <= min(text) <= "\x1f"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcdef"), "a, b, c and 3 more"),
    ],
)
def test_listings(words, said):
    assert listing(words) == said
