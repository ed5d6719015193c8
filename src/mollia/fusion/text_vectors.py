"""The default text view: latent semantic vectors of TF-IDF, learned from the pool itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, TypeVar

import numpy as np
from scipy import linalg, sparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd

from mollia.arrays import Matrix, Vector
from mollia.fusion.gram_counts import (
    PartGrams,
    Parts,
    WordGrams,
    cut_lower,
    learn_part_grams,
    learn_word_grams,
)
from mollia.fusion.wide_svd import right_vectors
from mollia.randomness import child_seed, generator
from mollia.strings import taken
from mollia.threads import at_once, both

MAX_CHARACTERS = 2000
MOST_GRAMS = 20_000  # of characters inside words
LEARN_FROM = 5000  # vocabulary and projection are learned from at most this many texts
AT_ONCE = 2500  # texts projected at a time, side by side
CHUNK = 10_000_000  # characters projected at a time
WIDE = 2000  # texts above which there is enough to do for two cores, and for a projection of our own
POWER = 3  # iterations of the randomised SVD

G = TypeVar("G", WordGrams, PartGrams)


class TextVectors(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """`dim`-d projection of TF-IDF over word 1-2-grams and character 2-4-grams inside words.

    A pool without a word (all texts empty) gives vectors of width 0 (FUSION, step 4).
    """

    def __init__(self, *, dim: int = 256, random_state: int | None = 0) -> None:
        self.dim = dim
        self.random_state = random_state

    def fit(self, texts: Sequence[str], y: object = None) -> Self:  # noqa: ARG002  # scikit-learn's signature
        """Learn vocabulary, weights and projection."""
        self._learn(texts)
        return self

    def fit_transform(self, texts: Sequence[str], y: object = None) -> Matrix:  # noqa: ARG002  # as above
        """Learn from the texts and return their vectors (n, d)."""
        blocks = self._learn(texts)
        if blocks is None:
            return self.transform(texts)
        if len(texts) > LEARN_FROM:
            parts = [texts[start : start + AT_ONCE] for start in range(0, len(texts), AT_ONCE)]
            return np.concatenate(list(at_once(self.transform, parts)))
        return np.asarray(sparse.csr_matrix(sparse.hstack(blocks)) @ self.components_, np.float32)

    def transform(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors (n, d); zeros for a text of unknown words."""
        if not hasattr(self, "components_"):
            raise NotFittedError("TextVectors has no vocabulary yet: call fit with the pool's texts first.")
        return self.times(texts, self.components_)

    def times(self, texts: Sequence[str], coef: Matrix) -> Matrix:
        """Return the TF-IDF of texts times coef (V, k); the vectors are its product with the projection."""
        out = np.zeros((len(texts), coef.shape[1]), np.float32)
        read = np.cumsum([min(len(text), MAX_CHARACTERS) for text in texts])
        for rows in np.split(np.arange(len(texts)), np.flatnonzero(np.diff(read // CHUNK)) + 1):
            if out.shape[1] and len(rows):
                cut = cut_lower(texts[rows[0] : rows[-1] + 1], MAX_CHARACTERS)
                weighed = sparse.hstack(self._weigh([grams.counts(cut) for grams in self.grams_]))
                out[rows[0] : rows[-1] + 1] = sparse.csr_matrix(weighed) @ coef
        return out

    def _learn(self, texts: Sequence[str]) -> list[sparse.csr_matrix] | None:
        """Learn from texts and return the TF-IDF of those learned from, by block; None without a word."""
        few = texts
        if len(texts) > LEARN_FROM:
            rng = generator(self.random_state, "text vectors", "sample")
            few = taken(texts, np.sort(rng.choice(len(texts), LEARN_FROM, replace=False)))
        n, cut = len(few), cut_lower(few, MAX_CHARACTERS)
        self.components_: Matrix = np.zeros((0, 0), np.float32)
        words, parts = both(
            lambda: _counted(learn_word_grams(cut, min_texts=min(2, n)), cut),
            lambda: _counted(learn_part_grams(cut, min_texts=min(3, n), most=MOST_GRAMS), cut),
            many=n > WIDE,
        )
        self.grams_: tuple[WordGrams | PartGrams, ...] = (words[0], parts[0])
        counts = [words[1], parts[1]]
        self.idf_: tuple[Vector, ...] = tuple(
            (np.log((1 + n) / (1 + block.getnnz(0))) + 1).astype(np.float32) for block in counts
        )
        rank = min(self.dim, n - 2, sum(block.shape[1] for block in counts))
        if rank < 1:
            return None
        blocks = self._weigh(counts)
        seed = child_seed(self.random_state, "text vectors", "svd")
        by_column = sparse.csc_matrix(sparse.hstack(blocks))  # a quarter faster than row by row
        self.components_ = _projection(by_column, rank, seed)
        return blocks

    def _weigh(self, counts: Sequence[sparse.csr_matrix]) -> list[sparse.csr_matrix]:
        """Return TF-IDF: (1 + log count) idf, each block of a row at length 1."""
        blocks = []
        for block, idf in zip(counts, self.idf_, strict=True):
            block.data = (1 + np.log(block.data)) * idf[block.indices]
            blocks.append(normalize(block, copy=False))
        return blocks


def _counted(grams: G, cut: Parts) -> tuple[G, sparse.csr_matrix]:
    return grams, grams.counts(cut)


def _projection(weighed: sparse.csc_matrix, rank: int, seed: int) -> Matrix:
    """Return the right singular vectors (V, rank)."""
    n, width = weighed.shape
    if WIDE < n < width:
        try:
            return right_vectors(weighed, rank, n_iter=POWER, random_state=seed)
        except linalg.LinAlgError:  # copies of few texts
            pass
    _, _, right = randomized_svd(weighed, rank, n_iter=POWER, random_state=seed)
    return np.ascontiguousarray(right.T)
