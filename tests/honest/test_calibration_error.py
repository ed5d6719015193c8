import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics

from mollia.errors import NotEnoughLabels
from mollia.honest.calibration_error import (
    brier,
    expected_calibration_error,
    log_loss,
    reliability,
    risk_coverage,
)

kinds = pytest.mark.parametrize("kind", ["equal mass", "equal width"])


@st.composite
def judged(draw):
    m = draw(st.integers(1, 60))
    confidence = draw(hnp.arrays(float, m, elements=st.floats(0, 1)))
    return confidence, draw(hnp.arrays(bool, m))


@kinds
@given(rows=judged(), bins=st.integers(1, 15))
def test_bins_hold_every_row_once(kind, rows, bins):
    confidence, right = rows
    found = reliability(confidence, right, bins=bins, kind=kind)
    assert found.count.sum() == len(right)
    assert len(found.count) <= bins
    assert (found.count > 0).all()
    assert (found.count * found.right).sum() == pytest.approx(right.sum())
    assert (found.count * found.confidence).sum() == pytest.approx(confidence.sum())
    assert (np.diff(found.confidence) > 0).all()


@kinds
@given(rows=judged())
def test_ece_lies_between_the_overall_gap_and_one(kind, rows):
    confidence, right = rows
    ece = expected_calibration_error(confidence, right, kind=kind)
    assert abs(confidence.mean() - right.mean()) - 1e-9 <= ece <= 1 + 1e-9
    assert expected_calibration_error(confidence, right, kind=kind, bins=1) == pytest.approx(
        abs(confidence.mean() - right.mean())
    )


@kinds
def test_ece_by_hand(kind):
    confidence = np.array([0.55, 0.55, 0.95, 0.95])
    right = np.array([True, False, True, True])
    assert expected_calibration_error(confidence, right, bins=4, kind=kind) == pytest.approx(0.05)


def test_equal_mass_bins_do_not_split_a_tie():
    confidence = np.array([0.2] * 7 + [0.9] * 3)
    found = reliability(confidence, np.ones(10, bool), bins=5)
    assert found.count.tolist() == [7, 3]


def test_calibrated_confidence_has_a_small_ece_and_a_shifted_one_does_not():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.3, 0.8, 20_000)
    right = rng.random(20_000) < confidence
    assert expected_calibration_error(confidence, right) < 0.02
    assert expected_calibration_error(confidence + 0.2, right) == pytest.approx(0.2, abs=0.02)


@given(seed=st.integers(0, 1000))
def test_brier_and_log_loss_agree_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.ones(4), 30)
    y = rng.integers(4, size=30)
    assert log_loss(probs, y) == pytest.approx(metrics.log_loss(y, probs, labels=range(4)))
    assert brier(probs, y) == pytest.approx(((probs - np.eye(4)[y]) ** 2).sum(1).mean())


def test_log_loss_is_finite_for_a_sure_mistake():
    assert np.isfinite(log_loss(np.array([[1.0, 0.0]]), np.array([1])))


@given(rows=judged())
def test_risk_coverage_ends_at_all_rows_and_their_error(rows):
    confidence, right = rows
    curve = risk_coverage(confidence, right)
    assert curve.coverage[-1] == pytest.approx(1)
    assert curve.risk[-1] == pytest.approx(1 - right.mean())
    assert (np.diff(curve.coverage) > 0).all()
    assert (np.diff(curve.threshold) < 0).all()
    for threshold, coverage, risk in zip(curve.threshold, curve.coverage, curve.risk, strict=True):
        kept = confidence >= threshold
        assert coverage == pytest.approx(kept.mean())
        assert risk == pytest.approx(1 - right[kept].mean())
    assert 0 <= curve.area <= 1


def test_the_area_of_nothing_but_mistakes_is_one():
    confidence = np.array([1, 1, 0.75, 0.5, 0.375, 0.3125, 0.25, 0.25, 0.125] + [0] * 41)
    assert risk_coverage(confidence, np.zeros(50, bool)).area == 1  # .04 + .02 + ... is a little more


def test_no_rows_no_figure():
    with pytest.raises(NotEnoughLabels):
        expected_calibration_error(np.empty(0), np.empty(0, bool))
    with pytest.raises(NotEnoughLabels):
        risk_coverage(np.empty(0), np.empty(0, bool))
    with pytest.raises(NotEnoughLabels):
        brier(np.empty((0, 3)), np.empty(0, np.int64))


def test_rows_that_stand_for_several_count_as_if_they_were_repeated():
    rng = np.random.default_rng(2)
    probs = rng.dirichlet([1, 1, 1], 60)
    y, weight = rng.integers(3, size=60), rng.integers(1, 5, 60)
    confidence, right = probs.max(1), probs.argmax(1) == y
    again = np.repeat(np.arange(60), weight)
    w = weight.astype(float)
    assert brier(probs, y, w) == pytest.approx(brier(probs[again], y[again]))
    assert log_loss(probs, y, w) == pytest.approx(log_loss(probs[again], y[again]))
    wide = {"bins": 5, "kind": "equal width"}
    assert expected_calibration_error(confidence, right, weight=w, **wide) == pytest.approx(
        expected_calibration_error(confidence[again], right[again], **wide)
    )
    assert risk_coverage(confidence, right, w).area == pytest.approx(
        risk_coverage(confidence[again], right[again]).area
    )
    bins = reliability(confidence, right, weight=w, **wide)
    assert bins.share.sum() == pytest.approx(1)
    assert (bins.effective <= bins.count + 1e-9).all(), "unequal rows are worth fewer"


@pytest.mark.parametrize("n", [1, 2, 50, 5000])
def test_a_thinned_curve_keeps_its_ends_and_its_area(n):
    whole = risk_coverage(np.linspace(1.0, 0.2, n), np.arange(n) % 3 > 0)
    thin = whole.thinned(100)
    assert len(thin.coverage) <= 2 * 100
    for name in ("threshold", "coverage", "risk"):
        kept, of = getattr(thin, name), getattr(whole, name)
        assert (kept[0], kept[-1]) == (of[0], of[-1])
        assert np.isin(kept, of).all()
    assert thin.area == whole.area
    if n <= 100:
        assert np.array_equal(thin.coverage, whole.coverage)
