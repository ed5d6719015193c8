"""What an estimator's parameters may be, checked when it is fitted, with one form of error.

An estimator lists them in `_parameter_constraints`, as scikit-learn's own do, and calls
`check_parameters(self)` at the start of `fit`:

    _parameter_constraints: ClassVar[Constraints] = {"sigma": real(0, 1), "n_jobs": whole() | NONE}
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from os import PathLike
from typing import ClassVar, Protocol, cast

import numpy as np

from mollia.errors import ParameterError

SHOWN = 80  # characters of a wrong value


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A test of a value, and what it asks for, as it is said after "must be"."""

    asks: str
    holds: Callable[[object], bool]

    def __or__(self, other: Constraint) -> Constraint:
        """Return what takes the values of either."""
        return Constraint(
            asks=f"{self.asks} or {other.asks}", holds=lambda value: self.holds(value) or other.holds(value)
        )


Constraints = Mapping[str, Constraint]


def whole(low: int | None = None) -> Constraint:
    """A whole number of at least `low`."""

    def holds(value: object) -> bool:
        return _is_a(value, Integral) and (low is None or int(cast("int", value)) >= low)

    return Constraint(asks=f"a whole number{'' if low is None else f' of at least {low}'}", holds=holds)


def real(low: float, high: float = math.inf, *, above: bool = False) -> Constraint:
    """A finite number from `low` to `high`; `above`: greater than `low`."""

    def holds(value: object) -> bool:
        if not _is_a(value, Real):
            return False
        number = float(cast("float", value))
        return math.isfinite(number) and low <= number <= high and not (above and number == low)

    start = f"above {low:g}" if above else f"of at least {low:g}"
    return Constraint(
        asks=f"a number {start}{'' if high == math.inf else f' and at most {high:g}'}", holds=holds
    )


def one_of(*names: str) -> Constraint:
    """One of some strings."""
    return Constraint(
        asks=" or ".join(f'"{name}"' for name in names),
        holds=lambda value: isinstance(value, str) and value in names,
    )


def _is_a(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def offers(method: str) -> Constraint:
    """An object with a method of that name."""
    return Constraint(
        asks=f"an object with the method {method}",
        holds=lambda value: not isinstance(value, type) and callable(getattr(value, method, None)),
    )


FLAG = Constraint(asks="True or False", holds=lambda value: isinstance(value, bool | np.bool_))
TEXT = Constraint(asks="a string", holds=lambda value: isinstance(value, str | PathLike) and value != "")
FUNCTION = Constraint(asks="a function", holds=callable)
NONE = Constraint(asks="None", holds=lambda value: value is None)
STATE = whole(0) | NONE  # a random_state


class _Estimator(Protocol):
    _parameter_constraints: ClassVar[Constraints]


def check_parameters(estimator: _Estimator) -> None:
    """Refuse values that the estimator's parameters cannot have.

    Raises
    ------
    ParameterError
        With the first such parameter, what it may be, and what it is.
    """
    for name, constraint in estimator._parameter_constraints.items():  # noqa: SLF001  # scikit-learn's name for them
        value = getattr(estimator, name)
        if not constraint.holds(value):
            raise ParameterError(
                f"The parameter {name} of {type(estimator).__name__} must be {constraint.asks}; "
                f"it is {repr(value)[:SHOWN]}."
            )
