"""Every estimator of the registry refuses values its parameters cannot have, in one form."""

import math
from functools import partial
from inspect import signature

import numpy as np
import pytest
from sklearn.base import clone

from mollia.encode.tfidf import Tfidf
from mollia.errors import MolliaError, ParameterError
from mollia.fusion import MoLAM
from mollia.parameters import FLAG, FUNCTION, NONE, STATE, TEXT, offers, one_of, real, whole
from mollia.records import PanelAnswers
from mollia.registry import find, names

TEXTS = ["one text", "another text", "a third"]
WRONG = (object(), "high", "", -1, 0.5, 1.7, math.nan, math.inf, True, None, [1], str)


def panel():
    mass = np.full((3, 1, 2), 0.5)
    return PanelAnswers(ids=("a", "b", "c"), llms=("llm",), z=mass, c=mass)


def fit(kind, estimator):
    if kind == "fuser":
        estimator.fit(panel(), np.array([0, 1, -1]))
    elif kind == "student":
        estimator.fit(TEXTS, np.full((3, 2), 0.5))
    else:
        estimator.fit(TEXTS)


def estimator_of(kind, name):
    """Return the class; a name may stand for a class with some of its parameters set."""
    found = find(kind, name)
    return found.func if isinstance(found, partial) else found


ESTIMATORS = [
    (kind, estimator_of(kind, name)) for kind in ("fuser", "student", "encoder") for name in names(kind)
]
ESTIMATORS.append(("features", Tfidf))
PARAMETERS = [
    pytest.param(kind, maker, parameter, id=f"{maker.__name__}-{parameter}")
    for kind, maker in dict.fromkeys(ESTIMATORS)
    for parameter in signature(maker).parameters
]


@pytest.mark.parametrize(("kind", "maker", "parameter"), PARAMETERS)
def test_a_value_a_parameter_cannot_have_is_refused_by_fit(kind, maker, parameter):
    allowed = maker._parameter_constraints[parameter]
    assert allowed.holds(getattr(maker(), parameter)), "its own default"
    refused = [value for value in WRONG if not allowed.holds(value)]
    assert len(refused) >= 4
    for value in refused:
        estimator = clone(maker()).set_params(**{parameter: value})
        with pytest.raises(ParameterError, match=f"parameter {parameter} of {maker.__name__} must be "):
            fit(kind, estimator)


@pytest.mark.parametrize(("kind", "maker"), dict.fromkeys(ESTIMATORS))
def test_each_parameter_has_a_constraint(kind, maker):
    assert set(maker._parameter_constraints) == set(signature(maker).parameters)


def test_the_error_names_what_is_expected_and_what_was_found():
    with pytest.raises(MolliaError) as found:
        MoLAM(sigma=1.7).fit(panel(), np.array([0, 1, -1]))
    assert (
        str(found.value)
        == "The parameter sigma of MoLAM must be a number of at least 0 and at most 1; it is 1.7."
    )
    assert isinstance(found.value, ValueError)


@pytest.mark.parametrize(
    ("constraint", "good", "bad"),
    [
        (whole(), [0, -3, np.int64(5)], [1.0, True, "1", None]),
        (whole(1), [1, 10**9], [0, -1]),
        (real(0, 1), [0, 1, 0.5, np.float32(0.2)], [-0.1, 1.1, math.nan, "0.5", False]),
        (real(0, above=True), [1e-9, 3], [0, math.inf]),
        (one_of("a", "b"), ["a", "b"], ["c", "", 1, None, ["a"]]),
        (FLAG, [True, False, np.True_], [0, 1, "yes", None]),
        (TEXT, ["a"], ["", 1, None]),
        (STATE, [0, 7, None], [-1, 1.5, "0", True]),
        (FUNCTION | NONE, [len, None], [3, "len"]),
        (offers("encode"), ["str.encode"], [3, None, str]),
    ],
)
def test_constraints_hold_for_the_right_values_alone(constraint, good, bad):
    assert all(constraint.holds(value) for value in good)
    assert not any(constraint.holds(value) for value in bad)
