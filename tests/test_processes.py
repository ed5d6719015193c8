import os
from functools import partial
from operator import add

import pytest

from mollia.errors import MolliaError
from mollia.processes import in_order

BATCHES = [(f"batch {n}", [n]) for n in range(12)]


@pytest.mark.parametrize("helpers", [0, 1, 3])
def test_results_come_with_their_batches_in_order_however_many_helpers_there_are(helpers):
    found = list(in_order(partial(add, [7]), iter(BATCHES), helpers=helpers))
    assert found == [(f"batch {n}", [7, n]) for n in range(12)]


def test_a_few_batches_are_drawn_ahead_and_no_more():
    drawn = []
    batches = ((n, drawn.append(n) or [n]) for n in range(100))
    results = in_order(partial(add, [7]), batches, helpers=1)
    assert next(results) == (0, [7, 0])
    results.close()
    assert len(drawn) < 6


def test_what_goes_wrong_in_a_helper_is_raised_here():
    with pytest.raises(TypeError, match="can only concatenate list"):
        list(in_order(partial(add, [7]), [("batch", "no list")], helpers=1))


def test_a_helper_that_is_ended_from_outside_is_said():
    with pytest.raises(MolliaError, match="A helper process was ended from outside"):
        list(in_order(os._exit, [("batch", 1)], helpers=1))
