"""The default text view: latent semantic vectors of TF-IDF, learned from the pool itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils.extmath import randomized_svd

from mollia.arrays import Floats
from mollia.randomness import child_seed, generator

WORDS = r"(?u)\b\w+\b|\?|%"  # a question mark tells a question; stop words tell a class
MAX_CHARACTERS = 2000
LEARN_FROM = 5000  # vocabulary and projection are learned from at most this many texts


class TextVectors(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """`dim`-d projection of TF-IDF over word 1-2-grams and character 2-4-grams inside words.

    A pool without a word (all texts empty) gives vectors of width 0 (FUSION, step 4).
    """

    def __init__(self, *, dim: int = 256, random_state: int | None = 0) -> None:
        self.dim = dim
        self.random_state = random_state

    def fit(self, texts: Sequence[str], y: object = None) -> Self:  # noqa: ARG002  # scikit-learn's signature
        """Learn vocabulary, weights and projection."""
        self.fit_transform(texts)
        return self

    def fit_transform(self, texts: Sequence[str], y: object = None) -> Floats:  # noqa: ARG002  # as above
        """Learn from the texts and return their vectors (n, d)."""
        cut = [text[:MAX_CHARACTERS] for text in texts]
        few = cut
        if len(cut) > LEARN_FROM:
            rng = generator(self.random_state, "text vectors", "sample")
            few = [cut[i] for i in np.sort(rng.choice(len(cut), LEARN_FROM, replace=False))]
        self.vectorisers_: list[TfidfVectorizer] = []
        parts = [self._learn(few, **block) for block in _blocks(len(few))]
        known = [part for part in parts if part is not None]
        self.components_: Floats = np.zeros((0, 0))
        if not known or min(len(few) - 2, sum(p.shape[1] for p in known)) < 1:
            self.vectorisers_ = []
            return np.zeros((len(cut), 0))
        rows = sparse.csr_matrix(sparse.hstack(known))
        rank = min(self.dim, len(few) - 2, rows.shape[1])
        seed = child_seed(self.random_state, "text vectors", "svd")
        _, _, right = randomized_svd(rows, rank, n_iter=3, random_state=seed)
        self.components_ = right.T
        vectors = self._project(cut) if len(few) < len(cut) else rows @ self.components_
        out: Floats = np.asarray(vectors, np.float64)
        return out

    def transform(self, texts: Sequence[str]) -> Floats:
        """Return the vectors (n, d); zeros for a text of unknown words."""
        if not hasattr(self, "components_"):
            raise NotFittedError("TextVectors has no vocabulary yet: call fit with the pool's texts first.")
        if not self.vectorisers_ or not len(texts):
            return np.zeros((len(texts), self.components_.shape[1]))
        return self._project([text[:MAX_CHARACTERS] for text in texts])

    def _learn(self, texts: Sequence[str], **block: Any) -> sparse.csr_matrix | None:  # noqa: ANN401  # TfidfVectorizer's keywords
        vectoriser = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **block)
        try:
            rows = vectoriser.fit_transform(texts)
        except ValueError:  # scikit-learn's only word for "no term is left"
            return None
        self.vectorisers_.append(vectoriser)
        return sparse.csr_matrix(rows)

    def _project(self, texts: Sequence[str]) -> Floats:
        rows = sparse.hstack([vectoriser.transform(texts) for vectoriser in self.vectorisers_])
        out: Floats = np.asarray(sparse.csr_matrix(rows) @ self.components_, np.float64)
        return out


def _blocks(n_texts: int) -> list[dict[str, Any]]:
    """Return the vectorisers' keywords: words, and pieces inside words."""
    return [
        {"ngram_range": (1, 2), "min_df": min(2, n_texts), "token_pattern": WORDS},
        {"analyzer": "char_wb", "ngram_range": (2, 4), "min_df": min(3, n_texts), "max_features": 20_000},
    ]
