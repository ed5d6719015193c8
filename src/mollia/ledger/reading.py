"""One LLM's stored answers read, some thousands at a time: what is equal is read once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from mollia.arrays import Floats, Mask, Rows, Vector
from mollia.errors import DataError, StoreError
from mollia.ledger.answer_rows import replies_of, vector_of
from mollia.ledger.faults import UNREADABLE, damaged
from mollia.records import gave_up, kind_of

THIN = 0.05
# Why a parser found no class in a reply that may mean one: it names something else, or less than a whole name.
UNNAMED = ("unknown", "the beginning of a class name")
SHOWN = 60  # characters of such a reply
MOST_REMEMBERED = 20_000  # distinct replies

# What is read of a row of the ledger: key, row's id, replies, log-probabilities, votes, problem.
Cells = tuple[str, str, str, str | None, str | None, str | None]


class Parsed(Protocol):
    """What a parser makes of one reply."""

    @property
    def label(self) -> int:
        """The class number, -1 = none."""
        ...

    @property
    def reason(self) -> str:
        """Why there is none, "" where there is one."""
        ...


Parse = Callable[[str, Sequence[Sequence[str]]], Parsed]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """Replies to one question, read: their shares of the classes (K,), those that name none with the reason."""

    shares: Vector
    number: int
    lost: tuple[tuple[str, str], ...]  # the reason, and the reply as it is shown

    @property
    def names_none(self) -> bool:
        """Whether most replies name something that is not a class."""
        return bool(self.number) and 2 * sum(reason in UNNAMED for reason, _ in self.lost) >= self.number


class Reading:
    """What one LLM said to m questions: z and c (m, K), whether it was asked (m,), and counts of what could not be used.

    Parameters
    ----------
    path : the ledger, for messages.
    """

    def __init__(
        self, path: Path, llm: str, classes: tuple[tuple[str, ...], ...], parse: Parse, m: int
    ) -> None:
        self._path, self._llm, self._classes, self._parse = path, llm, classes, parse
        self.z, self.c = np.zeros((m, len(classes))), np.zeros((m, len(classes)))
        self.asked, self.names_none = np.zeros(m, bool), np.zeros(m, bool)
        self.unparsed: Counter[str] = Counter()
        self.unnamed: Counter[str] = Counter()
        self.thin = 0
        self._failures: Counter[str] = Counter()
        self._parsed: dict[str, tuple[int, str]] = {}
        self._said: dict[str, _Said] = {}

    @property
    def problems(self) -> Counter[str]:
        """How many answers failed, by kind."""
        return Counter(kind_of(problem) for problem in self._failures.elements())

    @property
    def told(self) -> dict[str, str]:
        """Why the LLM was given up, by kind."""
        return dict(each.split(": ", 1) for each in self._failures if gave_up(each))

    @property
    def failed(self) -> str:
        """One of the other failures in full, of the most frequent kind."""
        return next((each for each, _ in self._failures.most_common() if not gave_up(each)), "")

    def take(self, at: Rows, rows: Sequence[Cells]) -> None:
        """Read some rows of the ledger, which answer the questions at the positions `at`.

        Raises
        ------
        StoreError
            When a cell cannot be read.
        DataError
            When an answer has not one number per class.
        """
        problems = [row[5] for row in rows]
        self._failures.update(problem for problem in problems if problem is not None)
        # A question at which the LLM was given up counts as not asked: the failure is not the row's.
        self.asked[at] = [not gave_up(problem or "") for problem in problems]
        usable: Mask = np.array([problem is None for problem in problems], bool)
        said = [self._replies(row) for row in rows]
        replied: Mask = np.array([each.number > 0 for each in said], bool)
        logprobs = self._vectors(rows, 3, usable)
        voted = np.nan_to_num(self._vectors(rows, 4, usable & ~replied), nan=0.0)
        z = np.exp(np.where(np.isnan(logprobs), -np.inf, logprobs))  # (m, K)
        total = z.sum(1, keepdims=True)
        scored = usable & np.array([row[3] is not None for row in rows], bool)
        self.thin += int((scored & (total[:, 0] < THIN)).sum())
        z = z / np.maximum(total, 1.0)
        shares = np.array([each.shares for each in said]).reshape(len(rows), -1)
        c = np.where((usable & replied)[:, None], shares, voted)
        c = np.minimum(c, 1.0)  # T times 1/T may round to a hair over 1
        self.z[at], self.c[at] = z, c
        silent = usable & replied & (c.sum(1) == 0) & (z.sum(1) == 0)
        self.names_none[at] = [
            quiet and each.names_none for quiet, each in zip(silent.tolist(), said, strict=True)
        ]
        for used, each in zip(usable.tolist(), said, strict=True):
            if used and each.lost:
                self.unparsed.update(reason for reason, _ in each.lost)
                self.unnamed.update(shown for reason, shown in each.lost if reason in UNNAMED)

    def forget(self) -> None:
        """Drop z, c and what was parsed; the counts stay."""
        self.z = self.c = np.zeros((0, len(self._classes)))
        self._said, self._parsed = {}, {}

    def _replies(self, row: Cells) -> _Said:
        known = self._said.get(row[2])
        if known is None:
            if len(self._said) > MOST_REMEMBERED:
                self._said.clear()
                self._parsed.clear()
            try:
                replies = replies_of(row[2])
            except UNREADABLE as error:
                raise self._damaged(row) from error
            known = self._said[row[2]] = self._of(replies)
        return known

    def _of(self, replies: Sequence[str]) -> _Said:
        shares = np.zeros(len(self._classes))
        lost = []
        for reply in replies:
            parsed = self._parsed.get(reply)
            if parsed is None:
                found = self._parse(reply, self._classes)
                parsed = self._parsed[reply] = (found.label, found.reason)
            label, reason = parsed
            if label >= 0:
                shares[label] += 1 / len(replies)
            else:
                lost.append((reason, " ".join(reply.split())[:SHOWN]))
        return _Said(shares=shares, number=len(replies), lost=tuple(lost))

    def _vectors(self, rows: Sequence[Cells], column: int, used: Mask) -> Floats:
        """Return a column's lists of numbers (m, K); NaN where there is none or it is not used."""
        out = np.full((len(rows), len(self._classes)), np.nan)
        filled = [at for at, row in enumerate(rows) if row[column] is not None]
        if not filled:
            return out
        try:  # all of them as one list
            values = np.array(
                json.loads(f"[{','.join([str(rows[at][column]) for at in filled])}]"), np.float64
            )
        except UNREADABLE:
            values = np.zeros(0)
        if values.shape != (len(filled), len(self._classes)):
            values = np.array([self._vector(rows[at], column, used=bool(used[at])) for at in filled])
        out[filled] = values
        out[~used] = np.nan
        return out

    def _vector(self, row: Cells, column: int, *, used: bool) -> Vector:
        try:
            values = vector_of(str(row[column]))
        except UNREADABLE as error:
            raise self._damaged(row) from error
        if used and values.shape != (len(self._classes),):
            raise DataError(
                f"The ledger's answer of {self._llm!r} for row {row[1]!r} has {values.size} "
                f"probabilities, the task has {len(self._classes)} classes."
            )
        return values if used else np.full(len(self._classes), np.nan)

    def _damaged(self, row: Cells) -> StoreError:
        return damaged(self._path, f'the answer of {self._llm} to row "{row[1]}"')
