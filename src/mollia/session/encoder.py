"""The task's encoder, made so that no text of the pool is worked on twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mollia.encode.cached import Cached
from mollia.encode.counted import Counted
from mollia.encode.hybrid import Hybrid
from mollia.encode.lexical import Lexical
from mollia.encode.onnx_images import KIND as IMAGE_MODEL
from mollia.encode.pixels import KIND as PIXELS
from mollia.encode.precomputed import KIND as VECTORS_GIVEN
from mollia.encode.precomputed import Precomputed
from mollia.protocols import Encoder, Engine
from mollia.records import Pool
from mollia.registry import find
from mollia.task.config import Task

OF_IMAGES = (PIXELS, IMAGE_MODEL)
VECTORS = "vectors.sqlite"  # in the run's folder
MOST_CHARACTERS = 5_000_000  # of a pool whose grams are kept: about 20 bytes each


def encoder_name(task: Task, pool: Pool) -> str:
    """Return the encoder that a task names, else the one that reads what its rows hold."""
    if "encoder" in task.student.model_fields_set:
        return task.student.encoder
    if pool.vectors is not None:
        return VECTORS_GIVEN
    return PIXELS if pool.content == "image" else task.student.encoder


def task_encoder(task: Task, pool: Pool, *, engine: Engine | None = None) -> Encoder:
    """Return the encoder that the task's student reads rows with; see `pool_encoder`."""
    name = encoder_name(task, pool)
    if name == VECTORS_GIVEN and pool.vectors is not None:
        columns = task.data.vectors if isinstance(task.data.vectors, tuple) else ()
        return Precomputed(pool.texts, pool.vectors, columns=columns, scaled=True)
    return pool_encoder(name, pool.texts, task.run.out, engine=engine)


def of_images(name: str) -> bool:
    """Tell whether an encoder reads images; its model may follow after a colon."""
    return name.partition(":")[0] in OF_IMAGES


def of_no_words(name: str) -> bool:
    """Tell whether the fuser reads an encoder's vectors too, in place of words."""
    return name == VECTORS_GIVEN or of_images(name)


def view_encoder(task: Task, pool: Pool) -> Encoder | None:
    """Return what the fuser reads rows with in place of their words, None where it reads words."""
    return task_encoder(task, pool) if of_no_words(encoder_name(task, pool)) else None


def pool_encoder(name: str, texts: Sequence[str], folder: Path, *, engine: Engine | None = None) -> Encoder:
    """Return a registered encoder, fitted on the pool's texts where it learns from texts.

    A model's vectors are kept in `folder` by text hash; of the lexical encoder the grams are counted
    once, for the student of every round. A model is loaded here, so that a missing one is said early; many texts are
    encoded where the `engine` works, by default here.

    Raises
    ------
    MissingExtra, DataError
        When a library or the model cannot be had.
    """
    made: Any = find("encoder", name)()
    if isinstance(made, Hybrid):
        dense = made.dense
        if not isinstance(dense, str):
            return made
        return Hybrid(pool_encoder(dense, texts, folder, engine=engine)).fit(texts)
    encoder: Any = made.fit(texts) if hasattr(made, "fit") else made
    if isinstance(encoder, Lexical):
        few = sum(map(len, texts)) <= MOST_CHARACTERS
        return Counted(encoder, texts) if few else encoder
    features = getattr(encoder, "head_features", None)
    if features is not None and features() is not encoder:
        return encoder  # type: ignore[no-any-return]  # its head reads more than its vectors
    cached = Cached(encoder, folder / VECTORS, engine=engine)
    cached.dim  # noqa: B018  # loads the model
    return cached
