"""Who has which row open on the pages: a table of the ledger, so that every server of a task knows."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mollia.ledger.faults import said

MINUTES = 15
RENEWED = 60.0  # seconds within which a lease is not written again
LEASES = """
CREATE TABLE leases (
    person TEXT NOT NULL, page TEXT NOT NULL, text_id TEXT NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (person, page)
) STRICT
"""
TAKEN = "SELECT DISTINCT text_id FROM leases WHERE person <> ? AND until > ?"
TAKEN_BY_OTHERS = "SELECT 1 FROM leases WHERE text_id = ? AND person <> ? AND until > ?"
FRESH = "SELECT 1 FROM leases WHERE person = ? AND page = ? AND text_id = ? AND until > ?"
TAKE = "INSERT OR REPLACE INTO leases (person, page, text_id, until) VALUES (?, ?, ?, ?)"


class Leases:
    """One row per person and page, kept for `seconds` after the person last asked for it.

    A person is a name: who gives the same name on another device has the same rows open there. The connection is
    its own: a lease need not outlive a power cut, so nobody waits for the disk.

    Parameters
    ----------
    ledger : a file that has the table already (see `migrations`).
    clock : seconds since 1970, the same for all servers.
    """

    def __init__(
        self, ledger: Path, *, seconds: float = 60.0 * MINUTES, clock: Callable[[], float] = time.time
    ) -> None:
        self._ledger = ledger
        self._seconds = seconds
        self._clock = clock
        self._turn = threading.Lock()
        with self._using():
            self._db = sqlite3.connect(ledger, isolation_level=None, check_same_thread=False, timeout=30)
            self._db.execute("PRAGMA synchronous = OFF")

    def taken(self, person: str) -> set[str]:
        """Return the ids of the rows that others have open."""
        with self._using():
            return {text_id for (text_id,) in self._db.execute(TAKEN, (person, self._clock()))}

    def people(self) -> list[str]:
        """Return the names of all who have had a row open."""
        with self._using():
            return [name for (name,) in self._db.execute("SELECT DISTINCT person FROM leases")]

    def take(self, person: str, page: str, text_id: str) -> bool:
        """Hold a row in place of the one held before on that page; False when someone else has it open."""
        now = self._clock()
        until = now + self._seconds
        with self._using():
            if self._db.execute(FRESH, (person, page, text_id, until - RENEWED)).fetchone():
                return True
            with self._writing():
                if self._db.execute(TAKEN_BY_OTHERS, (text_id, person, now)).fetchone():
                    return False
                self._db.execute(TAKE, (person, page, text_id, until))
        return True

    def drop(self, person: str, page: str) -> None:
        """Give up what a person holds on a page."""
        with self._using(), self._writing():
            self._db.execute("DELETE FROM leases WHERE person = ? AND page = ?", (person, page))

    def close(self) -> None:
        """Close the file; the leases stay until they end."""
        with self._turn:
            self._db.close()

    @contextmanager
    def _using(self) -> Iterator[None]:
        with self._turn, said(self._ledger):
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            self._db.execute("COMMIT")
