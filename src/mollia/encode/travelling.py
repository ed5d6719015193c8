"""An encoder that turns texts into vectors wherever it is sent, as to a node of a cluster."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mollia import registry
from mollia.arrays import Matrix
from mollia.protocols import Encoder
from mollia.stored import Stored, unpacked

TEXT = "text"


class TravellingEncoder:
    """An encoder whose model learns nothing; pickled, it takes along what a stored student of it would hold."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def __call__(self, texts: Sequence[str], /) -> Matrix:
        """Return the encoder's rows (n, d)."""
        return self.encoder.encode(texts)

    def __getstate__(self) -> tuple[Stored, Mapping[str, bytes]]:
        """Return the encoder's settings, and its files by name."""
        features: Any = self.encoder.head_features()  # type: ignore[attr-defined]  # see `can_travel`
        with tempfile.TemporaryDirectory() as folder:
            stored: Stored = features.save(Path(folder))
            return stored, {name: (Path(folder) / name).read_bytes() for name in stored.files}

    def __setstate__(self, state: tuple[Stored, Mapping[str, bytes]]) -> None:
        """Make the encoder from its files, which lie in a folder that goes when this object does."""
        stored, files = state
        folder = unpacked(files, prefix="mollia-encoder-", owner=self)
        self.encoder = registry.find("features", stored.kind).load(folder, stored.config, stored.arrays)


def can_travel(encoder: Encoder) -> bool:
    """Whether an encoder can be made from its files elsewhere: it can be stored, and reads texts, not files of this machine."""
    features = getattr(encoder, "head_features", None)
    return (
        getattr(encoder, "reads", TEXT) == TEXT
        and features is not None
        and features() is encoder
        and hasattr(encoder, "save")
    )


def uses_card(features: object) -> bool:
    """Whether an encoder, or what a student's head reads, runs on a graphics card where it finds one."""
    return bool(getattr(getattr(features, "dense", features), "uses_card", False))
