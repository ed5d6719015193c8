"""Vectors a person brings along."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from mollia.arrays import Floats, Matrix, Vector
from mollia.errors import DataError
from mollia.parameters import Constraints
from mollia.stored import Stored

KIND = "vectors"  # its name in the registry


class OfTheData(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """The encoder "vectors" by its name alone: a task puts `Precomputed` with the vectors of its data in its place.

    Attributes
    ----------
    name, dim : str, int
        "vectors" and 0.

    Examples
    --------
    >>> from mollia.encode.precomputed import OfTheData
    >>> OfTheData().encode([]).shape
    (0, 0)
    """

    _parameter_constraints: ClassVar[Constraints] = {}
    name, dim = "vectors", 0

    def fit(self, texts: Sequence[str], /) -> Self:  # noqa: ARG002  # the protocol's signature
        """Return itself; nothing is learned."""
        return self

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Refuse texts: their vectors are not here.

        Raises
        ------
        DataError
            Where there is a text.
        """
        if len(texts):
            raise DataError(
                'The encoder "vectors" has no vectors outside of a task.',
                hint="In Python, give the student an encoder: mollia.encode.precomputed.Precomputed(texts, vectors).",
            )
        return np.zeros((0, 0), np.float32)


class Precomputed:
    """Looks vectors up by text (protocol Encoder).

    Parameters
    ----------
    texts : sequence of str
        n texts; of equal ones the first counts.
    vectors : array-like (n, d)
        Finite numbers.
    columns : d names, optional
        Where the vectors came from columns of a table: measures of different units, which are brought to mean 0 and
        standard deviation 1. Other vectors keep their directions; `scaled` brings them to a mean length of 1.

    Attributes
    ----------
    name, dim : str, int
        `precomputed-` and a hash of the vectors; their width d.

    Raises
    ------
    DataError
        When the shapes do not fit or a vector is not finite.

    Examples
    --------
    >>> from mollia.encode.precomputed import Precomputed
    >>> Precomputed(["a", "b"], [[1.0, 2.0], [3.0, 4.0]]).encode(["b", "a"]).tolist()
    [[3.0, 4.0], [1.0, 2.0]]
    """

    def __init__(
        self,
        texts: Sequence[str],
        vectors: ArrayLike,
        *,
        columns: Sequence[str] = (),
        scaled: bool = False,
    ) -> None:
        rows = np.asarray(vectors, np.float32)
        if rows.ndim != 2 or len(rows) != len(texts):  # noqa: PLR2004  # (n, d)
            raise DataError(
                f"{len(texts)} texts need vectors of shape ({len(texts)}, d); these are {rows.shape}."
            )
        if not np.isfinite(rows).all():
            row = int((~np.isfinite(rows).all(1)).argmax())
            raise DataError(f"The vector of text {row} ({texts[row][:40]!r}) is not finite.")
        self.columns = tuple(columns)
        wide = np.asarray(rows, np.float64)
        self.centre: Vector = np.zeros(rows.shape[1])
        self.scale: Vector = np.ones(rows.shape[1])
        if columns:
            self.centre = wide.mean(0)
            self.scale = np.where(wide.std(0) > 0, wide.std(0), 1.0)
        elif scaled:
            self.scale *= float(np.linalg.norm(wide, axis=1).mean()) or 1.0
        self.vectors: Matrix = ((wide - self.centre) / self.scale).astype(np.float32)
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

    def head_features(self) -> VectorFeatures:
        """Return what a student's head reads: the vectors."""
        return VectorFeatures(self.centre, self.scale, columns=self.columns, encoder=self)

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


class VectorFeatures:
    """Vectors as a student's head reads them: looked up by text, or given as an array (n, d) as they came.

    A stored one knows the columns they come from and their scale, and looks nothing up.
    """

    def __init__(
        self,
        centre: Floats,
        scale: Floats,
        *,
        columns: Sequence[str] = (),
        encoder: Precomputed | None = None,
    ) -> None:
        self.centre, self.scale = centre, scale
        self.columns = tuple(columns)
        self.encoder = encoder

    def fit(self, texts: Sequence[str], /) -> Self:  # noqa: ARG002  # the protocol's signature
        """Return itself; nothing is learned."""
        return self

    def transform(self, texts: Sequence[str] | Floats, /) -> Floats:
        """Return the rows (n, d) in float64; zeros for a blank text.

        Raises
        ------
        DataError
            For a text without a vector, and an array of another width.
        """
        if isinstance(texts, np.ndarray):
            if texts.ndim != 2 or texts.shape[1] != len(self.scale):  # noqa: PLR2004  # (n, d)
                raise DataError(
                    f"This student reads vectors of {len(self.scale)} numbers; these are {texts.shape}."
                )
            return (np.asarray(texts, np.float64) - self.centre) / self.scale
        out = np.zeros((len(texts), len(self.scale)))
        rows = [row for row, text in enumerate(texts) if text.strip()]
        if rows and self.encoder is None:
            raise DataError(
                "This student reads vectors, not texts.",
                hint="Give it an array of vectors (n, d), as the student's run had them.",
            )
        if rows and self.encoder is not None:
            out[rows] = self.encoder.encode([texts[row] for row in rows])
        return out

    def save(self, folder: Path, /) -> Stored:  # noqa: ARG002  # the protocol's signature
        """Store the columns' names and the scale."""
        arrays = {"centre": np.asarray(self.centre, np.float64), "scale": np.asarray(self.scale, np.float64)}
        return Stored(kind=KIND, config={"columns": list(self.columns)}, arrays=arrays)

    @classmethod
    def load(cls, folder: Path, config: Mapping[str, Any], arrays: Mapping[str, Floats], /) -> Self:  # noqa: ARG003  # the protocol's signature
        """Rebuild them, without vectors to look up."""
        return cls(arrays["centre"], arrays["scale"], columns=config["columns"])
