"""Cutting a text into words, word pairs and character pieces."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

WORD = r"\w+|[^\w\s]"  # a word, or one punctuation mark
_WORD = re.compile(WORD)
SHORTEST, LONGEST = 2, 5  # characters in a piece


def plain(text: str) -> str:
    """Return the text in Unicode form NFC and lower case, so that equal letters compare equal."""
    return unicodedata.normalize("NFC", text).lower()


def words_of(text: str) -> list[str]:
    """Return the words (punctuation marks are words) of a plain text; none goes over white space."""
    found: list[str] = _WORD.findall(text)
    return found


def word_grams(text: str) -> list[str]:
    """Return the words and the pairs of neighbouring words."""
    words = words_of(plain(text))
    return words + [f"{left} {right}" for left, right in pairwise(words)]


def pieces_of(text: str) -> list[str]:
    """Return the parts of the text between white space."""
    return plain(text).split()


def piece_grams(piece: str) -> list[str]:
    """Return all substrings of SHORTEST to LONGEST characters of a piece padded with a blank at both ends."""
    padded = f" {piece} "
    longest = min(LONGEST, len(padded))
    return [
        padded[start : start + size]
        for size in range(SHORTEST, longest + 1)
        for start in range(len(padded) - size + 1)
    ]
