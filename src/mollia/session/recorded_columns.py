"""Recorded answers of a pool so large that they are not copied into its ledger: they are read where they lie.

The file is read anew by every command that opens the task, so a copy would say nothing that the file does not. The
ledger's manifest says which file it was, how many rows it answered, and the hash of what it held.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mollia.annotate.recorded import recorded_annotator
from mollia.arrays import Mask, Rows, runs
from mollia.data.masses import Masses
from mollia.data.panel_columns import LlmColumns
from mollia.data.replies_column import RepliesColumn
from mollia.ledger.spent import Spent
from mollia.ledger.sqlite_store import SqliteStore
from mollia.records import Answer, Question, Recording
from mollia.settings import seen_from_folder

RECORDED = "recorded answers of "  # the start of their key in the manifest
BLOCK = 65_536  # ids hashed at a time


class RecordedColumns:
    """One LLM's recorded answers to a pool's n rows, in the pool's order (protocol Annotator).

    Parameters
    ----------
    columns : of the file, row by row, under the LLM's name on the panel.
    ids : the pool's n ids.
    rows : (n,) where each row of the pool stands in the file, -1 = nowhere; None where they are the file's.
    n_classes : K.
    path : the file.
    """

    live = False
    parallel = 1

    def __init__(
        self, columns: LlmColumns, ids: Sequence[str], rows: Rows | None, *, n_classes: int, path: Path
    ) -> None:
        held = _held(columns, n_classes)
        self.columns = held if rows is None else some(held, rows)
        self.path = path
        self._ids = ids

    @property
    def name(self) -> str:
        """The LLM's name."""
        return self.columns.name

    @cached_property
    def content(self) -> str:
        """A hash of the recorded content, computed once."""
        found = hashlib.blake2b(digest_size=16)
        for start in range(0, len(self._ids), BLOCK):
            found.update("\0".join(self._ids[start : start + BLOCK]).encode(errors="surrogatepass"))
        for masses in (self.columns.probs, self.columns.votes):
            found.update(np.ascontiguousarray(masses.values).data if isinstance(masses, Masses) else b"-")
        replies = self.columns.replies
        if isinstance(replies, RepliesColumn):
            found.update("\0".join(replies.words).encode(errors="surrogatepass"))
            found.update(replies.number.data)
            found.update(replies.bounds.data)
        return found.hexdigest()

    @property
    def n_answered(self) -> int:
        """How many rows have an answer."""
        answered = np.diff(_replies(self.columns).bounds) > 0
        for masses in (self.columns.probs, self.columns.votes):
            if isinstance(masses, Masses):
                answered |= ~np.isnan(masses.values[:, 0])
        return int(answered.sum())

    def fingerprint(self) -> str:
        """Return a hash of the recorded content."""
        return self.content

    def probe(self, _questions: Sequence[Question], /) -> None:
        """Recorded answers need no look."""

    def annotate(self, questions: Iterable[Question], /) -> Iterator[Answer]:
        """Yield the recorded answers in the questions' order."""
        held = self.columns
        whole = Recording(ids=self._ids, replies=held.replies, probs=held.probs, votes=held.votes)
        yield from recorded_annotator(self.name, whole).annotate(questions)

    def close(self) -> None:
        """Nothing is held open."""


def some(columns: LlmColumns, rows: Rows) -> LlmColumns:
    """Return the columns at some rows of the file, with nothing where a position is -1."""
    replies = _replies(columns)
    nowhere = rows < 0
    size = np.where(nowhere, 0, np.diff(replies.bounds)[rows]) if len(replies) else np.zeros(len(rows), int)
    number = replies.number[runs(replies.bounds[:-1][rows], size)] if size.any() else replies.number[:0]
    return replace(
        columns,
        replies=RepliesColumn(replies.words, number, np.append(0, np.cumsum(size)).astype(np.int64)),
        probs=_taken(columns.probs, rows, nowhere),
        votes=_taken(columns.votes, rows, nowhere),
    )


def note_recorded(store: SqliteStore, recorded: Sequence[RecordedColumns]) -> None:
    """Say in the ledger's manifest which files the answers that it does not hold lie in, by LLM."""
    noted = store.manifest() if recorded else {}
    entries = {
        RECORDED + each.name: {
            "file": seen_from_folder(each.path, store.path.parent),
            "rows": each.n_answered,
            "hash": each.content,
        }
        for each in recorded
    }
    new = {key: entry for key, entry in entries.items() if noted.get(key) != entry}
    if new:
        store.note(new)


def _held(columns: LlmColumns, n_classes: int) -> LlmColumns:
    """Return the columns with masses as arrays, and each distinct reply held once."""
    probs, votes = (
        masses if masses is None or isinstance(masses, Masses) else Masses.of(masses, n_classes)
        for masses in (columns.probs, columns.votes)
    )
    return replace(columns, replies=_replies(columns), probs=probs, votes=votes)


def _replies(columns: LlmColumns) -> RepliesColumn:
    replies = columns.replies
    return replies if isinstance(replies, RepliesColumn) else RepliesColumn.of(replies)


def _taken(masses: Sequence[object] | None, rows: Rows, nowhere: Mask) -> Masses | None:
    if not isinstance(masses, Masses):
        return None
    values = masses.values[rows]
    values[nowhere] = np.nan
    return Masses(values)


def recorded_files(store: SqliteStore) -> dict[str, str]:
    """Return by LLM the file, seen from the ledger's folder, that holds its answers in place of the ledger."""
    return {llm: str(entry.get("file", "")) for llm, entry in _noted(store).items()}


def answers_by_llm(store: SqliteStore) -> list[Spent]:
    """Return what each LLM has answered and cost: by the ledger, and of answers that stay in files by its manifest."""
    noted = _noted(store)
    held = [each for each in store.spent() if each.llm not in noted]
    return held + [_free(llm, int(entry.get("rows", 0))) for llm, entry in noted.items()]


def _free(llm: str, answers: int) -> Spent:
    return Spent(
        llm=llm,
        answers=answers,
        failures=0,
        paid=0,
        calls=0,
        prompt_tokens=0,
        reply_tokens=0,
        seconds=0.0,
    )


def _noted(store: SqliteStore) -> dict[str, dict[str, Any]]:
    return {
        key.removeprefix(RECORDED): entry
        for key, entry in store.manifest().items()
        if key.startswith(RECORDED) and isinstance(entry, dict)
    }
