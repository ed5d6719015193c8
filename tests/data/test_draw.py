import numpy as np
import pytest

from mollia.data.draw import at_random
from mollia.errors import DataError
from mollia.randomness import generator


def test_rows_are_distinct_and_repeat_with_the_state():
    rows, chance = at_random(1000, 50, generator(0, "seed"))
    again, _ = at_random(1000, 50, generator(0, "seed"))
    other, _ = at_random(1000, 50, generator(1, "seed"))
    assert len(set(rows.tolist())) == 50
    assert np.array_equal(rows, again)
    assert not np.array_equal(rows, other)
    assert (chance == 0.05).all()


@pytest.mark.parametrize("grouped", [False, True])
def test_the_stated_chance_is_how_often_a_row_is_drawn(grouped):
    groups = np.array([0, 0, 0, 1, 2, 3, 3, 4])
    counts, stated = np.zeros(8), np.zeros(8)
    for state in range(4000):
        rows, chance = at_random(8, 3, generator(state, "draw"), groups=groups if grouped else None)
        counts[rows] += 1
        stated[rows] = chance
        if grouped:
            assert len(set(groups[rows].tolist())) == 3
    # four standard errors of a share of 4,000 draws
    assert np.abs(counts / 4000 - stated).max() < 4 * np.sqrt(0.25 / 4000)


@pytest.mark.parametrize("groups", [None, np.array([0, 1, 1])])
def test_more_than_there_is_cannot_be_drawn(groups):
    with pytest.raises(DataError, match="cannot be drawn"):
        at_random(3, 4 if groups is None else 3, generator(0, "x"), groups=groups)


def test_nothing_can_be_drawn_from_nothing():
    rows, chance = at_random(0, 0, generator(0, "x"))
    assert len(rows) == len(chance) == 0
