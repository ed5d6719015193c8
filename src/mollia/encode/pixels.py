"""Vectors of images without any weights: colours on a coarse grid, and histograms of the directions of edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator

from mollia.arrays import Floats, Matrix
from mollia.content import content_bytes
from mollia.images import pixels
from mollia.parameters import Constraints
from mollia.stored import Stored

KIND = "pixels"  # its name in the registry
SIDE = 32  # pixels an image is made of
CELLS = 8  # by CELLS cells, of a colour and a histogram each
DIRECTIONS = 9  # bins of a half turn
COLOUR_SHARE = 0.5  # of the vectors' squared length


class Pixels(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Simple features of images (protocol Encoder); a row is a reference (`mollia.content`) or a path.

    An image is made 32 x 32 pixels, whatever its shape. Half of a vector are the mean colours of 8 x 8 cells around
    their mean, the other half each cell's histogram of the directions of its edges (unsigned, nine bins, weighed by
    their strength; Dalal and Triggs, CVPR 2005, without its overlapping blocks). Each half has length 1 at most.

    Attributes
    ----------
    name, dim : str, int
        Of this way of reading images; the width 768.

    Examples
    --------
    Of a picture of one white pixel, and of a row without one:

    >>> from mollia.encode.pixels import Pixels
    >>> white = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
    >>> Pixels().encode([white, ""]).shape
    (2, 768)
    """

    _parameter_constraints: ClassVar[Constraints] = {}
    name = "pixels-1-32-8-9"
    dim = CELLS * CELLS * (3 + DIRECTIONS)
    reads = "image"

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return float32 rows (n, 768); zeros for a row without an image.

        Raises
        ------
        MissingExtra
            Without Pillow.
        DataError
            When an image cannot be read.
        """
        out: Matrix = np.zeros((len(texts), self.dim), np.float32)
        for row, reference in enumerate(texts):
            if reference.strip():
                out[row] = features(pixels(content_bytes(reference), (SIDE, SIDE)))
        return out

    def head_features(self) -> Self:
        """Return itself: a student's head reads the vectors as they are."""
        return self

    def fit(self, texts: Sequence[str], /) -> Self:  # noqa: ARG002  # the protocol's signature
        """Return itself; nothing is learned."""
        return self

    def transform(self, texts: Sequence[str], /) -> Floats:
        """Return the rows (n, 768) in float64."""
        return self.encode(texts).astype(np.float64)

    def save(self, folder: Path, /) -> Stored:  # noqa: ARG002  # the protocol's signature
        """Store its name: there is nothing else to it."""
        return Stored(kind=KIND, config={"name": self.name})

    @classmethod
    def load(cls, folder: Path, config: Mapping[str, Any], arrays: Mapping[str, Floats], /) -> Self:  # noqa: ARG003  # the protocol's signature
        """Rebuild it."""
        if config.get("name") != cls.name:
            raise ValueError(f"it reads images as {config.get('name')}, this mollia as {cls.name}")
        return cls()


def features(image: Floats) -> Floats:
    """Return the vector (768,) of an image (32, 32, 3) with values from 0 to 1."""
    colours = image.reshape(CELLS, SIDE // CELLS, CELLS, SIDE // CELLS, 3).mean((1, 3))
    colours = (colours - colours.mean((0, 1))).ravel()
    down, right = np.gradient(image.mean(2))
    strength = np.hypot(down, right)
    turn = (np.arctan2(down, right) % np.pi) * (DIRECTIONS / np.pi)  # 0 to DIRECTIONS
    low = np.floor(turn)
    share = turn - low  # of the next bin
    cell = np.arange(SIDE) // (SIDE // CELLS)
    place = cell[:, None] * CELLS + cell[None, :]
    histogram = np.zeros((CELLS * CELLS, DIRECTIONS))
    for bins, weight in ((low, 1 - share), (low + 1, share)):
        np.add.at(histogram, (place, bins.astype(np.int64) % DIRECTIONS), strength * weight)
    edges = np.sqrt(histogram).ravel()  # a strong edge does not drown the weak ones
    halves = ((colours, COLOUR_SHARE), (edges, 1 - COLOUR_SHARE))
    return np.concatenate(
        [np.sqrt(part) * half / max(float(np.linalg.norm(half)), 1e-9) for half, part in halves]
    )
