import math

import pytest

from mollia.errors import DataError
from mollia.panel.costs import Asking, make_costs
from mollia.panel.parts import Part

ZA, CA, CB = Part(llm="a", view="z"), Part(llm="a", view="c"), Part(llm="b", view="c")
PARTS = (ZA, CA, CB)


def test_probabilities_take_one_reading_of_the_text_and_votes_one_a_sample():
    costs = make_costs(PARTS, {"a": Asking(calls=22), "b": Asking(calls=3)}, samples={"a": 10, "b": 1})
    assert costs.by_part == pytest.approx({ZA: 2.0, CA: 20.0, CB: 3.0})
    assert costs.whole == pytest.approx(25)
    assert costs.of([ZA, CB]) == pytest.approx(5)


@pytest.mark.parametrize(
    ("of_a", "of_b", "unit"),
    [
        ({"money": 1, "seconds": 2}, {"money": 3, "seconds": 1}, "money"),
        ({"money": 1, "seconds": 2}, {"money": 0, "seconds": 1}, "seconds"),
        ({"money": 1, "tokens": 200}, {"tokens": 100, "seconds": 1}, "tokens"),
        ({}, {"money": 1, "tokens": 100, "seconds": 1}, "calls"),
    ],
)
def test_the_unit_is_the_first_that_is_known_for_every_llm(of_a, of_b, unit):
    asking = {"a": Asking(**of_a), "b": Asking(**of_b)}
    costs = make_costs(PARTS, asking, samples={})
    assert costs.unit == unit
    assert costs.by_part[CB] == getattr(asking["b"], unit)


def test_a_unit_that_is_not_known_is_refused_with_the_llms_that_lack_it():
    asking = {"a": Asking(seconds=1), "b": Asking()}
    assert math.isnan(asking["b"].seconds)
    with pytest.raises(DataError, match=r"seconds is not known for: b\."):
        make_costs(PARTS, asking, samples={}, unit="seconds")
    with pytest.raises(DataError, match=r'"second".*Did you mean "seconds"'):
        make_costs(PARTS, asking, samples={}, unit="second")
