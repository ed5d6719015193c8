"""The text view's vectors: TF-IDF of the pool, or any encoder, at one scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from threading import Lock

import numpy as np
from numpy.typing import ArrayLike

from mollia.arrays import Matrix
from mollia.fusion.ridge import RIDGE_PENALTY, LeaveOneOut, factorise
from mollia.fusion.text_vectors import TextVectors
from mollia.protocols import Encoder

_ONE_AT_A_TIME = Lock()  # side by side two fits of one pool would both learn its vectors


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


class PoolVectors:
    """A pool's text view and vectors (n, d), and the ridge on them, factorised when it is first asked for."""

    def __init__(self, view: TextView, e: Matrix) -> None:
        self.view = view
        self.e = e

    @cached_property
    def ridge(self) -> LeaveOneOut:
        """What learns from the vectors."""
        return factorise(self.e, penalty=RIDGE_PENALTY)


def learn_text_view(
    texts: Sequence[str], *, encoder: Encoder | None, random_state: int | None
) -> PoolVectors:
    """Return the view and the vectors of the pool's texts; without an encoder, TF-IDF's."""
    if encoder is None:
        with _ONE_AT_A_TIME:
            return _tfidf(tuple(texts), random_state)
    return _at_one_scale(np.asarray(encoder.encode(texts), np.float32), encoder.encode, None)


def _at_one_scale(
    vectors: Matrix, encode: Callable[[Sequence[str]], ArrayLike], learned: TextVectors | None
) -> PoolVectors:
    scale = float(np.sqrt(np.einsum("nd,nd->", vectors, vectors) / max(len(vectors), 1))) or 1.0
    e = vectors / np.float32(scale)
    e.setflags(write=False)
    return PoolVectors(TextView(encode=encode, scale=scale, learned=learned), e)


@lru_cache(maxsize=2)  # cross-fitting learns the same pool's vectors once, not once a fold
def _tfidf(texts: tuple[str, ...], random_state: int | None) -> PoolVectors:
    vectoriser = TextVectors(random_state=random_state)
    return _at_one_scale(vectoriser.fit_transform(texts), vectoriser.transform, vectoriser)
