"""One writer at a time: a lock the system lifts when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from mollia.errors import StoreError


class WriterLock:
    """Holds `<ledger>.lock` until `release`.

    Raises
    ------
    StoreError
        When another opening, of this or of another process, holds it.
    """

    def __init__(self, ledger: Path) -> None:
        path = ledger.with_name(ledger.name + ".lock")
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreError(
                f"The ledger {ledger} cannot be opened for writing: {error.strerror}.",
                hint="Choose an output folder you may write to.",
            ) from None
        try:
            _lock(self._file)
        except OSError:
            holder = os.pread(self._file, 20, 1).decode(errors="replace") if sys.platform != "win32" else ""
            os.close(self._file)
            by = f" (process {holder.strip()})" if holder.strip() else ""
            raise StoreError(
                f"The ledger {ledger} is being written by another run{by}.",
                hint="Wait until it has finished, or give this run another output folder.",
            ) from None
        with suppress(OSError):  # on a full disk nobody is told who holds it, and SQLite says what is wrong
            os.lseek(self._file, 1, os.SEEK_SET)  # byte 0 is what Windows locks
            os.write(self._file, f"{os.getpid():<20}".encode())

    def release(self) -> None:
        """Let others write; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)  # closing unlocks
            self._file = -1


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
