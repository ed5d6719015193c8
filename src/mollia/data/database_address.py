"""The address of a table in a database file: `shop.sqlite::reviews`."""

from __future__ import annotations

from pathlib import Path

BETWEEN = "::"  # between a database file and a table in it
ENDINGS = (".sqlite", ".sqlite3", ".db", ".duckdb")


def parts_of(path: Path) -> tuple[Path, str | None]:
    """Return the file and the table that an address names, None = none named."""
    head, found, table = str(path).rpartition(BETWEEN)
    is_database = bool(found) and Path(head).suffix.lower() in ENDINGS
    return (Path(head), table) if is_database else (path, None)
