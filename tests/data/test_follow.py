"""A file that grows: whole rows as they are appended, whatever way they are written."""

import itertools
import threading
import time

import pytest

from mollia.data.follow import PipedLines, check_followed, following
from mollia.errors import DataError
from mollia.text_format import TextFormat


def rows(tables, n):
    """The next n rows, as dictionaries."""
    found = []
    for table in tables:
        found += [
            dict(zip(table.columns, cells, strict=True))
            for cells in zip(*table.columns.values(), strict=True)
        ]
        if len(found) >= n:
            return found
    return found


def later(path, *texts, encoding="utf-8"):
    def write():
        for text in texts:
            time.sleep(0.1)
            with path.open("ab") as file:
                file.write(text.encode(encoding))

    threading.Thread(target=write).start()


def test_csv_rows_come_as_they_are_appended_cut_anywhere(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("id,text\n1,first\n")
    tables = following(str(path), TextFormat(), delimiter=",")
    assert rows(tables, 1) == [{"id": "1", "text": "first"}]
    later(path, "2,sec", 'ond\n3,"two\n', 'lines"\n4,né', "\n")
    assert rows(tables, 3) == [
        {"id": "2", "text": "second"},
        {"id": "3", "text": "two\nlines"},
        {"id": "4", "text": "né"},
    ]


def test_a_letter_may_be_cut_between_its_bytes_and_the_encoding_be_another(tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes("\ufefftext\n".encode())
    tables = following(str(path), TextFormat(), delimiter=",")

    def write():
        for part in (b"caf\xc3", b"\xa9\n"):
            time.sleep(0.1)
            with path.open("ab") as file:
                file.write(part)

    threading.Thread(target=write).start()
    assert rows(tables, 1) == [{"text": "café"}]
    other = tmp_path / "old.csv"
    other.write_bytes("text\nné\n".encode("cp1252"))
    assert rows(following(str(other), TextFormat(encoding="cp1252"), delimiter=","), 1) == [{"text": "né"}]
    with pytest.raises(DataError, match="what was appended is not utf-8"):
        rows(following(str(other), TextFormat(), delimiter=","), 1)


def test_json_lines_may_have_other_keys_and_many_rows_come_together(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text("".join(f'{{"text": "{i}"}}\n' for i in range(700)) + '{"text": "last", "n": 1}\n')
    tables = list(itertools.islice(following(str(path), TextFormat(), delimiter=None), 3))
    assert [len(table) for table in tables] == [512, 188, 1]
    assert tables[2].columns["n"] == [1]


def test_a_wrong_row_is_said_with_its_line_after_what_came_before(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("id,text\n1,good\n2\n")
    tables = following(str(path), TextFormat(), delimiter=",")
    with pytest.raises(DataError, match=r"in\.csv:3"):
        rows(tables, 5)


def test_a_file_that_becomes_shorter_or_goes_ends_the_watch(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("text\nfirst\n")
    tables = following(str(path), TextFormat(), delimiter=",")
    rows(tables, 1)
    path.write_text("text\n")
    with pytest.raises(DataError, match="became shorter"):
        rows(tables, 1)
    path.write_text("text\nfirst\n")
    tables = following(str(path), TextFormat(), delimiter=",")
    rows(tables, 1)
    path.unlink()
    with pytest.raises(DataError, match="no longer there"):
        rows(tables, 1)


def test_lines_that_are_piped_in_come_to_their_end():
    assert list(PipedLines(iter(["a\n", "b"]))) == ["a\n", "b"]


def test_what_cannot_be_followed_is_refused(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be watched"):
        check_followed(str(tmp_path / "x.parquet"))
    with pytest.raises(DataError, match="There is no file"):
        check_followed(str(tmp_path / "x.csv"))
    check_followed("-")
