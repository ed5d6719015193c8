import sqlite3

import pytest

from mollia.errors import StoreError
from mollia.ledger.faults import intact, said


def test_a_table_that_another_connection_holds_is_in_use_and_not_damaged(tmp_path):
    path = tmp_path / "ledger.sqlite"
    first = sqlite3.connect(path, isolation_level=None)
    second = sqlite3.connect(path, isolation_level=None, timeout=0)
    first.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="is in use: another process") as found, said(path):
        second.execute("BEGIN IMMEDIATE")
    assert "copy" not in found.value.hint
    first.close()
    second.close()


def test_a_full_disk_is_called_so(tmp_path):
    path = tmp_path / "ledger.sqlite"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("CREATE TABLE t (x)")
    db.execute("PRAGMA max_page_count = 2")
    with pytest.raises(StoreError, match="the disk is full") as found, said(path):
        db.execute("INSERT INTO t VALUES (?)", ("x" * 100_000,))
    assert "Free some disk space" in found.value.hint
    db.close()


def test_no_database_at_all_is_damaged(tmp_path):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"no database, but long enough to have a header of one hundred bytes" * 9)
    db = sqlite3.connect(path)
    with pytest.raises(StoreError, match="is damaged") as found, said(path):
        db.execute("SELECT 1 FROM sqlite_master")
    assert "Restore it from a copy" in found.value.hint
    db.close()


def test_an_error_of_the_system_names_the_file(tmp_path):
    with pytest.raises(StoreError, match="cannot be used: No such file"), said(tmp_path / "ledger.sqlite"):
        (tmp_path / "ledger.sqlite").read_bytes()


def test_a_cell_that_cannot_be_read_is_named(tmp_path):
    cell = intact(tmp_path / "ledger.sqlite", "a round of the loop")
    with pytest.raises(StoreError, match="a round of the loop cannot be read"), cell:
        int("x")
