"""What linear models of TF-IDF say of very many texts, without the TF-IDF: most of it is a sum over the texts' parts.

A gram that occurs c times in a text weighs (1 + log c) idf, and a block of a text's grams has length 1. Most grams occur once, so

    sum_g (1 + log c_g) idf_g coef_g = sum_p sum_g c_pg idf_g coef_g + sum_(c_g > 1) (1 + log c_g - c_g) idf_g coef_g

over the text's parts p (what lies between two blanks): the first sum is made once for each distinct part, the second is
short. The squared length is a sum of the same kind. `TextVectors.times` gives the same numbers, to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from mollia.arrays import Matrix
from mollia.fusion.gram_counts import PartGrams, WordGrams, cut_lower
from mollia.fusion.text_vectors import MAX_CHARACTERS, TextVectors

AT_ONCE = 8192  # texts whose grams are counted at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSums:
    """Linear models of TF-IDF, by block: grams, idf times coefficients (V, k), and squared idf (V,)."""

    words: WordGrams
    of_words: Matrix
    squares_of_words: Matrix
    pieces: PartGrams
    of_pieces: Matrix
    squares_of_pieces: Matrix

    @classmethod
    def of(cls, learned: TextVectors, coef: Matrix) -> Self:
        """Return what gives the TF-IDF of texts times coef (V, k)."""
        words, pieces = learned.grams_
        if not isinstance(words, WordGrams) or not isinstance(pieces, PartGrams):
            raise TypeError("The vectors' grams are those of words, then those inside words.")
        first, second = (idf.astype(np.float32) for idf in learned.idf_)
        return cls(
            words=words,
            of_words=first[:, None] * coef[: len(first)],
            squares_of_words=first**2,
            pieces=pieces,
            of_pieces=second[:, None] * coef[len(first) :],
            squares_of_pieces=second**2,
        )

    def __call__(self, texts: Sequence[str]) -> Matrix:
        """Return the TF-IDF of texts times the coefficients, (n, k)."""
        out = np.zeros((len(texts), self.of_words.shape[1]), np.float32)
        cut = cut_lower(texts, MAX_CHARACTERS)
        by_part = self.pieces.by_part(cut.names)
        of_part = by_part @ np.column_stack([self.of_pieces, self.squares_of_pieces])
        of_words = self.words.in_parts(cut.names)
        for start in range(0, len(texts), AT_ONCE):
            rows = slice(start, min(start + AT_ONCE, len(texts)))
            some = cut[rows]
            parts = some.matrix
            sums = parts @ of_part
            counts = parts @ by_part
            repeated = _above_one(counts)
            out[rows] = _at_length_one(*self._with_repeats(sums, repeated))
            counts = self.words.counts_of(some, of_words)
            counts.data = 1 + np.log(counts.data)
            sums = counts @ self.of_words
            counts.data **= 2
            out[rows] += _at_length_one(sums, counts @ self.squares_of_words)
        return out

    def _with_repeats(self, sums: Matrix, repeated: sparse.csr_matrix) -> tuple[Matrix, Matrix]:
        """Return sums (n, k) and squared lengths (n,) from those over parts (n, k + 1) and the counts above 1."""
        times = repeated.data
        weight = 1 + np.log(times)
        repeated.data = weight - times
        values = sums[:, :-1] + repeated @ self.of_pieces
        repeated.data = weight**2 - times
        return values, sums[:, -1] + repeated @ self.squares_of_pieces


def _above_one(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return a matrix' entries above 1."""
    kept = np.flatnonzero(counts.data > 1)
    bounds = np.searchsorted(kept, counts.indptr)
    return sparse.csr_matrix((counts.data[kept], counts.indices[kept], bounds), shape=counts.shape)


def _at_length_one(values: Matrix, squares: Matrix) -> Matrix:
    """Return values (n, k) over the lengths whose squares (n,) are given; zeros where there is no gram."""
    length = np.sqrt(np.where(squares > 0, squares, np.float32(1)))
    out: Matrix = (values / length[:, None]).astype(np.float32, copy=False)
    return out
