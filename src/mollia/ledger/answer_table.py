"""The ledger's table of answers: rows are numbered as they come and found by their keys' hashes."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from mollia.arrays import Rows
from mollia.ledger.answer_rows import COLUMNS, row_of
from mollia.ledger.key_index import Hashes, KeyIndex, hashes_of
from mollia.records import Answer

AT_ONCE = 10_000  # answers stored by one statement
LOOKUP = 5_000  # keys looked up by one statement
KEPT = 50_000  # so many new hashes are written down as one entry of `answer_keys`
ADD = f"INSERT INTO answers (number, {COLUMNS}, at) VALUES ({', '.join('?' * 14)})"  # noqa: S608  # our own names
# What the tries of a failure cost is added to what takes its place. A success is never replaced.
REPLACE = """
UPDATE answers SET
    text_id = ?, replies = ?, label_logprobs = ?, votes = ?, unseen_mass = ?,
    prompt_tokens = prompt_tokens + ?, reply_tokens = reply_tokens + ?,
    seconds = seconds + ?, calls = calls + ?, problem = ?, at = ?
WHERE number = ? AND problem IS NOT NULL
"""
THESE = "rowid IN (SELECT value FROM json_each(?))"  # as `number` is called in ledgers of older versions too


class AnswerTable:
    """The answers in an open ledger, at most one per question key and LLM; to be dropped when a transaction fails.

    What others store meanwhile is seen: each call first reads the keys of rows that are new. Most of the hashes
    are in the table `answer_keys`, the rest, and all of a ledger of an older version, are made from the keys.
    """

    def __init__(self) -> None:
        self._index = KeyIndex()
        self._unwritten: list[tuple[Hashes, Rows]] = []  # hashes and numbers that are not in `answer_keys`
        self._written = -1  # they are up to this number; -1 = not read yet

    def add(self, db: sqlite3.Connection, answers: Iterable[Answer], now: float) -> int:
        """Store answers within a transaction; return how many were new or replaced a failure."""
        self._look(db)
        left, stored = iter(answers), 0
        while some := list(islice(left, AT_ONCE)):
            stored += self._add(db, some, now)
        self._write_keys(db)
        return stored

    def rows(
        self, db: sqlite3.Connection, keys: Sequence[str], llm: str, columns: str
    ) -> list[tuple[Any, ...]]:
        """Return some columns, of which the first is the key, of an LLM's answers (failures too) to questions."""
        self._look(db)
        numbers = self._index.numbers(hashes_of(keys))
        found = db.execute(
            f"SELECT {columns} FROM answers WHERE {THESE} AND llm = ?",  # noqa: S608  # our own names
            (json.dumps(numbers.tolist()), llm),
        ).fetchall()
        wanted = set(keys)
        return [row for row in found if row[0] in wanted]

    def _add(self, db: sqlite3.Connection, answers: Sequence[Answer], now: float) -> int:
        hashes = hashes_of(answer.key for answer in answers)
        places = self._places(db, hashes)
        new: list[tuple[object, ...]] = []
        again: list[tuple[object, ...]] = []
        taken: list[int] = []  # positions of the new ones
        for at, answer in enumerate(answers):
            row, key = row_of(answer, now), (answer.llm, answer.key)
            if key in places:
                again.append((*row[2:], places[key]))
            else:
                places[key] = self._index.last + len(new) + 1
                new.append((places[key], *row))
                taken.append(at)
        db.executemany(ADD, new)
        self._take(hashes[taken], self._index.last + 1 + np.arange(len(new)))
        return len(new) + max(0, db.executemany(REPLACE, again).rowcount)

    def _places(self, db: sqlite3.Connection, hashes: Hashes) -> dict[tuple[str, str], int]:
        """Return the numbers of the rows with these hashes by LLM and key."""
        numbers = self._index.numbers(hashes)
        if not len(numbers):
            return {}
        found = db.execute(
            f"SELECT llm, key, number FROM answers WHERE {THESE}",  # noqa: S608  # our own names
            (json.dumps(numbers.tolist()),),
        )
        return {(llm, key): number for llm, key, number in found}

    def _take(self, hashes: Hashes, numbers: Rows) -> None:
        self._unwritten.append((hashes, numbers))  # first: what an interrupt leaves out is taken again
        self._index.add(hashes, numbers)

    def _look(self, db: sqlite3.Connection) -> None:
        """Take in the rows that are not known yet."""
        if self._written < 0:
            for hashes, numbers in _written(db):
                self._index.add(hashes, numbers)
            self._written = self._index.last
        found = db.execute(
            "SELECT rowid, key FROM answers WHERE rowid > ? ORDER BY rowid", (self._index.last,)
        )
        while some := found.fetchmany(KEPT):
            self._take(hashes_of(key for _, key in some), np.array([number for number, _ in some], np.int64))

    def _write_keys(self, db: sqlite3.Connection) -> None:
        """Write down the hashes that are not yet, where they are many."""
        if sum(len(numbers) for _, numbers in self._unwritten) < KEPT:
            return
        pairs = np.stack(
            [np.concatenate([each[part] for each in self._unwritten]).astype("<i8") for part in (0, 1)]
        )
        entries = pairs.tobytes()
        entry = (self._index.last, self._written, entries, zlib.crc32(entries))
        db.execute("DELETE FROM answer_keys WHERE last > ?", (self._written,))  # harmed ones
        db.execute("INSERT INTO answer_keys VALUES (?, ?, ?, ?)", entry)
        self._written, self._unwritten = self._index.last, []


def _written(db: sqlite3.Connection) -> Iterator[tuple[Hashes, Rows]]:
    """Yield the hashes and numbers that are in `answer_keys`, up to the first entry that is not as it was written."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'answer_keys'").fetchone():
        return  # an older ledger, opened for reading
    (highest,) = db.execute("SELECT COALESCE(MAX(rowid), 0) FROM answers").fetchone()
    so_far = 0
    for last, after, entries, sum_ in db.execute("SELECT * FROM answer_keys ORDER BY last"):
        if after != so_far or last > highest or zlib.crc32(entries) != sum_:
            return
        so_far = last
        pairs = np.frombuffer(entries, "<i8").reshape(2, -1)
        yield pairs[0].astype(np.int64).view(np.uint64), pairs[1].astype(np.int64)
