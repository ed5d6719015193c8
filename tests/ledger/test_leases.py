"""Who has which row open: for 15 minutes, across servers; a person is a name."""

import sqlite3
import threading

import pytest

from mollia.errors import StoreError
from mollia.ledger.leases import Leases
from mollia.ledger.migrations import APPLICATION_ID, MIGRATIONS, VERSION
from mollia.ledger.sqlite_store import open_store


@pytest.fixture
def ledger(tmp_path):
    with open_store(tmp_path / "ledger.sqlite") as store:
        yield store.path


def test_a_lease_keeps_others_off_until_it_ends(ledger):
    now = [0.0]
    leases = Leases(ledger, seconds=900, clock=lambda: now[0])
    other = Leases(ledger, seconds=900, clock=lambda: now[0])  # of another server
    assert leases.take("kim", "seed", "a")
    assert not other.take("ana", "seed", "a")
    assert other.taken("ana") == {"a"}
    assert other.take("kim", "seed", "a"), "the same person on another device"
    assert other.taken("kim") == set()
    assert leases.take("kim", "review", "b"), "a row for each page"
    assert other.taken("ana") == {"a", "b"}
    assert leases.take("kim", "seed", "c"), "in place of the one before"
    assert other.take("ana", "seed", "a")
    now[0] = 901
    assert other.taken("ana") == set()
    assert other.take("ana", "seed", "c")
    other.drop("ana", "seed")
    assert leases.taken("kim") == set()
    leases.close()
    other.close()


def test_a_lease_is_renewed_while_its_row_is_asked_for(ledger):
    now = [0.0]
    leases = Leases(ledger, seconds=900, clock=lambda: now[0])
    for now[0] in (0.0, 30.0, 600.0, 1400.0):
        assert leases.take("kim", "seed", "a")
    now[0] = 2200.0
    assert leases.taken("ana") == {"a"}
    leases.close()


def test_of_many_servers_that_ask_at_once_one_gets_the_row(ledger):
    for number in range(20):
        servers = [Leases(ledger) for _ in range(6)]
        got, start = [], threading.Barrier(len(servers))

        def ask(server, who, row=f"row {number}", got=got, start=start):
            start.wait()
            if server.take(who, "seed", row):
                got.append(who)

        people = [f"person {place}" for place in range(len(servers))]
        threads = [threading.Thread(target=ask, args=pair) for pair in zip(servers, people, strict=True)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len(got) == 1
        for each in servers:
            each.close()


def test_a_ledger_of_an_older_mollia_gets_the_table(tmp_path):
    path = tmp_path / "ledger.sqlite"
    old = sqlite3.connect(path, isolation_level=None)
    for step in MIGRATIONS[: VERSION - 1]:
        step(old)
    old.execute("DROP TABLE IF EXISTS leases")
    number = next(place for place, step in enumerate(MIGRATIONS) if step.__name__ == "_rows_open_on_pages")
    old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    old.execute(f"PRAGMA user_version = {number}")
    old.close()
    with open_store(path, beside=True):
        leases = Leases(path)
        assert leases.take("kim", "seed", "a")
        leases.close()


def test_a_ledger_that_cannot_be_used_is_said(tmp_path):
    leases = Leases(tmp_path / "ledger.sqlite")  # without the table
    with pytest.raises(StoreError, match="cannot be used: no such table"):
        leases.taken("kim")
    leases.close()
