"""Sparse counts of words, word pairs, and character pieces inside words, for whole pools at once.

The grams are those of scikit-learn's `TfidfVectorizer` (words 1-2, char_wb 2-4), several times faster:
texts become numbers first, and what lies between two blanks is cut into grams once, not once a text:

    counts = (texts x distinct parts) @ (distinct parts x grams)
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np
from scipy import sparse

from mollia.arrays import MANY, Rows, runs
from mollia.strings import Strings

WORDS = re.compile(r"(?u)\b\w+\b|\?|%")  # a question mark tells a question; stop words tell a class
SHORTEST, LONGEST = 2, 4  # characters in a gram


def words_of(text: str) -> list[str]:
    """Return the words, question marks and per cent signs of a lower-case text."""
    found: list[str] = WORDS.findall(text)
    return found


def grams_of(part: str) -> list[str]:
    """Return all substrings of 2 to 4 characters of a part between two blanks."""
    padded = f" {part} "
    return [
        padded[start : start + size]
        for size in range(SHORTEST, min(LONGEST, len(padded)) + 1)
        for start in range(len(padded) - size + 1)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Texts cut at white space: each part's number (t,) among the distinct `names`, between the texts' bounds (n + 1,)."""

    names: Sequence[str]
    number: Rows
    bounds: Rows

    def __getitem__(self, rows: slice) -> Parts:
        """Return some texts that follow each other."""
        bounds = self.bounds[rows.start : rows.stop + 1]
        return Parts(names=self.names, number=self.number[bounds[0] : bounds[-1]], bounds=bounds - bounds[0])

    @property
    def matrix(self) -> sparse.csr_matrix:
        """How often (n, parts) each text has each part, float32; a part that repeats stands there more than once."""
        ones = np.ones(len(self.number), np.float32)
        return sparse.csr_matrix(
            (ones, self.number, self.bounds), shape=(len(self.bounds) - 1, len(self.names))
        )


def cut_lower(texts: Sequence[str], most: int) -> Parts:
    """Cut the first `most` characters of texts, in lower case, at white space; those in Arrow memory without a loop."""
    if not isinstance(texts, Strings):
        lower = [text[:most].lower() for text in texts]
        names: dict[str, int] = {part: at for at, part in enumerate(_distinct(lower, str.split))}
        number, bounds = _numbered(lower, str.split, names)
        return Parts(names=list(names), number=number, bounds=bounds)
    number, bounds, written = texts.parts(most)
    # Python knows more kinds of white space than ASCII has, and some letters become several in lower case.
    met = _distinct(written, lambda part: part.lower().split())
    names = {part: at for at, part in enumerate(met)}
    inside, of_part = _numbered(written, lambda part: part.lower().split(), names)
    number, bounds = _spread(number, bounds, inside, of_part)
    return Parts(names=met, number=number, bounds=bounds)


def _spread(number: Rows, bounds: Rows, inside: Rows, of_part: Rows) -> tuple[Rows, Rows]:
    """Return what stands in the texts, and their bounds, where part `number` stands for inside[of_part[number]: ...]."""
    size = np.diff(of_part)[number]
    ends = np.append(0, np.cumsum(size))
    return inside[runs(of_part[:-1][number], size)], ends[bounds]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordGrams:
    """The kept words by number, and the kept pairs as sorted codes: left * V + right."""

    words: Mapping[str, int]
    pairs: Rows

    def in_parts(self, names: Sequence[str]) -> tuple[Rows, Rows]:
        """Return the numbers (t,) of the words in parts, -1 = unknown, and the parts' bounds."""
        return _numbered(names, words_of, self.words)

    def counts(self, texts: Parts) -> sparse.csr_matrix:
        """Return the counts (n, V + pairs) of texts, float32."""
        return self.counts_of(texts, self.in_parts(texts.names))

    def counts_of(self, texts: Parts, in_parts: tuple[Rows, Rows]) -> sparse.csr_matrix:
        """Return the same where the words in the parts are known."""
        tokens, bounds = _spread(texts.number, texts.bounds, *in_parts)
        codes = _pair_codes(tokens, bounds, len(self.words))
        both = [
            _counted(tokens, bounds, len(self.words)),
            _counted(_places(codes, self.pairs), bounds, len(self.pairs)),
        ]
        return sparse.csr_matrix(sparse.hstack(both))


