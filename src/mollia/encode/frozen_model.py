"""What encoders share whose model learns nothing here: they are always ready, and a head reads their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar, Protocol, Self

import numpy as np

from mollia.arrays import Floats, Matrix
from mollia.parameters import Constraints, check_parameters


class FrozenModel(Protocol):
    """An encoder that is not trained; what offers `encode` has the rest from here."""

    _parameter_constraints: ClassVar[Constraints]

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return float32 rows (n, d)."""
        ...

    def __sklearn_is_fitted__(self) -> bool:
        """A frozen encoder is always ready."""
        return True

    def __sklearn_clone__(self) -> Self:
        """Return itself: there is nothing to forget, and the model is loaded once."""
        return self

    @cached_property
    def dim(self) -> int:
        """The model's width d."""
        return int(self.encode(["a"]).shape[1])

    def head_features(self) -> Self:
        """Return itself: the head reads the vectors."""
        return self

    def fit(self, texts: Sequence[str], /) -> Self:  # noqa: ARG002  # the protocol's signature
        """Return itself; nothing is learned."""
        check_parameters(self)
        return self

    def transform(self, texts: Sequence[str], /) -> Floats:
        """Return `encode`'s rows in float64, for a student's head."""
        return self.encode(texts).astype(np.float64)
