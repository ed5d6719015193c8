import numpy as np
import pytest

from mollia_benchmarks.scores import (
    area_under_risk,
    calibration_error,
    error_floor,
    lead,
    score,
    score_negative,
)


def test_scores_by_hand():
    P = np.array([[0.8, 0.2], [0.6, 0.4], [0.3, 0.7]])
    got = score(P, np.array([0, 1, 1]))
    assert got["accuracy"] == pytest.approx(2 / 3)
    assert got["brier"] == pytest.approx((0.08 + 0.72 + 0.18) / 3)
    assert got["log_loss"] == pytest.approx(-np.log([0.8, 0.4, 0.7]).mean())
    assert got["ece"] == pytest.approx((0.2 + 0.6 + 0.3) / 3)  # each row in a bin of its own
    assert got["risk"] == pytest.approx((0 + 0 + 1 / 3) / 3)  # surest first: right, right, wrong


def test_perfect_confidence_has_no_calibration_error():
    confidence = np.repeat([0.5, 0.9], 100)
    right = np.concatenate([np.arange(100) < 50, np.arange(100) < 90])
    assert calibration_error(confidence, right, equal_mass=False) == pytest.approx(0)


def test_equal_mass_bins_see_what_equal_width_bins_blur():
    # All confidences fall into one bin of equal width, where two errors cancel.
    confidence = np.repeat([0.94, 0.99], 150)
    right = np.concatenate([np.ones(150, bool), np.arange(150) < 139])
    blurred = calibration_error(confidence, right, equal_mass=False)
    assert calibration_error(confidence, right, equal_mass=True) > blurred + 0.03


def test_the_floor_of_the_error_falls_with_the_number_of_rows():
    few, many = (error_floor(np.random.default_rng(1).uniform(0.3, 1, n)) for n in (100, 10_000))
    assert 0.05 < few < 0.15
    assert many < 0.015
    assert error_floor(np.ones(50)) == 0, "rows that are surely right show none"


def test_a_lead_is_paired():
    gold = np.zeros(100, int)
    right, wrong = np.array([0.9, 0.1]), np.array([0.1, 0.9])
    ours = np.where((np.arange(100) < 80)[:, None], right, wrong)
    other = np.where((np.arange(100) < 76)[:, None], right, wrong)
    gain, error = lead(ours, other, gold)
    assert gain == pytest.approx(0.04)
    assert error == pytest.approx(np.sqrt(0.04 * 0.96 / 100))
    assert lead(ours, ours, gold) == (0.0, 0.0)


def test_risk_is_least_when_the_wrong_rows_are_the_least_sure():
    right = np.array([True, True, True, False])
    best = area_under_risk(np.array([0.9, 0.8, 0.7, 0.6]), right)
    assert best < area_under_risk(np.array([0.6, 0.7, 0.8, 0.9]), right)


def test_negative_labels():
    negative = np.array([[False, True, True], [True, False, False]])
    posterior = np.array([[0.9, 0.06, 0.04], [0.2, 0.8, 0.0]])
    got = score_negative(negative, posterior, np.array([0, 0]))
    assert got == pytest.approx(
        {"negative_precision": 0.5, "negative_coverage": 0.5, "negative_expected": 0.15}
    )
