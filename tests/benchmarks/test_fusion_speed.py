import pytest

from mollia_benchmarks.datasets import load
from mollia_benchmarks.fusion_speed import LABELS, large_pool, run


@pytest.fixture
def recorded(panel_folder):
    return load("parcels", panel_folder)


def test_a_large_pool_has_the_recorded_panel_and_texts_that_differ(recorded):
    answers, y, texts = large_pool(recorded, 5000)
    assert answers.z.shape == (5000, 3, 3)
    assert (y >= 0).sum() == LABELS
    assert len(set(texts)) > 4000


def test_four_times_the_rows_cost_less_than_six_times_as_much(recorded):
    lines = run(recorded, rows=[6000, 24000], say=lambda _: None).splitlines()
    small, large = (float(line.split("|")[2]) for line in lines[2:4])
    assert large < 6 * small + 0.5
