import re

import numpy as np
import pytest

from mollia.fusion import DawidSkene
from mollia.panel.faults import faults
from mollia.records import PanelAnswers

N, K = 600, 3
NAMES = ["Refund", "Delivery", "Other"]


@pytest.fixture
def found():
    """Faults of a sound panel with one further LLM that says what a function of gold tells it."""
    rng = np.random.default_rng(0)
    gold = rng.integers(K, size=N)

    def noisy(right, among=K):
        wrong = (gold + rng.integers(1, among, size=N)) % K
        return np.where(rng.random(N) < right, gold, wrong)

    sound = [noisy(0.85), noisy(0.8), noisy(0.75)]

    def build(odd):
        said = [*sound, odd(gold, sound, rng)]
        c = np.stack([np.where((a >= 0)[:, None], np.eye(K)[a], 0.0) for a in said], 1)
        X = PanelAnswers(ids=tuple(map(str, range(N))), llms=("a", "b", "c", "odd"), z=np.zeros_like(c), c=c)
        y = np.where(np.arange(N) < 50, gold, -1)
        return faults(X, DawidSkene().fit_predict_proba(X, y), NAMES)

    return build


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (lambda _g, _s, _r: np.full(N, 1), "constant: 100% of its answers are Delivery"),
        (
            lambda gold, _s, r: np.where(r.random(N) < 0.97, 2, gold),
            r"constant|collapsed: it uses 1\.\d classes",
        ),
        (lambda gold, _s, r: np.where(r.random(N) < 0.9, 2, gold), r"collapsed: it uses 1\.\d classes where"),
        (
            lambda gold, _s, _r: np.array([1, 0, 2])[gold],
            "inverted: it says Refund for Delivery, Delivery for Refund",
        ),
        (lambda _g, sound, _r: sound[1], "duplicate: answers as b does wherever"),
        (lambda gold, _s, r: np.where(r.random(N) < 0.3, gold, -1), r"silent: [23]\d% of its answers"),
    ],
)
def test_an_odd_llm_is_named_and_sound_ones_are_not(found, odd, said):
    notes = found(odd)
    assert len(notes["odd"]) == 1, notes
    assert re.match(said, notes["odd"][0]), notes["odd"]
    assert not any(notes[llm] for llm in "abc"), notes


def test_a_fourth_sound_llm_a_weak_and_a_perfect_one_have_no_fault(found):
    for odd in (
        lambda gold, _s, r: np.where(r.random(N) < 0.8, gold, r.integers(K, size=N)),
        lambda _g, _s, r: r.integers(K, size=N),
        lambda gold, _s, _r: gold,
    ):
        assert not any(found(odd).values())
