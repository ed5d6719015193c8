"""Texts that repeat: grouped, so that a copy is asked once and never stands on both sides."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from mollia.arrays import Classes, Rows
from mollia.data.arrow_column import ArrowColumn
from mollia.strings import Strings, chunks_of

ASCII_BLANKS = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"  # what str.strip takes off
NO_LETTERS = re.compile(r"[\W\d_]+")


def group(texts: Sequence[str]) -> Rows:
    """Number texts (n,) so that equal texts share a number, 0 first, in order of appearance.

    Texts are equal when they agree after Unicode normalisation to NFC (é as one or as two code
    points) and without white space at their ends; case and inner white space count. A text of white space
    alone is like no other: what is known of one such row says nothing about the next.
    """
    return _in_arrow(texts) if isinstance(texts, Strings) else _numbered(map(normal, texts))


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


def _in_arrow(texts: Strings) -> Rows:
    """Number many texts as `_numbered` does; Python strings are made of those that are not ASCII alone."""
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.compute as pc  # noqa: PLC0415  # heavy

    def keys_of(chunk: Any) -> Any:  # noqa: ANN401  # pyarrow ships no types
        other = pc.invert(pc.string_is_ascii(chunk))
        keys = pc.ascii_trim(chunk, ASCII_BLANKS)
        if not pc.any(other).as_py():
            return keys
        formed = [normal(text) for text in chunk.filter(other).to_pylist()]
        return pc.replace_with_mask(keys, other, pa.array(formed, keys.type))

    keys = ArrowColumn(pa.chunked_array([keys_of(chunk) for chunk in chunks_of(texts.array)]))
    codes, blank = keys.codes(), keys.blank
    new = np.diff(np.maximum.accumulate(codes), prepend=-1) > 0  # codes come in order of appearance
    number = np.cumsum(new | blank) - 1
    out: Rows = np.where(blank, number, number[np.flatnonzero(new)[codes]])
    return out


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
