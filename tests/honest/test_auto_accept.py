import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mollia.errors import DataError, NotEnoughLabels
from mollia.honest.auto_accept import auto_accept, fewest_rows, on_scale_of, p_value


def pool(n=4000, seed=0):
    """Return calibrated confidences and whether each label is right."""
    rng = np.random.default_rng(seed)
    confidence = rng.beta(5, 1, n)
    return confidence, rng.random(n) < confidence


def test_the_fewest_rows_prove_the_target_when_all_are_right():
    assert fewest_rows(0.95, 0.9) == 45
    for target, assurance in ((0.95, 0.9), (0.9, 0.95), (0.99, 0.9)):
        n = fewest_rows(target, assurance)
        assert p_value(0, n, target) <= 1 - assurance < p_value(0, n - 1, target)


@given(n=st.integers(1, 300), wrong=st.integers(0, 300))
def test_the_p_value_is_the_binomial_tail(n, wrong):
    wrong = min(wrong, n)
    assert p_value(wrong, n, 0.9) == pytest.approx(stats.binom.cdf(wrong, n, 0.1))


@pytest.mark.parametrize(("m", "at_least"), [(60, 0.0), (200, 0.15), (600, 0.35)])
def test_the_promise_holds_at_the_stated_assurance(m, at_least):
    confidence, right = pool()
    broken, accepted = [], []
    for seed in range(200):
        rows = np.random.default_rng(seed).permutation(len(right))[:m]
        found = auto_accept(confidence, confidence[rows], right[rows], target=0.9)
        broken.append(found.rows.any() and right[found.rows].mean() < 0.9)
        accepted.append(found.rows.mean())
    assert np.mean(broken) <= 0.1 + 0.04
    assert np.mean(accepted) >= at_least


def test_overconfidence_cannot_break_the_promise():
    rng = np.random.default_rng(1)
    confidence = rng.uniform(0.97, 1, 4000)  # says 98 %, is right in 85 %
    right = rng.random(4000) < 0.85
    broken = 0
    for seed in range(150):
        rows = np.random.default_rng(seed).permutation(4000)[:150]
        broken += auto_accept(confidence, confidence[rows], right[rows], target=0.9).rows.any()
    assert broken <= 0.15 * 150


def test_fifty_labels_accept_nothing_at_95_percent_and_it_says_what_would():
    confidence, right = pool()
    rows = np.random.default_rng(0).permutation(4000)[:50]
    found = auto_accept(confidence, confidence[rows], right[rows])
    assert not found.rows.any()
    assert "with 50 human labels no group of rows can be guaranteed 95% accuracy at 90% assurance" in str(
        found
    )
    assert 50 < found.labels_needed < 1000
    more = []
    for seed in range(20):
        rows = np.random.default_rng(seed).permutation(4000)[: 2 * found.labels_needed]
        more.append(auto_accept(confidence, confidence[rows], right[rows]))
    some = [a for a in more if a.rows.any()]
    assert len(some) >= 12
    assert f"{int(some[0].rows.sum())} of 4000 rows hold" in str(some[0])
    assert all((confidence[a.rows] >= a.threshold).all() for a in some)


def test_hopeless_labels_are_never_promised():
    confidence = np.full(500, 0.6)
    found = auto_accept(confidence, confidence[:100], np.arange(100) % 2 == 0)
    assert not found.rows.any()
    assert found.labels_needed == -1
    assert "wrong too often" in str(found)


def test_rows_of_equal_confidence_are_accepted_together():
    confidence = np.repeat([0.99, 0.5], [300, 200])
    right = np.repeat([True, False], [300, 200])
    rows = np.arange(0, 500, 4)
    found = auto_accept(confidence, confidence[rows], right[rows])
    assert found.rows.tolist() == (confidence == 0.99).tolist()


def test_refuses_what_makes_no_sense():
    with pytest.raises(NotEnoughLabels):
        auto_accept(np.ones(5), np.ones(0), np.ones(0, bool))
    with pytest.raises(DataError, match="No rule can promise"):
        auto_accept(np.ones(5), np.ones(2), np.ones(2, bool), target=1.0)
    with pytest.raises(DataError, match="3 confidences for 2"):
        auto_accept(np.ones(5), np.ones(3), np.ones(2, bool))


def test_cross_fitted_confidences_are_read_by_rank():
    rng = np.random.default_rng(0)
    pool = rng.beta(4, 1, 1000)
    drawn = rng.choice(1000, 100, replace=False)
    lower = 0.9 * pool[drawn]  # every one a little less sure
    back = on_scale_of(lower, pool)
    assert np.abs(back - pool[drawn]).mean() < 0.04  # of the draw, not of the scale
    assert np.array_equal(np.argsort(back, kind="stable"), np.argsort(lower, kind="stable"))
    right = np.ones(100, bool)
    assert auto_accept(pool, back, right, target=0.9).rows.mean() > 0.5
    assert not auto_accept(pool, lower * 0.5, right, target=0.9).rows.any(), "values alone do not compare"


def test_rows_drawn_with_unequal_chances_take_the_place_they_stand_for():
    rng = np.random.default_rng(5)
    pool = np.sort(rng.random(20_000))
    chance = np.where(pool < 0.3, 0.06, 0.01)
    drawn = pool[rng.random(20_000) < chance]
    weight = np.where(drawn < 0.3, 1 / 0.06, 1 / 0.01)
    assert on_scale_of(drawn, pool, weight) == pytest.approx(drawn, abs=0.06)
    assert np.abs(on_scale_of(drawn, pool) - drawn).max() > 0.2
    assert on_scale_of(drawn, pool, np.full(len(drawn), 2.0)) == pytest.approx(on_scale_of(drawn, pool))
