import numpy as np
import pytest

from mollia.quality.labels_in_panel import never_wrong, of_people
from mollia.records import PanelAnswers

N, HUMAN, CLASSES = 100, 40, 3


def panel(**said):
    """Return a panel from class numbers (n,) by LLM, -1 = no answer."""
    own = np.stack(list(said.values()), axis=1)
    mass = np.where(own[:, :, None] >= 0, np.eye(CLASSES)[own], 0.0)
    return PanelAnswers(
        ids=[f"r{i}" for i in range(len(own))],
        llms=tuple(said),
        z=np.zeros_like(mass),
        c=mass,
        asked=own >= 0,
    )


@pytest.fixture
def y():
    labels = np.arange(N) % CLASSES
    return np.where(np.arange(N) < HUMAN, labels, -1)


def missing(gold, share, *, seed=0):
    """Return gold (n,) with another class in a share of the rows."""
    wrong = np.random.default_rng(seed).random(len(gold)) < share
    return np.where(wrong, (gold + 1) % CLASSES, gold)


def test_a_column_of_the_human_labels_alone_is_known(y):
    gold = np.arange(N) % CLASSES
    answers = panel(coded=y, few=np.where(np.arange(N) < 4, gold, -1), yi=missing(gold, 0.3))
    assert of_people(answers, y) == ("coded",)


def test_an_llm_that_answers_one_more_row_or_misses_one_label_is_none(y):
    more, wrong = y.copy(), y.copy()
    more[HUMAN], wrong[0] = 0, 1
    assert of_people(panel(more=more, wrong=wrong), y) == ()
    assert of_people(panel(more=more, wrong=wrong), np.full(N, -1)) == ()


def test_a_column_of_true_labels_is_asked_about(y):
    gold = np.arange(N) % CLASSES
    found = never_wrong(panel(reference=gold, yi=missing(gold, 0.3), qwen=missing(gold, 0.2, seed=1)), y)
    assert len(found) == 1
    assert found[0].startswith("reference gives the human label in all 40 rows that both have.")


def test_an_llm_that_is_right_by_luck_or_like_the_others_is_not_asked_about(y):
    gold = np.arange(N) % CLASSES
    nearly = gold.copy()
    nearly[0] = 1
    assert never_wrong(panel(good=gold, other=nearly), y) == []  # the next best misses one of 40
    few = np.where(np.arange(N) < 15, y, -1)
    assert never_wrong(panel(good=gold, yi=missing(gold, 0.4)), few) == []