def learn_word_grams(texts: Parts, *, min_texts: int) -> WordGrams:
    """Keep the words and pairs that occur in at least `min_texts` of the texts."""
    met = {word: number for number, word in enumerate(_distinct(texts.names, words_of))}
    inside, of_part = _numbered(texts.names, words_of, met)
    said, bounds = _spread(texts.number, texts.bounds, inside, of_part)
    kept = np.flatnonzero(_counted(said, bounds, len(met)).getnnz(0) >= min_texts)
    number = np.full(len(met) + 1, -1)
    number[kept] = np.arange(len(kept))
    tokens = number[said]
    codes = _pair_codes(tokens, bounds, len(kept))
    pairs, column = np.unique(codes, return_inverse=True)
    in_texts = _counted(np.where(codes >= 0, column, -1), bounds, len(pairs)).getnnz(0)
    names = list(met)
    words = {names[old]: new for new, old in enumerate(kept.tolist())}
    return WordGrams(words=words, pairs=pairs[in_texts >= min_texts])


@dataclass(frozen=True, slots=True, kw_only=True)
class PartGrams:
    """The kept grams by number."""

    grams: Mapping[str, int]

    def by_part(self, names: Sequence[str]) -> sparse.csr_matrix:
        """Return the counts (parts, V) of parts, float32."""
        grams, of_part = _numbered(names, grams_of, self.grams)
        return _counted(grams, of_part, len(self.grams))

    def counts(self, texts: Parts) -> sparse.csr_matrix:
        """Return the counts (n, V) of texts, float32."""
        by_part = self.by_part(texts.names)
        return sparse.csr_matrix(_counted(texts.number, texts.bounds, len(texts.names)) @ by_part)


def learn_part_grams(texts: Parts, *, min_texts: int, most: int) -> PartGrams:
    """Keep the `most` frequent grams that occur in at least `min_texts` of the texts."""
    met = {gram: number for number, gram in enumerate(_distinct(texts.names, grams_of))}
    counts = PartGrams(grams=met).counts(texts)
    total = np.asarray(counts.sum(0)).ravel()
    total[counts.getnnz(0) < min_texts] = 0
    kept = np.argsort(-total, kind="stable")[: min(most, int((total > 0).sum()))]
    names = list(met)
    return PartGrams(grams={names[old]: new for new, old in enumerate(kept.tolist())})


def _distinct(texts: Sequence[str], cut: Callable[[str], list[str]]) -> list[str]:
    return list(dict.fromkeys(chain.from_iterable(map(cut, texts))))


def _numbered(
    texts: Sequence[str], cut: Callable[[str], list[str]], number: Mapping[str, int]
) -> tuple[Rows, Rows]:
    """Return the numbers (t,) of what the texts are cut into, -1 = unknown, and the texts' bounds (n + 1,)."""
    bounds = np.zeros(len(texts) + 1, np.int64)
    flat = array("q")
    get, unknown = number.get, repeat(-1)
    for at, text in enumerate(texts):
        flat.extend(map(get, cut(text), unknown))
        bounds[at + 1] = len(flat)
    return np.array(flat, np.int64), bounds


def _places(codes: Rows, known: Rows) -> Rows:
    """Return where codes (t,) stand among sorted ones, -1 = nowhere."""
    if len(codes) > MANY:
        import pyarrow as pa  # noqa: PLC0415  # heavy
        import pyarrow.compute as pc  # noqa: PLC0415  # heavy

        found = pc.index_in(pa.array(codes), value_set=pa.array(known))  # by a hash: a quarter of the time
        hashed: Rows = pc.fill_null(found, -1).to_numpy().astype(np.int64)
        return hashed
    at = np.searchsorted(known, codes)
    return np.where(np.append(known, -2)[at] == codes, at, -1)


def _pair_codes(tokens: Rows, bounds: Rows, n_words: int) -> Rows:
    """Return the code (t,) of each token with the next one of its text, -1 where there is none."""
    after = np.append(tokens[1:], -1)
    after[bounds[1:][np.diff(bounds) > 0] - 1] = -1  # the last token of a text
    codes: Rows = np.where((tokens >= 0) & (after >= 0), tokens * n_words + after, -1)
    return codes


def _counted(columns: Rows, bounds: Rows, width: int) -> sparse.csr_matrix:
    """Return counts (n, width) of column numbers (t,) between the bounds (n + 1,); -1 counts nowhere."""
    kept = columns >= 0
    starts = np.append(0, np.cumsum(kept))[bounds]
    ones = np.ones(int(starts[-1]), np.float32)
    counts = sparse.csr_matrix((ones, columns[kept], starts), shape=(len(bounds) - 1, width))
    counts.sum_duplicates()
    return counts
