"""Texts that repeat: grouped, so that a copy is asked once and never stands on both sides."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np

from mollia.arrays import Classes, Rows

NO_LETTERS = re.compile(r"[\W\d_]+")


def group(texts: Sequence[str]) -> Rows:
    """Number texts (n,) so that equal texts share a number, 0 first, in order of appearance.

    Texts are equal when they agree after Unicode normalisation to NFC (é as one or as two code
    points) and without white space at their ends; case and inner white space count. A text of white space
    alone is like no other: what is known of one such row says nothing about the next.
    """
    return _numbered(map(normal, texts))


def normal(text: str) -> str:
    """Return the form of a text that equal texts share; "" for white space alone."""
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()


def near(texts: Sequence[str]) -> Rows:
    """Number texts (n,) as `group` does, so that near-copies share a number too.

    These differ only in case, digits, punctuation and white space; a text of nothing else is only like itself.
    """
    return _numbered(
        NO_LETTERS.sub(" ", unicodedata.normalize("NFC", text).casefold()).strip() or text for text in texts
    )


def _numbered(keys: Iterable[str]) -> Rows:
    numbers: dict[str | int, int] = {}
    return np.array([numbers.setdefault(key or row, len(numbers)) for row, key in enumerate(keys)], np.int64)


def conflicts(groups: Rows, y: Classes) -> list[Rows]:
    """Return, for each group with different labels in y (n,), the labelled rows of it.

    Rows are positions; y is -1 where nobody labelled.
    """
    labelled = np.flatnonzero(y >= 0)
    order = labelled[np.argsort(groups[labelled], kind="stable")]
    starts = np.flatnonzero(np.diff(groups[order])) + 1
    return [rows for rows in np.split(order, starts) if len(np.unique(y[rows])) > 1]
