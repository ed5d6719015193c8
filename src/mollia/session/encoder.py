"""The task's encoder, made so that no text of the pool is worked on twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mollia.encode.cached import Cached
from mollia.encode.counted import Counted
from mollia.encode.hybrid import Hybrid
from mollia.encode.lexical import Lexical
from mollia.protocols import Encoder
from mollia.registry import find

VECTORS = "vectors.sqlite"  # in the run's folder
MOST_CHARACTERS = 5_000_000  # of a pool whose grams are kept: about 20 bytes each


def pool_encoder(name: str, texts: Sequence[str], folder: Path) -> Encoder:
    """Return a registered encoder, fitted on the pool's texts where it learns from texts.

    A model's vectors are kept in `folder` by text hash; of the lexical encoder the grams are counted
    once, for the student of every round. A model is loaded here, so that a missing one is said early.

    Raises
    ------
    MissingExtra, DataError
        When a library or the model cannot be had.
    """
    made: Any = find("encoder", name)()
    if isinstance(made, Hybrid):
        dense = made.dense
        return Hybrid(pool_encoder(dense, texts, folder)).fit(texts) if isinstance(dense, str) else made
    encoder: Any = made.fit(texts) if hasattr(made, "fit") else made
    if isinstance(encoder, Lexical):
        few = sum(map(len, texts)) <= MOST_CHARACTERS
        return Counted(encoder, texts) if few else encoder
    features = getattr(encoder, "head_features", None)
    if features is not None and features() is not encoder:
        return encoder  # type: ignore[no-any-return]  # its head reads more than its vectors
    cached = Cached(encoder, folder / VECTORS)
    cached.dim  # noqa: B018  # loads the model
    return cached
