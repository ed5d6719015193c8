import pytest

from mollia_benchmarks.protocol import Cell
from mollia_benchmarks.seed_sets import gains, sets_table


def scores(gain, ece):
    """Two draws of one set: chosen rows gain so much, and the ECE rises so much, in each draw."""
    out = {}
    for draw, (g, e) in enumerate(zip(gain, ece, strict=True)):
        for method, more, off in (("random", 0.0, 0.0), ("batches", g, e)):
            cell = Cell(set="parcels", method=method, labels=50, draw=draw)
            out[cell] = {"all 50": 0.7 + more, "ece 50": 0.05 + off, "log_loss 50": 0.8}
    return out


def test_a_gain_is_paired_draw_by_draw():
    (gain,) = gains(scores([0.01, 0.03], [0.0, 0.0]), "batches", "all 50")
    assert gain.set == "parcels"
    assert gain.mean == pytest.approx(0.02)
    assert gain.error == pytest.approx(0.01 / 2**0.5)


@pytest.mark.parametrize(
    ("gain", "ece", "said"),
    [
        ([0.01, 0.03], [0.0, 0.01], "| +2.0 ± nan | none | +0.005 | none |"),
        ([-0.01, -0.03], [0.03, 0.05], "| -2.0 ± nan | parcels -2.0 | +0.040 | parcels +0.040 |"),
        ([-0.03, 0.014], [0.0, 0.05], "| -0.8 ± nan | none | +0.025 | none |"),
    ],
)
def test_sets_stand_out_only_beyond_noise(gain, ece, said):
    text = sets_table(scores(gain, ece), ["random", "batches"], [50])
    assert said in text
    assert "| 50 | random | .700 | .800 | .050 |" in text
