"""The ledger: what was asked, answered and labelled, in one SQLite file its owner can open."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from itertools import islice
from pathlib import Path
from typing import Any, Self

from mollia.errors import StoreError
from mollia.invocation import pip_install
from mollia.ledger.answer_rows import CELLS, COLUMNS, answer_of
from mollia.ledger.answer_table import LOOKUP, AnswerTable
from mollia.ledger.faults import UNREADABLE, damaged, intact, said
from mollia.ledger.human_table import RENUMBER, SAID, SAY, Said, labels_of, newest_words, rows_of
from mollia.ledger.lock import WriterLock
from mollia.ledger.migrations import APPLICATION_ID, VERSION, migrate
from mollia.ledger.reading import Cells
from mollia.ledger.spent import PROBLEMS, SPENT, Failures, Spent
from mollia.leftovers import sweep
from mollia.records import Answer, HumanLabels, Question, Round, Use, kind_of

MAGIC = b"SQLite format 3\0"
CHECKED_BYTES = 64 * 2**20  # files up to this size are checked in full when opened
PATIENCE = 30.0  # seconds to wait for another process that writes


def open_store(path: str | Path, *, read_only: bool = False, beside: bool = False) -> SqliteStore:
    """Open a ledger, and create it (with its folder) unless `read_only`.

    `beside` writes without keeping others from writing, and while another run does: for people's
    labels, which are only ever appended.

    Raises
    ------
    StoreError
        When the file is damaged, no ledger, of a newer mollia, or being written by another run.
    """
    return SqliteStore(Path(path), read_only=read_only, beside=beside)


class SqliteStore:
    """The protocol `Store` in one SQLite file: WAL, synchronous=FULL, one writer.

    What `add` and the other writing methods took is on the disk when they return. Reading
    is possible beside a writer (`read_only=True`). Threads of one process may share a store.
    """

    def __init__(self, path: Path, *, read_only: bool = False, beside: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        self._turn = threading.RLock()
        self._table = AnswerTable()
        self._lock: WriterLock | None = None
        with said(path):
            there = path.is_file()
        if read_only and not there:
            raise StoreError(f"There is no ledger {path}.", hint="A run of a task creates it.")
        _refuse_strangers(path)
        if not read_only:
            with said(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            sweep(path.parent)
            try:
                self._lock = WriterLock(path)
            except StoreError:
                if not beside:
                    raise
        try:
            self._db = self._connect(read_only=read_only)
        except BaseException:
            self._release()
            raise
        if beside:
            self._release()
            self._lock = None

    def _connect(self, *, read_only: bool) -> sqlite3.Connection:
        with self._said():
            mode = "ro" if read_only else "rwc"
            db = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=PATIENCE,
            )
            db.create_function("kind_of", 1, kind_of, deterministic=True)
            try:
                self._prepare(db, read_only=read_only)
            except BaseException:
                db.close()
                raise
        return db

    def _prepare(self, db: sqlite3.Connection, *, read_only: bool) -> None:
        version = _pragma(db, "user_version")
        empty = not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        if _pragma(db, "application_id") != APPLICATION_ID and not empty:
            raise StoreError(
                f"{self.path} is an SQLite file of another program, not a mollia ledger.",
                hint="Give the ledger another path.",
            )
        if version > VERSION:
            raise StoreError(
                f"The ledger {self.path} was written by a newer mollia (ledger version {version}; "
                f"this one knows up to {VERSION}).",
                hint=f"Install the newer mollia: {pip_install('--upgrade', 'mollia')}",
            )
        if self.path.stat().st_size <= CHECKED_BYTES:
            fault = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if fault != "ok":
                raise sqlite3.DatabaseError(fault)
        if read_only:
            return
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        if self._lock is not None:
            migrate(db, version)
        elif version < VERSION:
            raise StoreError(
                f"The ledger {self.path} is of an older mollia and another process holds it.",
                hint="Wait until it has finished, then try again.",
            )

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Turn SQLite's errors into one that says which file and what to do."""
        with self._turn, said(self.path):
            yield

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if self._read_only:
            raise StoreError(f"The ledger {self.path} is open for reading only.")
        with self._said():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                if self._db.in_transaction:  # SQLite may have rolled back by itself (disk full)
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file and let others write; a second call does nothing."""
        with self._turn:
            self._db.close()
            self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- answers

    def add(self, answers: Iterable[Answer], /) -> int:
        """Store answers in one transaction; return how many were new or replaced a failure."""
        with self._turn:
            # A new one stays where the transaction fails: this one would know of rows that are not stored.
            table, self._table = self._table, AnswerTable()
            with self._writing() as db:
                stored = table.add(db, answers, time.time())
            self._table = table
            return stored

    def missing(self, questions: Sequence[Question], /, *, llm: str) -> list[Question]:
        """Return the questions that have no usable answer of `llm` yet, one per key."""
        first: dict[str, Question] = {}
        for question in questions:
            first.setdefault(question.key, question)
        for keys in _chunks(list(first)):
            with self._said():
                rows = self._table.rows(self._db, keys, llm, "key, problem")
            for key, problem in rows:
                if problem is None:
                    del first[key]
        return list(first.values())

    def answers(self, keys: Sequence[str], /, *, llms: Sequence[str]) -> Iterator[Answer]:
        """Yield the stored answers (failures too) to questions, by LLM, in no other order."""
        for llm in llms:
            for some in _chunks(list(dict.fromkeys(keys))):
                with self._said():
                    rows = self._table.rows(self._db, some, llm, COLUMNS)
                yield from map(self._answer, rows)

    def cells(self, keys: Sequence[str], /, *, llm: str) -> Iterator[tuple[Sequence[str], list[Cells]]]:
        """Yield some of the keys, and the cells of the stored answers to them (failures too), until all have come."""
        for some in _chunks(keys):
            with self._said():
                rows = self._table.rows(self._db, some, llm, CELLS)
            yield some, rows

    def all_answers(self) -> Iterator[Answer]:
        """Yield every stored answer, failures too, in the order in which they came."""
        last = 0
        while True:
            with self._said():
                rows = self._db.execute(
                    f"SELECT {COLUMNS}, rowid FROM answers WHERE rowid > ? "  # noqa: S608  # our own names
                    "ORDER BY rowid LIMIT ?",
                    (last, LOOKUP),
                ).fetchall()
            if not rows:
                return
            last = rows[-1][-1]
            for row in rows:
                yield self._answer(row[:-1])

    def _answer(self, row: tuple[Any, ...]) -> Answer:
        try:
            return answer_of(row)
        except UNREADABLE as error:
            raise damaged(self.path, f'the answer of {row[1]} to row "{row[2]}"') from error

    def spent(self) -> list[Spent]:
        """Return what each LLM has cost so far, in the order in which they first answered."""
        names = [each.name for each in fields(Spent)]
        with self._said():
            rows = self._db.execute(SPENT).fetchall()
        return [Spent(**dict(zip(names, row, strict=True))) for row in rows]

    def problems(self) -> list[Failures]:
        """Return the failures by LLM and kind, the most frequent first."""
        with self._said():
            rows = self._db.execute(PROBLEMS).fetchall()
        return [Failures(llm=llm, kind=kind, number=n, example=example) for llm, kind, n, example in rows]

    def version(self) -> tuple[int, int]:
        """Return a value that differs whenever anyone has written since."""
        with self._said():
            return _pragma(self._db, "data_version"), self._db.total_changes

    # --- human labels

    def add_human(self, labels: HumanLabels, /, *, annotator: str = "", note: str = "") -> None:
        """Store labels people gave; a person's newer word on a row replaces their older one.

        In place of a class number, TAKEN_BACK (-1) takes that person's label back and UNSURE (-2)
        says that they cannot tell.
        """
        with self._writing() as db:
            db.executemany(SAY, rows_of(labels, annotator, note, time.time()))

    def human(self, use: Use, /) -> HumanLabels:
        """Return the labels stored for a use, in the order in which the rows were first labelled.

        Where people differ about a row, the newest label stands.
        """
        rows = self._people(use)
        return labels_of(newest_words(rows), (row[0] for row in rows), use)

    def said(self, use: Use, /) -> list[Said]:
        """Return each person's newest word on each row, oldest first, without what was taken back."""
        return newest_words(self._people(use))

    def renumber_human(self, numbers: Sequence[int], entries: Mapping[str, object], /) -> None:
        """Give class k of every human label the new number numbers[k], -1 = the class is gone.

        `entries` go into the manifest in the same transaction, so that it is done once.
        """
        with self._writing() as db:
            db.execute(RENUMBER, (json.dumps(list(numbers)),))
            self._note(db, entries)

    def _people(self, use: Use) -> list[Any]:
        with self._said():
            return self._db.execute(SAID, (use,)).fetchall()

    # --- rounds and manifest

    def add_round(self, round_: Round, /) -> None:
        """Store a finished round; one of the same number is replaced."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO rounds VALUES (?, ?, ?)",
                (round_.number, json.dumps(asdict(round_), default=dict), time.time()),
            )

    def rounds(self) -> list[Round]:
        """Return the finished rounds in order."""
        with self._said():
            rows = self._db.execute("SELECT round FROM rounds ORDER BY number").fetchall()
        with intact(self.path, "a round of the loop"):
            stored = [json.loads(text) for (text,) in rows]
            return [Round(**{name: _tuple(value) for name, value in fields.items()}) for fields in stored]

    def forget_rounds(self) -> None:
        """Drop the rounds, to start the loop over on the answers that are kept."""
        with self._writing() as db:
            db.execute("DELETE FROM rounds")

    def manifest(self) -> dict[str, object]:
        """Return all that was noted about the run, by key."""
        with self._said():
            rows = self._db.execute("SELECT key, value FROM manifest ORDER BY key").fetchall()
        with intact(self.path, "a note in the table manifest"):
            return {key: json.loads(value) for key, value in rows}

    def note(self, entries: Mapping[str, object], /, *, first: bool = False) -> None:
        """Note facts about the run (key -> JSON value) in the manifest; a newer one replaces the older.

        With `first` the older one stays: of two processes that note the same, one does.
        """
        with self._writing() as db:
            held = db.execute("SELECT key FROM manifest").fetchall() if first else []
            self._note(db, {key: value for key, value in entries.items() if (key,) not in held})

    def _note(self, db: sqlite3.Connection, entries: Mapping[str, object]) -> None:
        db.executemany(
            "INSERT OR REPLACE INTO manifest VALUES (?, ?)",
            [(key, json.dumps(value)) for key, value in entries.items()],
        )


def _refuse_strangers(path: Path) -> None:
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a ledger.", hint="Name a file, such as ledger.sqlite.")
    if path.is_file() and path.stat().st_size > 0:
        with said(path), path.open("rb") as file:
            start = file.read(len(MAGIC))
        if start != MAGIC:
            raise StoreError(
                f"{path} is not a ledger: it is not an SQLite file, or its start is damaged.",
                hint="Restore it from a copy, or give the ledger another path.",
            )


def _pragma(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def _chunks(keys: Sequence[str]) -> Iterator[list[str]]:
    left = iter(keys)
    while some := list(islice(left, LOOKUP)):
        yield some


def _tuple(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    return tuple(value) if isinstance(value, list) else value
