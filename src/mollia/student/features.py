"""From an encoder to what a student's head reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from scipy import sparse

from mollia.arrays import Floats
from mollia.errors import DataError
from mollia.protocols import Encoder
from mollia.stored import Stored


class HeadFeatures(Protocol):
    """Features fitted on the training texts, dense or sparse, that can be stored without pickle.

    The class is registered under its `kind` in `mollia.registry` and has a class method
    `load(folder, config, arrays)`, the inverse of `save`. Encoders offer them through `head_features()`; for others their vectors serve as they are.
    """

    def fit(self, texts: Sequence[str], /) -> Self:
        """Learn from texts without labels."""
        ...

    def transform(self, texts: Sequence[str], /) -> sparse.csr_array | Floats:
        """Return rows (n, V)."""
        ...

    def save(self, folder: Path, /) -> Stored:
        """Write files to `folder`; return what is to be stored beside them."""
        ...


def features_of(encoder: Encoder) -> HeadFeatures:
    """Return the unfitted features a head reads from an encoder."""
    make = getattr(encoder, "head_features", None)
    features: HeadFeatures = make() if make else AsTheyAre(encoder)
    return features


def is_fitted(encoder: object) -> bool:
    """Tell whether an encoder has learned from texts, by scikit-learn's convention."""
    say = getattr(encoder, "__sklearn_is_fitted__", None)
    if say is not None:
        return bool(say())
    return any(name.endswith("_") and not name.startswith("_") for name in vars(encoder))


class AsTheyAre:
    """The vectors of an encoder that offers no features of its own; nothing to learn or store."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def fit(self, texts: Sequence[str], /) -> Self:  # noqa: ARG002  # the protocol's signature
        """Return itself."""
        return self

    def transform(self, texts: Sequence[str], /) -> Floats:
        """Return the encoder's rows (n, d)."""
        return self.encoder.encode(texts).astype(np.float64)

    def save(self, folder: Path, /) -> Stored:
        """Refuse: a plain encoder does not say how it is rebuilt.

        Raises
        ------
        DataError
            Always.
        """
        raise DataError(
            f"A student on the encoder {self.encoder.name!r} cannot be written to {folder}: "
            "the encoder does not say how it is stored.",
            hint="Use the lexical or the onnx encoder, or give the encoder a method head_features().",
        )
