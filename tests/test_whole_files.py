import stat
import sys
from pathlib import Path

import pytest

from mollia.errors import DataError
from mollia.whole_files import new_folder, replacing, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole_and_leaves_nothing_beside_it(tmp_path):
    write_text(tmp_path / "new" / "folder" / "a.txt", "übrig")
    assert (tmp_path / "new" / "folder" / "a.txt").read_text("utf-8") == "übrig"
    assert names(tmp_path / "new" / "folder") == ["a.txt"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    write_text(tmp_path / "a.txt", "old")

    def fail():
        with replacing(tmp_path / "a.txt") as unfinished:
            unfinished.write_text("half", "utf-8")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (tmp_path / "a.txt").read_text("utf-8") == "old"
    assert names(tmp_path) == ["a.txt"]


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    with replacing(tmp_path / "a.txt") as unfinished:
        unfinished.write_text("new", "utf-8")
        assert (tmp_path / "a.txt").read_text("utf-8") == "old"
    assert (tmp_path / "a.txt").read_text("utf-8") == "new"


@pytest.mark.skipif(sys.platform == "win32", reason="links, modes and devices as Unix has them")
class TestUnix:
    def test_a_link_stays_a_link_and_its_file_is_replaced(self, tmp_path):
        write_text(tmp_path / "there" / "a.txt", "old")
        (tmp_path / "link.txt").symlink_to(tmp_path / "there" / "a.txt")
        write_text(tmp_path / "link.txt", "new")
        assert (tmp_path / "link.txt").is_symlink()
        assert (tmp_path / "there" / "a.txt").read_text("utf-8") == "new"

    def test_who_may_read_a_file_stays(self, tmp_path):
        write_text(tmp_path / "a.txt", "secret")
        (tmp_path / "a.txt").chmod(0o600)
        write_text(tmp_path / "a.txt", "new secret")
        assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o600

    def test_a_full_device_is_told_and_stays_a_device(self):
        with pytest.raises(DataError, match=r"/dev/full cannot be written: No space left"):
            write_text(Path("/dev/full"), "text")
        assert Path("/dev/full").is_char_device()


def test_a_folder_in_a_files_place_is_told(tmp_path):
    with pytest.raises(DataError, match="it is a folder"):
        write_text(tmp_path, "text")


def test_a_file_among_the_folders_above_is_told(tmp_path):
    write_text(tmp_path / "a.txt", "text")
    with pytest.raises(DataError, match="cannot be written"):
        write_text(tmp_path / "a.txt" / "b" / "c.txt", "text")


def test_a_name_that_is_too_long_is_told(tmp_path):
    with pytest.raises(DataError, match="too long"):
        write_text(tmp_path / ("a" * 300), "text")


def test_the_longest_name_that_the_system_takes_is_written(tmp_path):
    path = tmp_path / ("a" * 255)
    write_text(path, "text")
    assert path.read_text("utf-8") == "text"


def test_a_folder_appears_whole(tmp_path):
    (tmp_path / "set").mkdir()
    with new_folder(tmp_path / "set") as unfinished:
        (unfinished / "below").mkdir()
        write_text(unfinished / "below" / "a.txt", "text")
        assert not any((tmp_path / "set").iterdir())
    assert (tmp_path / "set" / "below" / "a.txt").read_text("utf-8") == "text"
    assert names(tmp_path) == ["set"]


def test_a_folder_that_holds_anything_is_not_replaced(tmp_path):
    write_text(tmp_path / "set" / "a.txt", "text")
    with pytest.raises(DataError, match="not empty"), new_folder(tmp_path / "set"):
        pass
    with pytest.raises(DataError, match="it is a file"), new_folder(tmp_path / "set" / "a.txt"):
        pass
    assert names(tmp_path / "set") == ["a.txt"]


def test_a_file_where_a_folder_is_needed_is_named(tmp_path):
    (tmp_path / "a").write_text("", "utf-8")
    with pytest.raises(DataError, match=r"labels\.csv cannot be written: .*a is a file, not a folder"):
        write_text(tmp_path / "a" / "b" / "labels.csv", "")
