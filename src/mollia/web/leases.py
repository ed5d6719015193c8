"""Who is looking at which row, so that two people do not get the same one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MINUTES = 15


class Leases:
    """One row a session, kept for `seconds` after the session last asked for it; in memory only."""

    def __init__(self, seconds: float = 60.0 * MINUTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._held: dict[str, tuple[int, float]] = {}  # session -> row, until when
        self._turn = threading.Lock()

    def taken(self, session: str) -> set[int]:
        """Return the rows that other sessions hold."""
        with self._turn:
            now = self._clock()
            self._held = {who: held for who, held in self._held.items() if held[1] > now}
            return {row for who, (row, _) in self._held.items() if who != session}

    def take(self, session: str, row: int) -> bool:
        """Hold a row in place of the one held before; False when another session holds it."""
        with self._turn:
            now = self._clock()
            if any(
                row == held and who != session and until > now for who, (held, until) in self._held.items()
            ):
                return False
            self._held[session] = (row, now + self._seconds)
            return True

    def drop(self, session: str) -> None:
        """Give up what the session holds."""
        with self._turn:
            self._held.pop(session, None)
