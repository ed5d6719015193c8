import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.errors import DataError, NotEnoughLabels
from mollia.honest.intervals import wilson
from mollia.honest.prediction_powered import power, prediction_powered, uneven, weighted_share


def pool(n=2000, *, informative=True, seed=0):
    """Return predictions on n rows and whether each row is right."""
    rng = np.random.default_rng(seed)
    predicted = rng.beta(4, 1.5, n)
    right = rng.random(n) < (predicted if informative else predicted.mean())
    return predicted, right


def sampled(n_seen, seed, **kind):
    predicted, right = pool(**kind)
    rows = np.random.default_rng(seed).permutation(len(right))[:n_seen]
    return prediction_powered(right[rows], predicted[rows], predicted), right, rows


@given(seed=st.integers(0, 10_000), n=st.integers(1, 120), informative=st.booleans())
def test_contains_its_point_stays_possible_and_never_collapses(seed, n, informative):
    estimate, right, _ = sampled(n, seed, informative=informative)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.low < estimate.high
    assert (estimate.n_human, estimate.n_rows) == (n, len(right))


@given(seed=st.integers(0, 10_000), n=st.integers(20, 200), informative=st.booleans())
def test_is_worth_at_least_the_rows_seen(seed, n, informative):
    predicted, right = pool(informative=informative)
    rows = np.random.default_rng(seed).permutation(len(right))[:n]
    found = power(right[rows], predicted[rows], float(predicted.mean()), len(right))
    assert found.effective >= n
    assert 0 <= found.weight <= 1


def test_useless_predictions_leave_wilsons_interval():
    _, right, rows = sampled(80, 3, informative=False)
    flat = np.full(len(right), 0.5)
    ours = prediction_powered(right[rows], flat[rows], flat)
    theirs = wilson(int(right[rows].sum()), 80, population=len(right))
    assert (ours.value, ours.low, ours.high) == pytest.approx((theirs.value, theirs.low, theirs.high))


def test_perfect_predictions_leave_almost_nothing_to_chance():
    _, right, rows = sampled(80, 3)
    ours = prediction_powered(right[rows], right[rows].astype(float), right.astype(float))
    assert ours.value == pytest.approx(right.mean(), abs=0.02)
    by_wilson = wilson(int(right[rows].sum()), 80)
    assert ours.high - ours.low < (by_wilson.high - by_wilson.low) / 2


@pytest.mark.parametrize("n", [50, 200])
def test_covers_and_is_narrower_where_the_prediction_tells_something(n):
    covered, width, plain = [], [], []
    for seed in range(400):
        estimate, right, rows = sampled(n, seed)
        covered.append(estimate.low <= right.mean() <= estimate.high)
        width.append(estimate.high - estimate.low)
        by_wilson = wilson(int(right[rows].sum()), n, population=len(right))
        plain.append(by_wilson.high - by_wilson.low)
    assert 0.92 <= np.mean(covered) <= 0.985  # 95 %, standard error .011
    assert np.mean(width) < 0.97 * np.mean(plain)


def test_rows_drawn_with_unequal_chance_count_by_its_inverse():
    predicted, right = pool()
    chance = np.where(predicted < 0.6, 0.2, 0.03)  # doubtful rows seven times as often
    errors, naive, covered = [], [], []
    for seed in range(300):
        rows = np.flatnonzero(np.random.default_rng(seed).random(len(right)) < chance)
        weighted = prediction_powered(right[rows], predicted[rows], predicted, chance=chance[rows])
        errors.append(weighted.value - right.mean())
        naive.append(right[rows].mean() - right.mean())
        covered.append(weighted.low <= right.mean() <= weighted.high)
    assert abs(np.mean(errors)) < 0.01
    assert np.mean(naive) < -0.1
    assert np.mean(covered) >= 0.92


def test_all_rows_seen_is_a_count():
    predicted, right = pool(30)
    estimate = prediction_powered(right, predicted, predicted)
    assert estimate.low == estimate.value == estimate.high == right.mean()


def test_refuses_what_does_not_fit():
    predicted, right = pool(30)
    with pytest.raises(NotEnoughLabels):
        prediction_powered(right[:0], predicted[:0], predicted)
    with pytest.raises(DataError, match="2 predictions"):
        prediction_powered(right[:3], predicted[:2], predicted)
    with pytest.raises(DataError, match="inclusion probability"):
        prediction_powered(right[:3], predicted[:3], predicted, chance=np.array([0.1, 0.0, 1.0]))


def test_a_share_of_rows_that_stand_for_unequal_parts_is_weighted_and_wider():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        right = rng.random(2000) < 0.8
        chance = np.where(right, 0.02, 0.06)  # wrong rows are drawn three times as often
        drawn = rng.random(2000) < chance
        found = weighted_share(right[drawn], 1 / chance[drawn])
        held += found.low <= right.mean() <= found.high
        assert found.n_human == drawn.sum()
    assert held >= 0.93 * 400


def test_without_weights_a_share_is_wilsons():
    right = np.arange(30) < 21
    assert weighted_share(right, None) == wilson(21, 30)
    assert uneven(np.full(30, 3.0)) is None
    assert uneven(np.array([1.0, 2.0])) is not None
