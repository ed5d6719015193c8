import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.errors import DataError, LeakRefused
from mollia.honest.compare import compare, tango

counts = st.integers(1, 120).flatmap(
    lambda n: st.integers(0, n).flatmap(lambda b: st.tuples(st.just(b), st.integers(0, n - b), st.just(n)))
)


@given(counts=counts)
def test_the_interval_holds_its_point_mirrors_and_never_collapses(counts):
    b, c, n = counts
    low, high = tango(b, c, n, 0.95)
    assert -1 <= low <= (b - c) / n + 1e-9
    assert (b - c) / n - 1e-9 <= high <= 1
    assert high - low > 0.01
    mirrored = tango(c, b, n, 0.95)
    assert mirrored == pytest.approx((-high, -low), abs=1e-6)


@given(counts=counts, unsampled=st.integers(1, 1000))
def test_a_known_population_narrows(counts, unsampled):
    b, c, n = counts
    free, finite = tango(b, c, n, 0.95), tango(b, c, n, 0.95, population=n + unsampled)
    assert finite[1] - finite[0] <= free[1] - free[0] + 1e-9


@pytest.mark.parametrize("shares", [(0.1, 0.1), (0.3, 0.1), (0.6, 0.05), (0.02, 0.01)])
@pytest.mark.parametrize("n", [30, 120])
def test_covers(shares, n):
    rng = np.random.default_rng(0)
    p, q = shares
    drawn = rng.multinomial(n, [p, q, 1 - p - q], 600)
    ends = {}
    covered = 0
    for b, c, _ in drawn.tolist():
        low, high = ends.setdefault((b, c), tango(b, c, n, 0.95))
        covered += low <= p - q <= high
    assert covered / 600 >= 0.92


def sample(n=2000, n_seen=150, seed=0):
    """Return two labellings of which the first is better, gold, and audit labels."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(3, size=n)
    second = np.where(rng.random(n) < 0.75, gold, (gold + 1) % 3)
    third = np.where(rng.random(n) < 0.85, gold, (gold + 2) % 3)
    first = np.where(rng.random(n) < 0.3, third, second)
    y = np.full(n, -1)
    rows = rng.permutation(n)[:n_seen]
    y[rows] = gold[rows]
    return first, second, gold, y


def test_only_differing_rows_decide_and_the_interval_is_narrow():
    none = np.zeros(2000, bool)
    covered, widths = [], []
    for seed in range(200):
        first, second, gold, y = sample(seed=seed)
        found = compare(first, second, y, trained=none)
        truth = (first == gold).mean() - (second == gold).mean()
        covered.append(found.difference.low <= truth <= found.difference.high)
        widths.append(found.difference.high - found.difference.low)
        assert found.n_differ == (first != second).sum()
    assert np.mean(covered) >= 0.91
    assert np.mean(widths) < 0.1  # two separate Wilson intervals would each be .13 wide


def test_the_order_turns_the_sign_and_the_verdict():
    first, second, gold, _ = sample()
    none = np.zeros(2000, bool)
    there, back = compare(first, second, gold, trained=none), compare(second, first, gold, trained=none)
    assert there.difference.value == -back.difference.value > 0
    assert there.difference.value == pytest.approx((first == gold).mean() - (second == gold).mean())
    assert (there.verdict, back.verdict) == ("first", "second")
    assert there.difference.low == there.difference.high  # gold in every row: a count


def test_equal_labels_differ_by_nothing():
    first, _, _, y = sample()
    found = compare(first, first, y, trained=np.zeros(2000, bool))
    assert (found.difference.low, found.difference.high) == (0, 0)
    assert found.verdict == ""


def test_without_a_human_row_where_they_differ_it_says_what_is_possible():
    first, second, _, _ = sample()
    found = compare(first, second, np.full(2000, -1), trained=np.zeros(2000, bool))
    share = (first != second).mean()
    assert (found.difference.low, found.difference.high) == pytest.approx((-share, share))
    assert "no human row" in str(found.difference)


def test_a_row_that_trained_may_not_decide():
    first, second, _, y = sample()
    with pytest.raises(LeakRefused):
        compare(first, second, y, trained=y >= 0)
    with pytest.raises(DataError):
        compare(first, second[:5], y, trained=y < -1)
