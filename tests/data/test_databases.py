"""Tables of SQLite and DuckDB files: read, written beside others, never written over unless they are mollia's own."""

import sqlite3

import duckdb
import pytest

from mollia.data.batches import read_batches
from mollia.data.duckdb_file import DUCKDB
from mollia.data.read import read_pool, read_table
from mollia.data.sqlite_file import SQLITE
from mollia.data.write_table import write_columns, writing
from mollia.errors import DataError
from mollia.testing import check_format

ENDINGS = ("sqlite", "duckdb")
CONNECT = {"sqlite": sqlite3.connect, "duckdb": lambda path: duckdb.connect(str(path))}


@pytest.fixture(params=ENDINGS)
def shop(request, tmp_path):
    """A database of a shop: the table reviews and a second one."""
    path = tmp_path / f"shop.{request.param}"
    connection = CONNECT[request.param](path)
    connection.execute('CREATE TABLE reviews ("id" INTEGER, "text" TEXT, "stars" REAL)')
    rows = [(1, "late", 2.5), (2, "naïve; 北京", None), (3, 'say "hi"', 5.0)]
    for row in rows:
        connection.execute("INSERT INTO reviews VALUES (?, ?, ?)", row)
    connection.execute("CREATE TABLE other (a INTEGER)")
    connection.commit()
    connection.close()
    return path


@pytest.mark.parametrize(("ending", "kind"), [("sqlite", SQLITE), ("duckdb", DUCKDB)])
def test_a_table_keeps_the_promises_of_a_format(tmp_path, ending, kind):
    check_format(kind, tmp_path / f"new.{ending}")


def test_a_table_is_read_by_its_address_and_a_missing_name_lists_those_there_are(shop):
    pool = read_pool(f"{shop}::reviews")
    assert list(pool.ids) == ["1", "2", "3"]
    assert list(pool.texts) == ["late", "naïve; 北京", 'say "hi"']
    assert list(pool.columns["stars"]) == [2.5, None, 5.0]
    with pytest.raises(DataError, match=r"has 2 tables: other, reviews") as error:
        read_table(shop)
    assert f"{shop}::other" in error.value.hint
    with pytest.raises(DataError, match=r'has no table "review".*reviews'):
        read_table(f"{shop}::review")
    with pytest.raises(DataError, match="There is no file"):
        read_table(f"{shop.parent / 'none.sqlite'}::reviews")


def test_batches_hold_the_same_rows(shop):
    parts = [len(table) for table in read_batches(f"{shop}::reviews", size=2)]
    assert parts == [2, 1]


def test_a_table_is_written_beside_others_and_again_but_never_over_a_strangers(shop):
    columns = {"id": [1, 2], "label": ["a", 'b "quoted"'], "confidence": [0.5, float("nan")]}
    address = shop.parent / f"{shop.name}::labels"
    write_columns(address, columns)
    write_columns(address, {"id": [3], "label": ["c"], "confidence": [1.0]})
    read = read_table(address)
    assert [list(cells) for cells in read.columns.values()] == [[3], ["c"], [1.0]]
    assert len(read_table(f"{shop}::reviews")) == 3
    with pytest.raises(DataError, match='has a table "reviews" already, and mollia did not write it'):
        write_columns(shop.parent / f"{shop.name}::reviews", columns)
    assert len(read_table(f"{shop}::reviews")) == 3


def test_a_write_that_fails_leaves_the_table_as_it_was(shop):
    address = shop.parent / f"{shop.name}::labels"
    write_columns(address, {"id": [1]})
    with pytest.raises((ValueError, DataError), match=r"shorter|expected length"), writing(address) as rows:
        rows.write({"id": [2], "text": []})
    assert list(read_table(address).columns["id"]) == [1]


def test_a_name_with_quotes_is_a_name(shop):
    address = shop.parent / f'{shop.name}::la"; DROP TABLE reviews; --'
    write_columns(address, {'co"l': ["x"]})
    assert list(read_table(address).columns) == ['co"l']
    assert len(read_table(f"{shop}::reviews")) == 3


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_of_another_kind_is_said(tmp_path, ending):
    path = tmp_path / f"no.{ending}"
    path.write_text("id,text\n1,a\n" * 100)
    with pytest.raises(DataError, match="cannot be used as"):
        read_table(path)


def test_bytes_are_refused_with_what_to_do(tmp_path):
    connection = sqlite3.connect(tmp_path / "b.sqlite")
    connection.execute("CREATE TABLE t (text BLOB)")
    connection.execute("INSERT INTO t VALUES (x'00ff')")
    connection.commit()
    connection.close()
    with pytest.raises(DataError, match=r'row 1, column "text" holds bytes') as error:
        read_table(tmp_path / "b.sqlite")
    assert "CAST" in error.value.hint
