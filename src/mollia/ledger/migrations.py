"""The ledger's tables, as numbered steps; a ledger of any older version is brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from mollia.ledger.leases import LEASES

APPLICATION_ID = 0x6D6F6C6C  # "moll", in the header of every ledger


def _first_tables(db: sqlite3.Connection) -> None:
    """Answers by question and LLM, human labels (append only), rounds, manifest.

    Lists are JSON; logprobs may hold -Infinity ("no mass") and NaN ("not seen").
    """
    db.execute(
        """
        CREATE TABLE answers (
            key TEXT NOT NULL, llm TEXT NOT NULL, text_id TEXT NOT NULL,
            replies TEXT NOT NULL, label_logprobs TEXT, votes TEXT, unseen_mass REAL,
            prompt_tokens INTEGER NOT NULL, reply_tokens INTEGER NOT NULL,
            seconds REAL NOT NULL, calls INTEGER NOT NULL, problem TEXT, at REAL NOT NULL,
            PRIMARY KEY (llm, key)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE human (
            number INTEGER PRIMARY KEY, use TEXT NOT NULL, text_id TEXT NOT NULL,
            y INTEGER NOT NULL, chance REAL, annotator TEXT NOT NULL, at REAL NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX human_rows ON human (use, text_id)")
    db.execute(
        "CREATE TABLE rounds (number INTEGER PRIMARY KEY, round TEXT NOT NULL, at REAL NOT NULL) STRICT"
    )
    db.execute("CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")


def _notes_of_people(db: sqlite3.Connection) -> None:
    """What a person wrote beside a label."""
    db.execute("ALTER TABLE human ADD COLUMN note TEXT NOT NULL DEFAULT ''")


def _draws_in_batches(db: sqlite3.Connection) -> None:
    """The draw in which a labelled row came, and how many rows it had (0 = unknown, as in older ledgers)."""
    db.execute("ALTER TABLE human ADD COLUMN batch INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE human ADD COLUMN batch_size INTEGER NOT NULL DEFAULT 0")


def _rows_open_on_pages(db: sqlite3.Connection) -> None:
    """Who has which row open on the pages."""
    db.execute(LEASES)


def _answers_found_by_hash(db: sqlite3.Connection) -> None:
    """Answers under numbers as they came, without an index of their keys.

    `answer_keys` holds hashes of the keys, then the numbers of their rows (8 bytes each, little-endian), of those after
    the number `after` up to `last`, with their CRC-32. What it lacks is made from the keys (`answer_table`).
    """
    columns = (
        "key, llm, text_id, replies, label_logprobs, votes, unseen_mass, "
        "prompt_tokens, reply_tokens, seconds, calls, problem, at"
    )
    db.execute(
        """
        CREATE TABLE numbered (
            number INTEGER PRIMARY KEY, key TEXT NOT NULL, llm TEXT NOT NULL, text_id TEXT NOT NULL,
            replies TEXT NOT NULL, label_logprobs TEXT, votes TEXT, unseen_mass REAL,
            prompt_tokens INTEGER NOT NULL, reply_tokens INTEGER NOT NULL,
            seconds REAL NOT NULL, calls INTEGER NOT NULL, problem TEXT, at REAL NOT NULL
        ) STRICT
        """
    )
    db.execute(f"INSERT INTO numbered SELECT rowid, {columns} FROM answers ORDER BY rowid")  # noqa: S608  # our own names
    db.execute("DROP TABLE answers")
    db.execute("ALTER TABLE numbered RENAME TO answers")
    db.execute(
        "CREATE TABLE answer_keys (last INTEGER PRIMARY KEY, after INTEGER NOT NULL, "
        "entries BLOB NOT NULL, sum INTEGER NOT NULL) STRICT"
    )


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _first_tables,
    _notes_of_people,
    _draws_in_batches,
    _rows_open_on_pages,
    _answers_found_by_hash,
)
VERSION = len(MIGRATIONS)


def migrate(db: sqlite3.Connection, version: int) -> None:
    """Bring a ledger of `version` up to `VERSION`, each step in its own transaction."""
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            step(db)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {number}")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
