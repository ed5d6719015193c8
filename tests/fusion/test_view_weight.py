import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.arrays import normalise, softmax
from mollia.fusion.confusion import Settings
from mollia.fusion.cross_fit import with_human
from mollia.fusion.observation import observe
from mollia.fusion.view_weight import ALONE, MOST_ROWS, STEPS, HeldOut, choose_weight, join, scores_without

SETTINGS = Settings(tolerance=1e-3, most_rows=1000)
NOBODY = np.zeros(0, np.int64)


def compared(o, without, *, human=NOBODY, held_out=None, y=NOBODY):
    held_out = np.zeros((0, o.shape[2])) if held_out is None else held_out
    return HeldOut(rows=np.arange(len(o)), o=o, without=without, human=human, held_out=held_out, y=y)


@pytest.fixture
def left_out(simulator):
    """Return observations (n, N, K), gold (n,), and the scores without each LLM."""
    X, gold, _ = simulator(600)
    o = observe(X)
    return o, gold, scores_without(o, np.full(600, -1), None, rounds=0, settings=SETTINGS)


def predictions_of(gold, share_right, seed=0):
    """Return a view's word (n, 4) that is right in a share of the rows."""
    rng = np.random.default_rng(seed)
    said = np.where(rng.random(len(gold)) < share_right, gold, (gold + rng.integers(1, 4, len(gold))) % 4)
    return normalise(np.eye(4)[said] + 0.2)


def test_a_view_that_knows_leads_and_one_that_guesses_weighs_little(left_out):
    o, gold, scores = left_out
    knows, guesses = (
        choose_weight(compared(o, scores), predictions_of(gold, share)) for share in (0.97, 0.25)
    )
    assert knows.weight >= 1
    assert guesses.weight <= 0.25  # a step towards it changes little but ties
    assert knows.worth > 5 * guesses.worth


def test_a_better_view_is_worth_more(left_out):
    o, gold, scores = left_out
    worth = [
        choose_weight(compared(o, scores), predictions_of(gold, share)).worth
        for share in (0.5, 0.75, 0.9, 1.0)
    ]
    assert worth == sorted(worth)
    assert worth[-1] > worth[0]


def test_human_rows_overrule_the_llms_when_they_are_many(left_out):
    o, gold, scores = left_out
    Q = predictions_of(gold, 0.97)
    free = choose_weight(compared(o, scores), Q)
    said = join(scores[0], Q, 2.0).argmax(1)
    weights = []
    for m in (1, 20, 600):  # people who say of each row what the panel says, and never what the students say
        at = np.flatnonzero(said != scores[0].argmax(1))[:m]
        people = {"human": at, "held_out": scores[0][at], "y": scores[0].argmax(1)[at]}
        weights.append(choose_weight(compared(o, scores, **people), Q).weight)
    assert weights[:2] == [free.weight, free.weight]  # fewer than seven per class do not count
    assert weights[-1] == 0


def test_human_rows_that_the_view_gets_right_raise_its_worth(left_out):
    o, gold, scores = left_out
    Q = predictions_of(gold, 0.8)
    at = np.flatnonzero((scores[0].argmax(1) != gold) & (Q.argmax(1) == gold))
    people = {"human": at, "held_out": scores[0][at], "y": gold[at]}
    with_people, free = choose_weight(compared(o, scores, **people), Q), choose_weight(compared(o, scores), Q)
    assert with_people.worth > free.worth
    assert with_people.weight >= free.weight


def test_an_answer_that_an_llm_did_not_give_judges_nothing(left_out):
    o, gold, scores = left_out
    Q = predictions_of(gold, 0.9)
    missing = o.copy()
    missing[:300, 0] = 0
    silent, other = scores[0].copy(), scores[0].copy()
    silent[:300] = 0.0  # whatever is said there
    other[:300] = [9.0, 0, 0, 0]
    assert choose_weight(compared(missing, [silent, *scores[1:]]), Q) == choose_weight(
        compared(missing, [other, *scores[1:]]), Q
    )


def test_one_llm_alone_cannot_judge(left_out):
    o, gold, _ = left_out
    alone = o[:, :1]
    scores = scores_without(alone, np.full(len(o), -1), None, rounds=0, settings=SETTINGS)
    assert scores == []
    assert choose_weight(compared(alone, scores), predictions_of(gold, 0.9)).weight == ALONE


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
    rows = with_human(y, MOST_ROWS, np.random.default_rng(0))
    assert set(np.flatnonzero(y >= 0)) <= set(rows)
    assert len(np.unique(rows)) == len(rows) == 3100
