"""Latent semantic analysis: dense vectors from TF-IDF, without a model file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.extmath import randomized_svd

from mollia.arrays import Matrix
from mollia.encode.tfidf import Tfidf
from mollia.parameters import STATE, Constraints, check_parameters, whole
from mollia.randomness import child_seed, generator

FIT_TEXTS = 100_000  # the vocabulary is learned from at most this many texts
SVD_TEXTS = 4000  # the projection is learned from at most this many texts
MAX_FEATURES = 50_000  # per block; a gram of a single text says nothing about distances


class Lexical(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """TF-IDF rows of the pool on their `dim` leading singular directions.

    It is fitted on texts without labels, usually the whole pool, and serves distances:
    `encode` gives rows of length at most 1 (n, dim). A student's head does not read these but the
    sparse rows of `head_features`, fitted again on each training set.

    Parameters
    ----------
    dim : int
        Width d of `encode`.
    random_state : int, optional
        Of the texts the directions are learned from.

    Attributes
    ----------
    tfidf_ : Tfidf
        The fitted vocabulary.
    components_ : (V, r)
        The leading singular directions of its rows.

    Examples
    --------
    >>> from mollia.encode.lexical import Lexical
    >>> encoder = Lexical(dim=4).fit(["refund my money", "where is my parcel", "money back please"])
    >>> encoder.encode(["my money"]).shape
    (1, 4)
    """

    _parameter_constraints: ClassVar[Constraints] = {"dim": whole(1), "random_state": STATE}

    def __init__(self, dim: int = 128, *, random_state: int | None = 0) -> None:
        self.dim = dim
        self.random_state = random_state

    def __sklearn_clone__(self) -> Self:
        """Return itself once fitted: a cloned student measures distances in the same pool."""
        return self if hasattr(self, "components_") else type(self)(**self.get_params())

    @property
    def name(self) -> str:
        """`lexical-` and a hash of what it has learned."""
        self._check_fitted()
        return f"lexical-{self.dim}-{self.tfidf_.fingerprint()}"

    def head_features(self) -> Tfidf:
        """Return the unfitted vectoriser a student's head reads."""
        return Tfidf()

    def fit(self, texts: Sequence[str], /) -> Self:
        """Learn vocabulary and directions, of more than 100,000 texts from as many drawn; labels are not used."""
        check_parameters(self)
        if len(texts) > FIT_TEXTS:
            rng = generator(self.random_state, "lexical", "texts")
            texts = [texts[i] for i in np.sort(rng.choice(len(texts), FIT_TEXTS, replace=False))]
        common = 2 if len(texts) > 1 else 1
        self.tfidf_ = Tfidf(max_features=MAX_FEATURES, min_texts=common).fit(texts)
        self.components_ = self._directions(texts)
        return self

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return float32 rows (n, dim); zeros for a text without a known gram."""
        self._check_fitted()
        vectors: Matrix = np.zeros((len(texts), self.dim), np.float32)
        rank = self.components_.shape[1]  # few texts have fewer than dim directions
        vectors[:, :rank] = self._rows(texts) @ self.components_
        return vectors

    def _directions(self, texts: Sequence[str]) -> Matrix:
        """Return the leading right singular vectors (V, at most dim) of a sample's rows."""
        sample = texts
        if len(texts) > SVD_TEXTS:
            rng = generator(self.random_state, "lexical", "sample")
            sample = [texts[i] for i in np.sort(rng.choice(len(texts), SVD_TEXTS, replace=False))]
        rows = self._rows(sample)
        rank = min(self.dim, *rows.shape)
        if rank == 0 or rows.nnz == 0:
            return np.zeros((rows.shape[1], 0), np.float32)
        seed = child_seed(self.random_state, "lexical", "directions")
        _, _, right = randomized_svd(sparse.csr_matrix(rows), rank, n_iter=2, random_state=seed)
        directions: Matrix = np.ascontiguousarray(right.T, np.float32)
        return directions

    def _rows(self, texts: Sequence[str]) -> sparse.csr_array:
        """Return TF-IDF rows (n, V) of length 1: two blocks of length 1, scaled."""
        return sparse.csr_array(self.tfidf_.transform(texts) * np.float32(np.sqrt(0.5)))

    def _check_fitted(self) -> None:
        if not hasattr(self, "components_"):
            raise NotFittedError("Lexical has learned nothing yet: call fit with the pool's texts first.")
