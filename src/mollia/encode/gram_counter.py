"""Counting the known grams of many texts: what a piece between blanks holds is looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np
from scipy import sparse

from mollia.arrays import Rows, runs
from mollia.encode.ngrams import piece_grams, pieces_of, words_of

Held = tuple[Rows, Rows]  # of a piece: its words, by number; the columns of its character grams


class GramCounter:
    """Counts words, word pairs and character grams of a vocabulary; texts share most of their pieces.

    Parameters
    ----------
    vocabulary : mapping
        The columns of the grams of the blocks "word" and "char".
    """

    def __init__(self, vocabulary: Mapping[str, Mapping[str, int]]) -> None:
        self._words, self._grams = vocabulary["word"], vocabulary["char"]
        pairs = [(gram.split(" "), column) for gram, column in self._words.items() if " " in gram]
        pairs = [each for each in pairs if len(each[0]) == 2]  # noqa: PLR2004  # a pair
        known = chain((gram for gram in self._words if " " not in gram), *(words for words, _ in pairs))
        self._number = {word: at for at, word in enumerate(dict.fromkeys(known))}
        self._column: Rows = np.array([self._words.get(word, -1) for word in self._number], np.int64)
        both = np.array([[self._number[word] for word in words] for words, _ in pairs], np.int64).reshape(
            -1, 2
        )
        keys = self._key(both[:, 0], both[:, 1])
        order = np.argsort(keys)
        self._pairs = keys[order]
        self._pair_columns: Rows = np.array([column for _, column in pairs], np.int64)[order]
        self._held: dict[str, Held] = {}

    def logged(self, texts: Sequence[str]) -> dict[str, sparse.csr_array]:
        """Return 1 + log count (n, V) of each block's grams, float32."""
        pieces = [pieces_of(text) for text in texts]
        every = list(chain.from_iterable(pieces))
        number = {piece: at for at, piece in enumerate(dict.fromkeys(every))}
        of_piece: Rows = np.fromiter(map(number.__getitem__, every), np.int64, len(every))
        ends: Rows = np.cumsum([0, *map(len, pieces)])
        held = self._look_up(number)
        words = self._count_words(of_piece, ends, [words for words, _ in held])
        in_texts = _counts(of_piece, ends, len(number))
        in_pieces = _counts(*_flat([grams for _, grams in held]), len(self._grams))
        counts = {"word": words, "char": sparse.csr_array(in_texts @ in_pieces)}
        for each in counts.values():
            each.data = 1 + np.log(each.data)
        return counts

    def _look_up(self, pieces: Iterable[str]) -> list[Held]:
        """Return what each piece holds; those of the call before are remembered."""
        self._held = {piece: self._held.get(piece) or self._cut(piece) for piece in pieces}
        return list(self._held.values())

    def _cut(self, piece: str) -> Held:
        words = [self._number.get(word, -1) for word in words_of(piece)]
        grams = [self._grams[gram] for gram in piece_grams(piece) if gram in self._grams]
        return np.array(words, np.int64), np.array(grams, np.int64)

    def _count_words(self, of_piece: Rows, ends: Rows, words: Sequence[Rows]) -> sparse.csr_array:
        """Count words and pairs of neighbours; `of_piece` are the texts' pieces, one after the other."""
        flat, begins = _flat(words)
        sizes = np.diff(begins)[of_piece]
        stops: Rows = np.concatenate([[0], np.cumsum(sizes)])
        word = flat[runs(begins[of_piece], sizes)]  # the words of all texts, one after the other
        text = np.repeat(np.arange(len(ends) - 1), np.diff(stops[ends]))
        known = word >= 0
        column = np.where(known, self._column[word] if len(self._column) else -1, -1)
        beside = known[:-1] & known[1:] & (text[:-1] == text[1:])
        key = self._key(word[:-1][beside], word[1:][beside])
        at = np.minimum(np.searchsorted(self._pairs, key), max(0, len(self._pairs) - 1))
        hit = self._pairs[at] == key if len(self._pairs) else np.zeros(len(key), bool)
        rows = np.concatenate([text[column >= 0], text[:-1][beside][hit]])
        columns = np.concatenate([column[column >= 0], self._pair_columns[at[hit]]])
        order = np.argsort(rows, kind="stable")
        ends_of = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(ends) - 1))])
        return _counts(columns[order], ends_of, len(self._words))

    def _key(self, left: Rows, right: Rows) -> Rows:
        """Return one number for a pair of words."""
        return left * len(self._number) + right


def _flat(parts: Sequence[Rows]) -> tuple[Rows, Rows]:
    """Return parts one after the other, and where each begins and the last ends."""
    ends: Rows = np.cumsum([0, *map(len, parts)])
    return (np.concatenate(parts) if parts else np.zeros(0, np.int64)), ends


def _counts(columns: Rows, ends: Rows, width: int) -> sparse.csr_array:
    """Count each row's columns; a row's begin where those of the row before end."""
    ones = np.ones(len(columns), np.float32)
    shape = (len(ends) - 1, width)
    counts = sparse.csr_array((ones, columns.astype(np.int32), ends.astype(np.int32)), shape=shape)
    counts.sum_duplicates()
    return counts
