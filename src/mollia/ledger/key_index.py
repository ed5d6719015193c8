"""Where in the ledger the answers to questions lie: hashes of their keys beside the numbers of the rows, in memory.

Keys are random, so an index of SQLite over millions of them changes a page of the disk for nearly every answer that is
stored. Here they cost about 20 bytes each: those of new answers are sorted, and merged with what is as large.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mollia.arrays import Rows

Hashes = NDArray[np.uint64]


def hashes_of(keys: Iterable[str]) -> Hashes:
    """Return 64 bits of a hash for each key (m,); the same on every machine."""
    joined = b"".join(
        [
            hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=8, usedforsecurity=False).digest()
            for key in keys
        ]
    )
    return np.frombuffer(joined, "<u8").astype(np.uint64, copy=False)


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows sorted by hash; those whose hash starts with the bits b are at starts[b] to starts[b + 1]."""

    hashes: Hashes
    numbers: Rows
    starts: Rows
    shift: np.uint64

    def numbers_of(self, wanted: Hashes) -> list[Rows]:
        """Return the numbers of the rows that have one of the hashes, in pieces."""
        group = (wanted >> self.shift).astype(np.int64)
        at, end, found = self.starts[group], self.starts[group + 1], []
        while (left := at < end).any():
            at, end, wanted = at[left], end[left], wanted[left]
            found.append(self.numbers[at[self.hashes[at] == wanted]])
            at = at + 1
        return found


def _run(hashes: Hashes, numbers: Rows) -> _Run:
    order = np.argsort(hashes, kind="stable")  # soon, where two sorted runs are joined
    hashes = hashes[order]
    bits = max(1, len(hashes).bit_length() - 2)  # two to four rows to each start
    shift = np.uint64(64 - bits)
    sizes = np.bincount((hashes >> shift).astype(np.int64), minlength=2**bits)
    starts = np.append(0, np.cumsum(sizes))
    return _Run(hashes, numbers[order], starts, shift)


class KeyIndex:
    """Numbers of rows by the hash of their key. Two keys may share a hash: whoever looks one up compares the keys.

    Attributes
    ----------
    last : the highest number, 0 = none.
    """

    def __init__(self) -> None:
        self._runs: list[_Run] = []  # each more than twice as long as the next
        self.last = 0

    def add(self, hashes: Hashes, numbers: Rows) -> None:
        """Take in rows (m,) that come after all others; their numbers ascend."""
        if not len(numbers):
            return
        runs, size = self._runs, len(numbers)
        new = [(hashes, numbers)]
        while runs and len(runs[-1].numbers) <= 2 * size:
            *runs, before = runs
            new.insert(0, (before.hashes, before.numbers))
            size += len(before.numbers)
        joined = [np.concatenate(parts) for parts in zip(*new, strict=True)]
        self._runs = [*runs, _run(*joined)]
        self.last = int(numbers[-1])

    def numbers(self, hashes: Hashes) -> Rows:
        """Return the numbers of all rows that have one of the hashes, ascending."""
        wanted = np.unique(hashes)
        found = [piece for run in self._runs for piece in run.numbers_of(wanted)]
        return np.sort(np.concatenate([*found, np.zeros(0, np.int64)]))
