import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.errors import NotEnoughLabels
from mollia.honest.audit import draw_audit, half_width, labels_needed
from mollia.honest.intervals import wilson


@given(seed=st.integers(0, 100), n=st.integers(1, 80))
def test_draws_distinct_rows_that_did_not_train(seed, n):
    trained = np.arange(60) < 20
    rows, chance = draw_audit(trained, n, np.random.default_rng(seed))
    assert len(set(rows.tolist())) == min(n, 40)
    assert not trained[rows].any()
    assert chance == min(n, 40) / 40


def test_every_row_has_the_stated_chance():
    trained = np.arange(30) < 10
    counts = np.zeros(30)
    for seed in range(2000):
        counts[draw_audit(trained, 5, np.random.default_rng(seed))[0]] += 1
    assert counts[:10].sum() == 0
    assert counts[10:] / 2000 == pytest.approx(0.25, abs=0.04)


def test_refuses_when_nothing_is_left():
    with pytest.raises(NotEnoughLabels, match="0 rows did not train"):
        draw_audit(np.ones(5, bool), 3, np.random.default_rng(0))


@given(share=st.floats(0.1, 0.9), width=st.floats(0.02, 0.15))
def test_the_planned_sample_gives_about_the_planned_width(share, width):
    n = labels_needed(share, width)
    assert half_width(share, n) <= width + 1e-9
    estimate = wilson(round(share * n), n)
    assert (estimate.high - estimate.low) / 2 == pytest.approx(width, rel=0.25)


def test_a_small_pool_needs_fewer():
    assert labels_needed(0.8, 0.05, population=300) < labels_needed(0.8, 0.05) == 246
    assert labels_needed(0.8, 0.001, population=300) <= 300
