import pytest

from mollia_benchmarks.gains import Gain, over_sets


@pytest.mark.parametrize(
    ("mean", "error", "loses"), [(-0.02, 0.01, True), (-0.02, 0.016, False), (0.02, 0.0, False)]
)
def test_a_set_loses_by_more_than_half_a_point_beyond_its_error(mean, error, loses):
    gain = Gain(set="parcels", mean=mean, error=error)
    assert gain.loses == loses
    assert gain.points == f"parcels {100 * mean:+.1f}"


def test_the_mean_over_sets_has_its_standard_error_and_none_of_one_set():
    assert over_sets([0.01, 0.03], 1) == "+2.0 ± 1.0"
    assert over_sets(iter([0.01, 0.03]), 2) == "+2.00 ± 1.00"
    assert over_sets([-0.01], 1) == "-1.0 ± nan"
