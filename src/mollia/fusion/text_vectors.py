"""The default text view: latent semantic vectors of TF-IDF, learned from the pool itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd

from mollia.arrays import Matrix, Vector
from mollia.fusion.gram_counts import PartGrams, WordGrams, learn_part_grams, learn_word_grams
from mollia.randomness import child_seed, generator

MAX_CHARACTERS = 2000
MOST_GRAMS = 20_000  # of characters inside words
LEARN_FROM = 5000  # vocabulary and projection are learned from at most this many texts
CHUNK = 10_000_000  # characters projected at a time


class TextVectors(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """`dim`-d projection of TF-IDF over word 1-2-grams and character 2-4-grams inside words.

    A pool without a word (all texts empty) gives vectors of width 0 (FUSION, step 4).
    """

    def __init__(self, *, dim: int = 256, random_state: int | None = 0) -> None:
        self.dim = dim
        self.random_state = random_state

    def fit(self, texts: Sequence[str], y: object = None) -> Self:  # noqa: ARG002  # scikit-learn's signature
        """Learn vocabulary, weights and projection."""
        self._learn(_plain(texts))
        return self

    def fit_transform(self, texts: Sequence[str], y: object = None) -> Matrix:  # noqa: ARG002  # as above
        """Learn from the texts and return their vectors (n, d)."""
        plain = _plain(texts)
        rows = self._learn(plain)
        if rows is None or len(plain) > LEARN_FROM:
            return self._vectors(plain)
        return np.asarray(rows @ self.components_, np.float32)

    def transform(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors (n, d); zeros for a text of unknown words."""
        if not hasattr(self, "components_"):
            raise NotFittedError("TextVectors has no vocabulary yet: call fit with the pool's texts first.")
        return self._vectors(_plain(texts))

    def _learn(self, texts: Sequence[str]) -> sparse.csr_matrix | None:
        """Learn from lower-case texts and return the TF-IDF of those learned from; None without a word."""
        few = texts
        if len(texts) > LEARN_FROM:
            rng = generator(self.random_state, "text vectors", "sample")
            few = [texts[i] for i in np.sort(rng.choice(len(texts), LEARN_FROM, replace=False))]
        n = len(few)
        self.components_: Matrix = np.zeros((0, 0), np.float32)
        self.grams_: tuple[WordGrams | PartGrams, ...] = (
            learn_word_grams(few, min_texts=min(2, n)),
            learn_part_grams(few, min_texts=min(3, n), most=MOST_GRAMS),
        )
        counts = [grams.counts(few) for grams in self.grams_]
        self.idf_: tuple[Vector, ...] = tuple(
            (np.log((1 + n) / (1 + block.getnnz(0))) + 1).astype(np.float32) for block in counts
        )
        rank = min(self.dim, n - 2, sum(block.shape[1] for block in counts))
        if rank < 1:
            return None
        rows = self._weigh(counts)
        seed = child_seed(self.random_state, "text vectors", "svd")
        _, _, right = randomized_svd(rows, rank, n_iter=3, random_state=seed)
        self.components_ = np.ascontiguousarray(right.T)
        return rows

    def _weigh(self, counts: Sequence[sparse.csr_matrix]) -> sparse.csr_matrix:
        """Return TF-IDF: (1 + log count) idf, each block of a row at length 1."""
        blocks = []
        for block, idf in zip(counts, self.idf_, strict=True):
            block.data = (1 + np.log(block.data)) * idf[block.indices]
            blocks.append(normalize(block, copy=False))
        return sparse.csr_matrix(sparse.hstack(blocks))

    def _vectors(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors (n, d) of lower-case texts."""
        out = np.zeros((len(texts), self.components_.shape[1]), np.float32)
        read = np.cumsum([len(text) for text in texts])
        for rows in np.split(np.arange(len(texts)), np.flatnonzero(np.diff(read // CHUNK)) + 1):
            if out.shape[1] and len(rows):
                some = texts[rows[0] : rows[-1] + 1]
                weighed = self._weigh([grams.counts(some) for grams in self.grams_])
                out[rows[0] : rows[-1] + 1] = weighed @ self.components_
        return out


def _plain(texts: Sequence[str]) -> list[str]:
    return [text[:MAX_CHARACTERS].lower() for text in texts]
