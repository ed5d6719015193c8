"""What can be wrong with a ledger's file, each kind said with what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mollia.errors import StoreError

_RESTORE = "Restore it from a copy, or move it away to start over."
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)  # of a cell's content
_KEPT = "then run the same command again; nothing that was stored is lost."
# By the start of the error's name in SQLite.
_KINDS: dict[str, tuple[str, str]] = {
    "SQLITE_BUSY": (
        "is in use: another process has been holding it for half a minute",
        f"Close what has it open (a browser of databases, another run), {_KEPT}",
    ),
    "SQLITE_LOCKED": (
        "is in use by another part of this process",
        f"Close what has it open, {_KEPT}",
    ),
    "SQLITE_FULL": ("cannot be written: the disk is full", f"Free some disk space, {_KEPT}"),
    "SQLITE_IOERR": (
        "cannot be read or written: the disk reports an error",
        f"See whether the disk is full or failing, {_KEPT}",
    ),
    "SQLITE_READONLY": (
        "cannot be written: the file or its folder is read-only",
        "Allow writing to both, or choose an output folder you may write to.",
    ),
    "SQLITE_CANTOPEN": (
        "cannot be opened",
        "SQLite keeps files beside it, so its folder must be one you may write to: copy it to such a folder.",
    ),
    "SQLITE_CORRUPT": ("is damaged", _RESTORE),
    "SQLITE_NOTADB": ("is damaged", _RESTORE),
}


@contextmanager
def said(path: Path) -> Iterator[None]:
    """Turn an error of SQLite or the system into a StoreError that says which file and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        for start, (what, hint) in _KINDS.items():
            if name.startswith(start):
                raise StoreError(f"The ledger {path} {what} ({error}).", hint=hint) from error
        raise StoreError(f"The ledger {path} cannot be used: {error}.", hint=_RESTORE) from error
    except OSError as error:
        raise StoreError(
            f"The ledger {path} cannot be used: {error.strerror or error}.",
            hint="Choose an output folder you may write to.",
        ) from error


@contextmanager
def intact(path: Path, cell: str) -> Iterator[None]:
    """Turn what is wrong with one cell's content into a StoreError that names the cell."""
    try:
        yield
    except UNREADABLE as error:
        raise damaged(path, cell) from error


def damaged(path: Path, cell: str) -> StoreError:
    """Return the error that says which cell of a ledger cannot be read."""
    return StoreError(f"The ledger {path} is damaged: {cell} cannot be read.", hint=_RESTORE)
