"""Vectors kept in a SQLite file by text hash, so that no text is encoded twice."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np

from mollia.arrays import Floats, Matrix
from mollia.encode.travelling import TravellingEncoder, can_travel, uses_card
from mollia.errors import StoreError
from mollia.processes import in_order
from mollia.protocols import Encoder, Engine
from mollia.stored import Stored

APPLICATION = 0x6D6F6C76  # "molv": marks our files
FLOAT = 4  # bytes
CHUNK = 1024  # texts encoded together and then stored, and the most asked for in one statement


class Cached:
    """An encoder that looks in a file first (protocol Encoder).

    The key is the encoder's name, which changes when its vectors would, and the text's hash; the
    texts themselves are not stored; an encoder that learns from texts is given fitted. Several processes may share the file.

    With an `engine`, more than CHUNK new texts are encoded where it works, if the encoder can travel. The texts of a
    CHUNK are encoded together wherever that is: what pads a text, and so its vector's last digits, is the same.
    """

    def __init__(self, encoder: Encoder, path: str | Path, *, engine: Engine | None = None) -> None:
        self.encoder = encoder
        self.path = Path(path)
        self._engine = engine if can_travel(encoder) else None
        self._travelling = TravellingEncoder(encoder)

    @property
    def name(self) -> str:
        """The encoder's name."""
        return self.encoder.name

    @property
    def dim(self) -> int:
        """The encoder's width."""
        return self.encoder.dim

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return the encoder's rows (n, d); texts seen before come from the file.

        Raises
        ------
        StoreError
            When the file is not a vector cache or is damaged.
        """
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        text_of = dict(zip(keys, texts, strict=True))
        with self._open() as db:
            known = self._known(db, list(text_of))
            missing = [key for key in text_of if key not in known]
            for few, vectors in self._encoded(missing, text_of):
                known.update(zip(few, vectors, strict=True))
                rows = [(self.name, key, vector.tobytes()) for key, vector in zip(few, vectors, strict=True)]
                with db:
                    db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        if not keys:
            return np.zeros((0, self.dim), np.float32)
        return np.stack([known[key] for key in keys])

    def __sklearn_clone__(self) -> Self:
        """Return itself: its encoder learns nothing, or is fitted, and a model cannot be copied."""
        return self

    def head_features(self) -> CachedFeatures:
        """Return what a student's head reads: the vectors, stored as the encoder stores itself."""
        return CachedFeatures(self)

    def _encoded(
        self, keys: list[bytes], text_of: Mapping[bytes, str]
    ) -> Iterator[tuple[list[bytes], Matrix]]:
        """Yield some keys with the vectors of their texts, until all have theirs."""
        pieces = (keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK))
        some = ((few, [text_of[key] for key in few]) for few in pieces)
        if self._engine is None or len(keys) <= CHUNK:
            return in_order(self._travelling, some, helpers=0)
        return self._engine.map(
            self._travelling, some, helpers=0, ordered=False, card=uses_card(self.encoder)
        )

    def _known(self, db: sqlite3.Connection, keys: list[bytes]) -> dict[bytes, Matrix]:
        found: dict[bytes, Matrix] = {}
        for at in range(0, len(keys), CHUNK):
            few = keys[at : at + CHUNK]
            marks = ",".join("?" * len(few))
            rows = db.execute(
                f"SELECT text, vector FROM vectors WHERE encoder = ? AND text IN ({marks})",  # noqa: S608  # question marks only
                [self.name, *few],
            )
            found.update(
                (text, np.frombuffer(vector, np.float32))
                for text, vector in rows
                if len(vector) == self.dim * FLOAT  # otherwise it was damaged
            )
        return found

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=60)) as db:
                (application,) = db.execute("PRAGMA application_id").fetchone()
                if application not in {0, APPLICATION}:
                    raise StoreError(f"{self.path} is not a vector cache.", hint="Choose another file.")
                db.execute("PRAGMA journal_mode = WAL")
                with db:
                    db.execute(f"PRAGMA application_id = {APPLICATION}")
                    db.execute(
                        "CREATE TABLE IF NOT EXISTS vectors (encoder TEXT NOT NULL, text BLOB NOT NULL, "
                        "vector BLOB NOT NULL, PRIMARY KEY (encoder, text)) STRICT, WITHOUT ROWID"
                    )
                yield db
        except sqlite3.Error as error:
            raise StoreError(
                f"The vector cache {self.path} cannot be used: {error}.",
                hint="Close what has it open, or delete it: it can be computed again."
                if "locked" in str(error)
                else "Free some disk space, then run the same command again."
                if "full" in str(error)
                else "Delete it: it can be computed again.",
            ) from error
        except OSError as error:
            raise StoreError(
                f"The vector cache {self.path} cannot be used: {error.strerror or error}."
            ) from error


class CachedFeatures:
    """A cached encoder's vectors as features; stored without the cache."""

    def __init__(self, cached: Cached) -> None:
        self.cached = cached

    def fit(self, texts: Sequence[str], /) -> Self:  # noqa: ARG002  # the protocol's signature
        """Return itself; nothing is learned."""
        return self

    def transform(self, texts: Sequence[str], /) -> Floats:
        """Return the rows (n, d) in float64."""
        return self.cached.encode(texts).astype(np.float64)

    def save(self, folder: Path, /) -> Stored:
        """Store the encoder itself."""
        encoder: Any = self.cached.encoder
        stored: Stored = encoder.head_features().save(folder)
        return stored
