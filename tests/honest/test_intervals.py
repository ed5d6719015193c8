import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mollia.errors import DataError, NotEnoughLabels
from mollia.honest.intervals import clopper_pearson, wilson

samples = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.floats(0.5, 0.999)
methods = pytest.mark.parametrize("interval", [wilson, clopper_pearson])


@pytest.mark.parametrize(
    ("right", "n", "by_wilson", "exact"),
    [
        (47, 50, (0.838, 0.979), (0.835, 0.987)),
        (50, 50, (0.929, 1.000), (0.929, 1.000)),
        (24, 30, (0.627, 0.905), (0.614, 0.923)),
    ],
)
def test_case_o15_figures(right, n, by_wilson, exact):
    for interval, expected in ((wilson, by_wilson), (clopper_pearson, exact)):
        estimate = interval(right, n)
        assert (estimate.low, estimate.high) == pytest.approx(expected, abs=6e-4)
        assert estimate.value == right / n
        assert (estimate.n_human, estimate.level) == (n, 0.95)


@methods
@given(sample=samples, level=levels)
def test_agrees_with_scipy(interval, sample, level):
    right, n = sample
    name = "wilson" if interval is wilson else "exact"
    oracle = stats.binomtest(right, n).proportion_ci(level, method=name)
    estimate = interval(right, n, level)
    assert (estimate.low, estimate.high) == pytest.approx((oracle.low, oracle.high), abs=1e-9)


@methods
@given(sample=samples, level=levels, unsampled=st.integers(1, 5000))
def test_contains_the_point_and_never_collapses(interval, sample, level, unsampled):
    right, n = sample
    for population in (None, n + unsampled):
        e = interval(right, n, level, population=population)
        assert 0 <= e.low <= e.value <= e.high <= 1
        if population is None or unsampled >= n:  # else the sample may settle it
            assert e.low < e.high


@methods
@given(sample=samples, times=st.integers(2, 5))
def test_shrinks_with_more_rows_of_the_same_share(interval, sample, times):
    right, n = sample
    small, large = interval(right, n), interval(right * times, n * times)
    assert large.high - large.low < small.high - small.low


@methods
@given(n=st.integers(1, 200), level=levels)
def test_both_ends_rise_with_the_number_right(interval, n, level):
    found = [interval(right, n, level) for right in range(n + 1)]
    assert all(np.diff([e.low for e in found]) >= 0)
    assert all(np.diff([e.high for e in found]) >= 0)


@methods
@given(sample=samples, unsampled=st.integers(1, 5000))
def test_a_known_population_narrows_and_stays_possible(interval, sample, unsampled):
    right, n = sample
    population = n + unsampled
    free, finite = interval(right, n), interval(right, n, population=population)
    assert finite.high - finite.low <= free.high - free.low + 1e-12
    assert finite.low >= right / population - 1e-12
    assert finite.high <= 1 - (n - right) / population + 1e-12
    assert finite.n_rows == population


@pytest.mark.parametrize(("population", "n"), [(60, 20), (200, 50)])
def test_the_exact_finite_interval_covers_every_possible_population(population, n):
    ends = [clopper_pearson(right, n, population=population) for right in range(n + 1)]
    low, high = (np.array([getattr(e, end) for e in ends]) for end in ("low", "high"))
    for good in range(population + 1):
        chance = stats.hypergeom(population, good, n).pmf(np.arange(n + 1))
        covered = (low <= good / population + 1e-12) & (good / population <= high + 1e-12)
        assert chance[covered].sum() >= 0.95 - 1e-9


@methods
def test_a_census_is_exact_and_says_so(interval):
    estimate = interval(40, 40, population=40)
    assert (estimate.low, estimate.high) == (1.0, 1.0)
    assert "a count, not a sample" in str(estimate)


@methods
def test_no_labels_no_figure(interval):
    with pytest.raises(NotEnoughLabels, match="no accuracy figure"):
        interval(0, 0)


@methods
@pytest.mark.parametrize("wrong", [(6, 5), (-1, 5)])
def test_refuses_impossible_counts(interval, wrong):
    with pytest.raises(DataError, match="cannot be right"):
        interval(*wrong)
    with pytest.raises(DataError, match="without repetition"):
        interval(2, 5, population=4)
    with pytest.raises(DataError, match="between 0 and 1"):
        interval(2, 5, 95)
