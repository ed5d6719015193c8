"""An encoder whose work on known texts is done once: for a pool that many students learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from scipy import sparse

from mollia.arrays import Matrix, Rows, Vector
from mollia.encode.gram_counter import GramCounter
from mollia.encode.lexical import Lexical
from mollia.encode.tfidf import BLOCKS, Tfidf, unit_rows
from mollia.stored import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class GramCounts:
    """What occurs in n distinct texts: by block the grams in order and their logged counts (n, V)."""

    row_of: Mapping[str, int]
    grams: Mapping[str, Sequence[str]]
    logged: Mapping[str, sparse.csr_array]  # 1 + log count, float32

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Count the grams of texts; no label, no document frequency is learned."""
        distinct = list(dict.fromkeys(texts))
        every = Tfidf(max_features=np.iinfo(np.int64).max).fit(distinct)
        return cls(
            row_of={text: row for row, text in enumerate(distinct)},
            grams={block: list(every.vocabulary_[block]) for block in BLOCKS},
            logged=GramCounter(every.vocabulary_).logged(distinct),
        )


class Counted:
    """The lexical encoder for a fixed set of texts (protocol Encoder); other texts go the long way.

    Vectors and the features of a student's head are those of `encoder`, number by number.

    Parameters
    ----------
    encoder : Lexical
        Fitted.
    texts : sequence of str
        What will be encoded again and again, such as a pool and the rows that score.
    """

    def __init__(self, encoder: Lexical, texts: Sequence[str]) -> None:
        self.encoder = encoder
        self.counts = GramCounts.of(texts)
        self.vectors = encoder.encode(list(self.counts.row_of))

    def __sklearn_clone__(self) -> Self:
        """Return itself: what was counted stays."""
        return self

    @property
    def name(self) -> str:
        """The encoder's name."""
        return self.encoder.name

    @property
    def dim(self) -> int:
        """The encoder's width."""
        return self.encoder.dim

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return the encoder's rows (n, d)."""
        rows = _rows(self.counts, texts)
        return self.encoder.encode(texts) if rows is None else self.vectors[rows]

    def head_features(self) -> CountedTfidf:
        """Return the unfitted vectoriser a student's head reads."""
        return CountedTfidf(self.counts)


class CountedTfidf:
    """`Tfidf` that reads its counts where the texts are known: the same rows, sooner."""

    def __init__(self, counts: GramCounts) -> None:
        self.counts = counts

    def fit(self, texts: Sequence[str], /) -> Self:
        """Learn vocabulary and document frequencies from texts as `Tfidf` does."""
        rows = _rows(self.counts, texts)
        self.tfidf_ = Tfidf()
        if rows is None:
            self.tfidf_.fit(texts)
            self.columns_: dict[str, Rows] = {}
            return self
        self.columns_ = {}
        self.idf_: dict[str, Vector] = {}
        for block in BLOCKS:
            logged = self.counts.logged[block]
            frequency = np.bincount(logged[rows].indices, minlength=logged.shape[1])
            # Grams lie in alphabetical order, so a stable sort breaks ties as Tfidf does.
            common = np.argsort(-frequency, kind="stable")[: self.tfidf_.max_features]
            kept = np.sort(common[frequency[common] > 0])
            self.columns_[block] = kept
            self.idf_[block] = np.log((1 + len(texts)) / (1 + frequency[kept].astype(np.float64))) + 1
        return self

    def transform(self, texts: Sequence[str], /) -> sparse.csr_array:
        """Return the rows (n, V), sparse float32."""
        rows = _rows(self.counts, texts) if self.columns_ else None
        if rows is None:
            return self._plain().transform(texts)
        blocks = [
            unit_rows(
                sparse.csr_array(self.counts.logged[block][rows][:, self.columns_[block]]), self.idf_[block]
            )
            for block in BLOCKS
        ]
        return sparse.csr_array(sparse.hstack(blocks, format="csr", dtype=np.float32))

    def save(self, folder: Path, /) -> Stored:
        """Store the vectoriser without the counts."""
        return self._plain().save(folder)

    def _plain(self) -> Tfidf:
        """Return what was learned as a `Tfidf`."""
        if self.columns_ and not hasattr(self.tfidf_, "vocabulary_"):
            self.tfidf_.vocabulary_ = {
                block: {self.counts.grams[block][column]: at for at, column in enumerate(columns.tolist())}
                for block, columns in self.columns_.items()
            }
            self.tfidf_.idf_ = self.idf_
        return self.tfidf_


def _rows(counts: GramCounts, texts: Sequence[str]) -> Rows | None:
    """Return where the texts were counted (n,); None when one was not."""
    try:
        return np.array([counts.row_of[text] for text in texts], np.int64)
    except KeyError:
        return None
