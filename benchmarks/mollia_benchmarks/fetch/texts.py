"""The texts the recordings were made on: hub splits in the order of the authors' shuffle, trec's test questions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mollia.arrays import Classes
from mollia.data.parquet_file import parquet_batches
from mollia.errors import DataError
from mollia_benchmarks.fetch.recordings import AGAIN

SHUFFLE = 666  # the seed in the authors' notebook
MOST_ROWS = 1_000_000
MOST_CHARACTERS = 500_000_000
BATCH = 8192

# The original file's coarse classes; ours are the paper's names.
TREC_CODES = {
    "ABBR": "abbreviation",
    "ENTY": "entity",
    "DESC": "description",
    "HUM": "human",
    "LOC": "location",
    "NUM": "numeric",
}

Split = tuple[tuple[str, ...], Classes]  # texts (n,), classes (n,)


def read_split(path: Path, *, classes: Sequence[str]) -> Split:
    """Read a hub split: columns text and label, a class number.

    Raises
    ------
    DataError
        When it is not such a Parquet file, or absurdly large.
    """
    texts: list[str] = []
    labels: list[int] = []
    characters = 0
    for batch in parquet_batches(path, size=BATCH):
        if missing := {"text", "label"} - set(batch.columns):
            raise DataError(f"{path} has no column {min(missing)}.", hint=AGAIN)
        rows = zip(batch.columns["text"], batch.columns["label"], strict=True)
        for row, (text, label) in enumerate(rows, len(texts)):
            if not isinstance(text, str) or not isinstance(label, int) or not 0 <= label < len(classes):
                raise DataError(
                    f"{path}, row {row}: expected a text and a class from 0 to {len(classes) - 1}.",
                    hint=AGAIN,
                )
            characters += len(text)
            texts.append(text)
            labels.append(label)
        if len(texts) > MOST_ROWS or characters > MOST_CHARACTERS:
            raise DataError(
                f"{path} unpacks to over {len(texts):,} rows with {characters:,} characters.", hint=AGAIN
            )
    return tuple(texts), np.array(labels, np.intp)


def pool_rows(n_train: int, n: int) -> Classes:
    """Return which rows of the train split the pool's rows 0 to n - 1 are."""
    return np.random.default_rng(SHUFFLE).permutation(n_train)[:n]


def pool_texts(path: Path, *, classes: Sequence[str], gold: Classes) -> tuple[str, ...]:
    """Return the text of each of the pool's rows.

    Raises
    ------
    DataError
        When the split's classes in the authors' order are not the recorded ones.
    """
    texts, labels = read_split(path, classes=classes)
    if len(texts) < len(gold):
        raise DataError(f"{path} has {len(texts)} rows, the recordings have {len(gold)}.", hint=AGAIN)
    rows = pool_rows(len(texts), len(gold))
    if len(wrong := np.flatnonzero(labels[rows] != gold)):
        raise DataError(
            f"{path} is not what was recorded: {len(wrong)} of {len(gold)} rows have another gold class, "
            f"the first is the pool's row {wrong[0]} (row {rows[wrong[0]]} of the split).",
            hint=AGAIN,
        )
    return tuple(texts[row] for row in rows.tolist())


def read_trec_test(path: Path, *, classes: Sequence[str]) -> Split:
    """Read the original test questions: "CODE:fine question" per line.

    Raises
    ------
    DataError
        When a line is none; file and line are named.
    """
    number = {name: k for k, name in enumerate(classes)}
    texts, labels = [], []
    for at, line in enumerate(path.read_bytes().replace(b"\xf0", b" ").splitlines(), 1):
        code, _, question = line.decode("utf-8", "replace").strip().partition(" ")
        name = TREC_CODES.get(code.partition(":")[0])
        if name is None or not question:
            raise DataError(f"{path}:{at}: expected a class such as NUM:dist and a question.", hint=AGAIN)
        texts.append(question)
        labels.append(number[name])
    return tuple(texts), np.array(labels, np.intp)
