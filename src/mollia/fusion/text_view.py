"""The text view's vectors: TF-IDF of the pool, or any encoder, at one scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from mollia.arrays import Matrix
from mollia.fusion.text_vectors import TextVectors
from mollia.protocols import Encoder


@dataclass(frozen=True, slots=True, kw_only=True)
class TextView:
    """Turns texts into vectors (n, d) whose mean squared norm over the pool was 1; `learned` where those are TF-IDF's."""

    encode: Callable[[Sequence[str]], ArrayLike]
    scale: float
    learned: TextVectors | None = None

    def transform(self, texts: Sequence[str]) -> Matrix:
        """Return vectors (n, d) of texts, seen or new."""
        out: Matrix = np.asarray(self.encode(texts), np.float32) / np.float32(self.scale)
        return out


def learn_text_view(
    texts: Sequence[str], *, encoder: Encoder | None, random_state: int | None
) -> tuple[TextView, Matrix]:
    """Return the view and the vectors (n, d) of the pool's texts; without an encoder, TF-IDF's."""
    if encoder is None:
        tfidf, vectors = _tfidf(tuple(texts), random_state)
        encode: Callable[[Sequence[str]], ArrayLike] = tfidf.transform
        learned: TextVectors | None = tfidf
    else:
        vectors = np.asarray(encoder.encode(texts), np.float32)
        encode, learned = encoder.encode, None
    scale = float(np.sqrt(np.einsum("nd,nd->", vectors, vectors) / max(len(vectors), 1))) or 1.0
    return TextView(encode=encode, scale=scale, learned=learned), vectors / np.float32(scale)


@lru_cache(maxsize=2)  # cross-fitting learns the same pool's vectors once, not once a fold
def _tfidf(texts: tuple[str, ...], random_state: int | None) -> tuple[TextVectors, Matrix]:
    vectoriser = TextVectors(random_state=random_state)
    vectors = vectoriser.fit_transform(texts)
    vectors.setflags(write=False)
    return vectoriser, vectors
