"""Labels that were accepted together, up to a stated share of wrong ones: a target in the ledger, no human label.

Which rows hold the target is tested anew with each fit (`quality.target`), so the promise is never older than the labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mollia.ledger.sqlite_store import SqliteStore, open_store

ACCEPTED = "labels accepted on the page"  # in the ledger's manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The accuracy that accepted labels must hold, and who accepted them."""

    target: float
    by: str


def accept(store: SqliteStore, target: float, by: str) -> None:
    """Accept the labels that hold a target accuracy."""
    store.note({ACCEPTED: {"target": target, "by": by}})


def accept_nothing(store: SqliteStore) -> None:
    """Take the acceptance back."""
    store.note({ACCEPTED: None})


def acceptance(store: SqliteStore) -> Acceptance | None:
    """Return what was accepted, None = nothing."""
    held = store.manifest().get(ACCEPTED)
    if not isinstance(held, dict) or not isinstance(held.get("target"), float):
        return None
    return Acceptance(target=held["target"], by=str(held.get("by", "")))


def accepted_target(ledger: Path) -> float | None:
    """Return the accuracy that was accepted in a run's ledger, None = nothing was."""
    if not ledger.is_file():
        return None
    # As a writer: a reader could not take SQLite's files beside the ledger away.
    with open_store(ledger, beside=True) as store:
        found = acceptance(store)
    return None if found is None else found.target
