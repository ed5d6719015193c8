"""Choosing among prompts: the choice is judged on rows that took no part in it."""

import numpy as np
import pytest

from mollia.errors import NotEnoughLabels
from mollia.quality import prompt_choice
from mollia.quality.prompt_choice import choose_prompt

K = 3


def observed(rng, y, right):
    """Return o (m, K) of an LLM that is right in a share of the rows."""
    said = np.where(rng.random(len(y)) < right, y, rng.integers(0, K, len(y)))
    return 0.8 * np.eye(K)[said] + 0.2 / K


def test_a_much_better_way_is_chosen_and_its_gain_is_seen_on_rows_that_did_not_choose():
    rng = np.random.default_rng(0)
    y = rng.integers(0, K, 60)
    o = np.stack([observed(rng, y, right) for right in (0.3, 0.35, 0.9)], 1)
    found = choose_prompt(o, y, np.arange(60))
    assert found.chosen == 2
    assert found.better
    assert found.right_gain.low > 0
    assert found.right_gain.value == pytest.approx(found.right[2] - found.right[0], abs=0.1)


def test_among_ways_that_are_alike_the_best_looks_better_than_choosing_turns_out_to_be():
    flattered, gained, changed = [], [], 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, K, 50)
        o = np.stack([observed(rng, y, 0.5) for _ in range(6)], 1)
        found = choose_prompt(o, y, np.arange(50), random_state=seed)
        flattered.append(found.log_score[found.chosen] - found.log_score[0])
        gained.append(found.log_gain.value)
        changed += found.better
    assert np.mean(flattered) > 0.1
    assert np.mean(gained) < np.mean(flattered) / 2
    assert changed < 10


def test_an_llm_that_prefers_one_class_but_tells_them_apart_is_not_called_bad():
    rng = np.random.default_rng(1)
    y = rng.integers(0, K, 60)
    biased = np.tile([0.9, 0.05, 0.05], (60, 1)) + 0.03 * np.eye(K)[y]
    coin = observed(rng, y, 0.2)
    found = choose_prompt(np.stack([coin, biased], 1), y, np.arange(60))
    assert (biased.argmax(1) == 0).all()
    assert found.chosen == 1


def test_a_row_is_read_without_its_own_label():
    rng = np.random.default_rng(2)
    y = rng.integers(0, K, 40)
    L = np.log(np.stack([observed(rng, y, 0.6)], 1))
    held = np.arange(40) < 8
    other = np.where(held, (y + 1) % K, y)
    first, second = (prompt_choice._read(L, labels, ~held, held) for labels in (y, other))
    assert np.array_equal(first, second)


def test_copies_of_a_text_stay_in_one_fold_so_that_too_few_texts_are_refused():
    y = np.arange(40) % K
    o = np.full((40, 2, K), 1 / K)
    with pytest.raises(NotEnoughLabels, match="10 labelled texts are too few"):
        choose_prompt(o, y, np.arange(40) // 4)


def test_an_llm_without_any_answer_scores_as_guessing():
    y = np.arange(30) % K
    silent, good = np.zeros((30, K)), 0.9 * np.eye(K)[y] + 0.1 / K
    found = choose_prompt(np.stack([silent, good], 1), y, np.arange(30))
    assert found.chosen == 1
    assert found.log_score[0] == pytest.approx(np.log(1 / K), abs=0.15)
