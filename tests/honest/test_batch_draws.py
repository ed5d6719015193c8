import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.data.draw import capped_chances, systematic
from mollia.errors import DataError, NotEnoughLabels
from mollia.honest.accuracy import WORTH
from mollia.honest.batch_draws import batch_accuracy, open_weights
from mollia.honest.intervals import wilson_bounds
from mollia.query.review_order import doubt


def test_one_even_batch_stands_for_the_other_rows_in_equal_parts():
    weight = open_weights(np.zeros(50, int), np.full(50, 0.1))
    assert weight == pytest.approx(np.full(50, 9.0))  # 500 rows, 450 of them open


def test_weights_of_several_batches_sum_to_the_open_rows_when_chances_are_even():
    batch = np.repeat([0, 1, 2], 10)
    chance = np.repeat([10 / 300, 10 / 290, 10 / 280], 10)
    assert open_weights(batch, chance).sum() == pytest.approx(270)


def test_a_batch_that_was_not_finished_speaks_for_as_many_rows():
    whole = open_weights(np.zeros(4, int), np.full(4, 0.04), size=np.full(4, 4))
    part = open_weights(np.zeros(2, int), np.full(2, 0.04), size=np.full(2, 4))
    assert whole.sum() == pytest.approx(96)
    assert part.sum() == pytest.approx(98)


def test_a_row_that_a_rule_picked_is_taken_off_and_nothing_more():
    batch, chance = np.array([0, 0, 1, 1, 1]), np.array([0.02, 0.02, 0.02, 0.02, np.nan])
    weight = open_weights(batch, chance)
    assert weight[-1] == -1
    picked_early = open_weights(np.array([0, 0, 0, 1, 1]), np.array([0.02, 0.02, np.nan, 0.02, 0.02]))
    assert picked_early[2] == pytest.approx(-0.5)  # the second batch, half of the draw, knew its label


def test_a_text_with_copies_speaks_for_other_texts_and_all_their_rows():
    """20 texts of three rows each, four of them drawn: 16 texts, 48 rows are open."""
    weight = open_weights(np.zeros(4, int), np.full(4, 0.2 / 3), copies=np.full(4, 3))
    assert weight.sum() == pytest.approx(48)


def test_chances_that_cannot_be_are_refused():
    with pytest.raises(DataError, match="above 0 and at most 1"):
        open_weights(np.zeros(2, int), np.array([0.5, 1.5]))
    with pytest.raises(DataError, match="No row has a known chance"):
        open_weights(np.zeros(2, int), np.full(2, np.nan))


def test_even_weights_and_a_flat_confidence_give_wilsons_interval():
    right = np.arange(40) < 30
    found = batch_accuracy(
        right, np.full(40, 0.7), np.full(40, 9.0), open_confidence=0.7, n_open=360, worth=1.0
    )
    assert found.value == pytest.approx(0.75)
    assert (found.n_human, found.n_rows) == (40, 360)
    assert (found.low, found.high) == pytest.approx(wilson_bounds(0.75, 40, 0.95))


def test_two_rows_give_no_figure():
    with pytest.raises(NotEnoughLabels, match="2 labelled rows"):
        batch_accuracy(np.ones(2, bool), np.ones(2), np.ones(2), open_confidence=1.0, n_open=10, worth=WORTH)


@given(
    st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=60),
    st.integers(0, 60),
    st.integers(0, 2**32 - 1),
)
def test_a_systematic_draw_takes_the_asked_number_of_different_rows(weights, n, seed):
    weight, n = np.array(weights), min(n, len(weights))
    chance = capped_chances(weight, n)
    assert chance.sum() == pytest.approx(n)
    assert ((chance >= 0) & (chance <= 1)).all()
    drawn = systematic(chance, np.random.default_rng(seed))
    assert len(drawn) == n
    assert len(np.unique(drawn)) == n


def test_rows_are_drawn_as_often_as_their_chances_say():
    rng = np.random.default_rng(0)
    chance = capped_chances(np.array([8.0, 4, 2, 1, 1]), 2)
    counts = np.zeros(5)
    for _ in range(4000):
        counts[systematic(chance, rng)] += 1
    assert counts / 4000 == pytest.approx(chance, abs=0.03)


def test_the_interval_holds_where_doubtful_rows_were_drawn_more_often():
    """1,000 simulated seeds of five batches: the row's confidence is honest, doubt decides the chance."""
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(1000):
        n_rows = 600
        confidence = rng.beta(4, 1.5, n_rows) * 0.5 + 0.5
        right = rng.random(n_rows) < confidence
        d = doubt(np.stack([confidence, 1 - confidence], 1))
        rows, batch, chance = [], [], []
        for number in range(5):
            open_rows = np.setdiff1d(np.arange(n_rows), rows)
            d2 = np.maximum(d[open_rows], 1e-6) ** 2
            pi = capped_chances(0.2 / len(open_rows) + 0.8 * d2 / d2.sum(), 10)
            drawn = systematic(pi, rng)
            rows += open_rows[drawn].tolist()
            batch += [number] * 10
            chance += pi[drawn].tolist()
        left = np.setdiff1d(np.arange(n_rows), rows)
        found = batch_accuracy(
            right[rows],
            confidence[rows],
            open_weights(np.array(batch), np.array(chance)),
            open_confidence=float(confidence[left].mean()),
            n_open=len(left),
            worth=1.0,
        )
        held += found.low <= right[left].mean() <= found.high
    assert held >= 930
