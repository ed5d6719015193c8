"""Audit labels that were changed after they were given, when the panel's labels could be seen: kept, counted and told."""

from __future__ import annotations

from mollia.ledger.sqlite_store import SqliteStore

CHANGED = "audit label changed later: "  # in the ledger's manifest, and the row's id


def mark_changed(store: SqliteStore, id_: str) -> None:
    """Note that a row's audit label is no longer the one that was given blind."""
    store.note({CHANGED + id_: True})


def unmark(store: SqliteStore, id_: str) -> None:
    """Note that the label given blind stands again."""
    store.note({CHANGED + id_: False})


def changed_note(store: SqliteStore) -> tuple[str, ...]:
    """Return a sentence on audit labels that were changed later; none where none was."""
    n = sum(key.startswith(CHANGED) and value is True for key, value in store.manifest().items())
    if not n:
        return ()
    labels = "1 audit label was" if n == 1 else f"{n} audit labels were"
    said = (
        f"{labels} changed after the blind label was given, when the panel's answers could be seen: "
        "the accuracy may look higher than it is."
    )
    return (said,)
