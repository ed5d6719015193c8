"""Old and new rows: told apart where they differ, and not where they do not."""

import numpy as np
import pytest

from mollia.errors import DataError, NotEnoughLabels
from mollia.honest.two_sample import two_sample


def rows(seed, n=120, d=15, moved=0.0):
    X = np.random.default_rng(seed).normal(size=(n, d))
    X[:, 0] += moved
    return X


def test_rows_of_one_source_are_not_told_apart_and_p_is_even():
    found = [two_sample(rows(2 * seed), rows(2 * seed + 1, n=80)) for seed in range(20)]
    assert sum(each.differ for each in found) <= 1
    p = np.array([each.p for each in found])
    assert 0.25 < p.mean() < 0.75
    assert np.mean([each.auc for each in found]) == pytest.approx(0.5, abs=0.03)


def test_rows_that_have_moved_are_told_apart_the_better_the_further():
    near, far = (two_sample(rows(0), rows(1, moved=moved)) for moved in (1.0, 3.0))
    assert near.differ
    assert far.differ
    assert 0.6 < near.auc < far.auc <= 1


def test_old_rows_like_the_new_ones_weigh_more_and_the_mean_is_one():
    old = rows(0, n=400)
    odds = two_sample(old, rows(1, n=400, moved=1.0)).odds
    assert odds.mean() == pytest.approx(1)
    assert np.corrcoef(odds, old[:, 0])[0, 1] > 0.5


def test_of_very_many_rows_a_part_is_compared_and_the_others_weigh_one():
    found = two_sample(rows(0, n=2500), rows(1, n=100))
    assert (found.n_old, found.n_new) == (2000, 100)
    assert len(found.odds) == 2500
    assert (found.odds == 1).sum() >= 500


def test_too_few_rows_and_other_widths_are_refused():
    with pytest.raises(NotEnoughLabels, match="10 of each"):
        two_sample(rows(0, n=9), rows(1))
    with pytest.raises(DataError, match="shapes"):
        two_sample(rows(0), rows(1, d=3))


def test_vectors_that_are_all_alike_say_nothing():
    same = np.zeros((30, 4))
    assert not two_sample(same, same).differ
