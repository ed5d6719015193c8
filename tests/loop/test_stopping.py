import numpy as np

from mollia.estimate import Estimate
from mollia.loop.stopping import FlatAccuracy, RoundBudget, StablePredictions


def test_three_stable_rounds_stop_and_not_fewer():
    """Case O10: .71, .86, .992, .995, .996 stops after the fifth, not earlier."""
    rule, seen = StablePredictions(), [0.71, 0.86, 0.992, 0.995, 0.996]
    reasons = [rule.reason_of(seen[:rounds]) for rounds in range(6)]
    assert [bool(reason) for reason in reasons] == [False] * 5 + [True]
    assert "kappa 0.996" in reasons[5]


def test_constant_predictions_never_stop_and_are_said():
    """Case O10, second part: kappa is undefined."""
    warned = []
    rule = StablePredictions()
    for rounds in range(2, 8):
        assert not rule.reason([np.full(200, 3)] * rounds, warn=warned.append)
    assert len(warned) == 6
    assert all("Constant predictions" in sentence for sentence in warned)


def test_a_student_that_stays_the_same_stops():
    rng = np.random.default_rng(0)
    same = rng.integers(3, size=200)
    assert not StablePredictions().reason([same] * 3)
    assert StablePredictions().reason([same] * 4)
    changed = np.where(np.arange(200) < 10, (same + 1) % 3, same)
    assert not StablePredictions().reason([same, same, same, changed])


def estimate(value, low, high):
    return Estimate(value=value, low=low, high=high, level=0.95, n_human=50, n_rows=900, method="test")


def test_a_flat_predicted_accuracy_stops_and_a_rising_one_does_not():
    flat = [estimate(v, v - 0.05, v + 0.05) for v in (0.6, 0.75, 0.752, 0.75, 0.754)]
    rule = FlatAccuracy()
    assert [bool(rule.reason(flat[:n])) for n in range(6)] == [False] * 5 + [True]
    assert "0.754 after 0.750" in rule.reason(flat)
    rising = [estimate(v, v - 0.05, v + 0.05) for v in (0.70, 0.71, 0.72, 0.73, 0.74)]
    assert not rule.reason(rising)
    falling = [estimate(v, v - 0.05, v + 0.05) for v in (0.75, 0.75, 0.75, 0.6)]
    assert not rule.reason(falling)


def test_the_budget_counts_rounds_and_rows():
    assert not RoundBudget().reason(10**6, 10**6)
    assert not RoundBudget(rounds=3, rows=200).reason(2, 150)
    assert "3 rounds" in RoundBudget(rounds=3).reason(3, 0)
    assert "200 rows" in RoundBudget(rows=200).reason(1, 200)
