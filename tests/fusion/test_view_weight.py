import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.arrays import normalise, softmax
from mollia.fusion.confusion import Settings
from mollia.fusion.observation import observe
from mollia.fusion.view_weight import ALONE, STEPS, join, judge, judging_rows, scores_without


@pytest.fixture
def left_out(simulator):
    """Return observations (n, N, K), gold (n,), and the scores without each LLM."""
    X, gold, _ = simulator(600)
    o = observe(X)
    settings = Settings(tolerance=1e-3, most_rows=1000)
    return o, gold, scores_without(o, np.full(600, -1), None, rounds=0, settings=settings)


def word_of(gold, share_right, seed=0):
    """Return a view's word (n, 4) that is right in a share of the rows."""
    rng = np.random.default_rng(seed)
    said = np.where(rng.random(len(gold)) < share_right, gold, (gold + rng.integers(1, 4, len(gold))) % 4)
    return normalise(np.eye(4)[said] + 0.2)


def test_a_view_that_knows_leads_and_one_that_guesses_is_hardly_heard(left_out):
    o, gold, scores = left_out
    knows, guesses = judge(o, scores, word_of(gold, 0.97)), judge(o, scores, word_of(gold, 0.25))
    assert knows.weight >= 1
    assert guesses.weight <= 0.25  # a step towards it changes little but ties
    assert knows.worth > 5 * guesses.worth


def test_a_better_view_is_worth_more(left_out):
    o, gold, scores = left_out
    worth = [judge(o, scores, word_of(gold, share)).worth for share in (0.5, 0.75, 0.9, 1.0)]
    assert worth == sorted(worth)
    assert worth[-1] > worth[0]


def test_an_answer_that_an_llm_did_not_give_judges_nothing(left_out):
    o, gold, scores = left_out
    Q = word_of(gold, 0.9)
    for rows in (np.arange(300), np.arange(300, 600)):  # half the answers of the first LLM are missing
        missing = o.copy()
        missing[rows, 0] = 0
        changed = [scores[0].copy(), *scores[1:]]
        changed[0][rows] = 0.0  # whatever is said there
        other = [scores[0].copy(), *scores[1:]]
        other[0][rows] = [9.0, 0, 0, 0]
        assert judge(missing, changed, Q) == judge(missing, other, Q)


def test_one_llm_alone_cannot_judge(left_out):
    o, gold, _ = left_out
    alone = o[:, :1]
    scores = scores_without(
        alone, np.full(len(o), -1), None, rounds=0, settings=Settings(tolerance=1e-3, most_rows=1000)
    )
    assert scores == []
    assert judge(alone, scores, word_of(gold, 0.9)).weight == ALONE


@given(st.integers(0, 10_000), st.sampled_from(STEPS))
def test_a_joint_word_lies_between_the_two(seed, b):
    rng = np.random.default_rng(seed)
    S, Q = rng.normal(size=(5, 3)), rng.dirichlet(np.ones(3), size=5) * 0.9 + 0.1 / 3
    joint = join(S, Q, b)
    assert softmax(join(S, Q, 0.0)) == pytest.approx(softmax(S))
    agreed = S.argmax(1) == Q.argmax(1)
    assert (joint.argmax(1) == S.argmax(1))[agreed].all()
    flat = np.full_like(Q, 1 / 3)
    assert (join(S, flat, b).argmax(1) == S.argmax(1)).all()


def test_of_a_large_pool_a_sample_judges_with_all_human_rows():
    y = np.full(10_000, -1)
    y[::100] = 0
    rows = judging_rows(y, np.random.default_rng(0))
    assert set(np.flatnonzero(y >= 0)) <= set(rows)
    assert len(np.unique(rows)) == len(rows) == 3100
