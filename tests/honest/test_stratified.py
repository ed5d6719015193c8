import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.errors import DataError, NotEnoughLabels
from mollia.honest.intervals import wilson
from mollia.honest.stratified import stratified


def pool(seed=0):
    """Return strata of 3000 rows (sure, middling, doubtful) and whether each row is right."""
    rng = np.random.default_rng(seed)
    stratum = rng.choice(3, 3000, p=[0.6, 0.3, 0.1])
    return stratum, rng.random(3000) < np.array([0.97, 0.75, 0.4])[stratum]


def drawn(stratum, per, seed):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(np.flatnonzero(stratum == h))[:k] for h, k in enumerate(per)])


@pytest.mark.parametrize("per", [(20, 20, 20), (60, 40, 20), (8, 8, 84)])
def test_covers_and_is_unbiased_however_the_rows_are_shared_out(per):
    stratum, right = pool()
    sizes = np.bincount(stratum)
    errors, covered = [], []
    for seed in range(400):
        rows = drawn(stratum, per, seed)
        e = stratified(right[rows], stratum[rows], sizes)
        errors.append(e.value - right.mean())
        covered.append(e.low <= right.mean() <= e.high)
    assert abs(np.mean(errors)) < 0.01
    assert np.mean(covered) >= 0.93


def test_is_narrower_than_a_plain_sample_when_shared_out_by_size_and_spread():
    stratum, right = pool()
    rows = drawn(stratum, (40, 40, 20), 0)
    e = stratified(right[rows], stratum[rows], np.bincount(stratum))
    plain = wilson(round(e.value * 100), 100, population=3000)
    assert e.high - e.low < plain.high - plain.low


@given(seed=st.integers(0, 300), per=st.tuples(*[st.integers(1, 30)] * 3))
def test_holds_its_point_and_never_collapses(seed, per):
    stratum, right = pool()
    rows = drawn(stratum, per, seed)
    e = stratified(right[rows], stratum[rows], np.bincount(stratum))
    assert 0 <= e.low <= e.value <= e.high <= 1
    assert e.low < e.high


def test_one_stratum_is_a_plain_sample():
    seen = np.array([True] * 47 + [False] * 3)
    e = stratified(seen, np.zeros(50, np.int64), np.array([1000]))
    plain = wilson(47, 50, population=1000)
    assert (e.low, e.high) == pytest.approx((plain.low, plain.high), abs=0.01)


def test_all_rows_labelled_is_a_count():
    e = stratified(np.array([True, False, True]), np.array([0, 0, 1]), np.array([2, 1]))
    assert e.low == e.value == e.high == pytest.approx(2 / 3)


def test_a_stratum_nobody_looked_at_leaves_no_figure():
    with pytest.raises(NotEnoughLabels, match="stratum 1"):
        stratified(np.ones(3, bool), np.zeros(3, np.int64), np.array([10, 5]))
    with pytest.raises(DataError, match="more human rows"):
        stratified(np.ones(3, bool), np.zeros(3, np.int64), np.array([2]))
    with pytest.raises(DataError, match="a stratum each"):
        stratified(np.ones(3, bool), np.array([0, 1, 7]), np.array([10, 5]))
