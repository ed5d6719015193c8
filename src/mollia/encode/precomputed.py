"""Vectors a person brings along."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from mollia.arrays import Matrix
from mollia.errors import DataError


class Precomputed:
    """Looks vectors up by text (protocol Encoder).

    Parameters
    ----------
    texts : sequence of str
        n texts; of equal ones the first counts.
    vectors : array-like (n, d)
        Finite numbers.

    Raises
    ------
    DataError
        When the shapes do not fit or a vector is not finite.
    """

    def __init__(self, texts: Sequence[str], vectors: ArrayLike) -> None:
        rows = np.asarray(vectors, np.float32)
        if rows.ndim != 2 or len(rows) != len(texts):  # noqa: PLR2004  # (n, d)
            raise DataError(
                f"{len(texts)} texts need vectors of shape ({len(texts)}, d); these are {rows.shape}."
            )
        if not np.isfinite(rows).all():
            row = int((~np.isfinite(rows).all(1)).argmax())
            raise DataError(f"The vector of text {row} ({texts[row][:40]!r}) is not finite.")
        self.vectors: Matrix = rows
        self.row_of = {text: row for row, text in reversed(list(enumerate(texts)))}

    @classmethod
    def from_npz(cls, path: str | Path) -> Self:
        """Read arrays `texts` (n,) and `vectors` (n, d) from an .npz file, without pickle.

        Raises
        ------
        DataError
            When the file holds anything else.
        """
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return cls(arrays["texts"].tolist(), arrays["vectors"])
        except (OSError, ValueError, KeyError) as error:
            raise DataError(
                f"{path} holds no vectors: {error}.",
                hint="Write it with numpy.savez(path, texts=..., vectors=...).",
            ) from error

    @property
    def name(self) -> str:
        """`precomputed-` and a hash of the vectors."""
        return f"precomputed-{hashlib.sha256(self.vectors.tobytes()).hexdigest()[:16]}"

    @property
    def dim(self) -> int:
        """The vectors' width."""
        return int(self.vectors.shape[1])

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return the rows (n, d) of texts.

        Raises
        ------
        DataError
            For a text without a vector.
        """
        missing = [text for text in texts if text not in self.row_of]
        if missing:
            raise DataError(
                f"{len(missing)} of {len(texts)} texts have no vector, the first is {missing[0][:60]!r}.",
                hint="Compute the vectors of the whole pool, from the texts exactly as read.",
            )
        found: Matrix = self.vectors[[self.row_of[text] for text in texts]]
        return found.reshape(len(texts), self.dim)
