"""Browsers are known again after a restart; the secret that does it is read by its owner alone."""

import stat
import sys

import pytest

from mollia.errors import DataError
from mollia.web.sessions import FILE, Sessions, secret_in, secret_of

unix = pytest.mark.skipif(sys.platform == "win32", reason="modes and links as Unix has them")
SECRET = b"s" * 32


def test_a_cookie_is_known_to_whoever_has_the_secret_and_to_nobody_else():
    session = Sessions(SECRET).new()
    session.name = "Zoé; a.b=c"
    cookie = Sessions(SECRET).cookie(session)
    assert cookie.isascii()
    assert not set(cookie) & set(' ;,"\\')
    assert Sessions(SECRET).known(cookie) == session
    assert Sessions(b"t" * 32).known(cookie) is None
    assert Sessions(SECRET).token == Sessions(SECRET).token != Sessions(b"t" * 32).token


def test_no_two_sessions_share_an_id_or_a_key():
    made = [Sessions(SECRET).new() for _ in range(100)]
    assert len({each.id for each in made}) == len({each.key for each in made}) == 100


@pytest.mark.parametrize("cookie", ["", ".", "..", "a", "a.b.c", "é.é.é", "a" * 10_000])
def test_a_cookie_that_was_not_given_is_nobodys(cookie):
    assert Sessions(SECRET).known(cookie) is None


def test_no_part_of_a_cookie_can_be_changed():
    session = Sessions(SECRET).new()
    session.name = "Kim"
    cookie = Sessions(SECRET).cookie(session)
    for place in range(len(cookie)):
        changed = cookie[:place] + ("A" if cookie[place] != "A" else "B") + cookie[place + 1 :]
        assert Sessions(SECRET).known(changed) is None
    id_, _, signature = cookie.split(".")
    assert Sessions(SECRET).known(f"{id_}..{signature}") is None


def test_the_secret_stays_and_each_folder_has_its_own(tmp_path):
    (tmp_path / "other").mkdir()
    first = secret_of(tmp_path)
    assert len(first) == 32
    assert secret_of(tmp_path) == first != secret_of(tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", FILE]


@pytest.mark.parametrize("said", [b"", b"short", b"\xff" * 64, b"z" * 64, b"0" * 66])
def test_a_file_that_holds_no_secret_gets_one(tmp_path, said):
    (tmp_path / FILE).write_bytes(said)
    (tmp_path / FILE).chmod(0o600)
    assert secret_of(tmp_path) == secret_of(tmp_path)
    assert (tmp_path / FILE).read_bytes() != said


@unix
def test_the_secret_is_read_by_its_owner_alone(tmp_path):
    secret_of(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@unix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o666, 0o620])
def test_a_secret_that_others_could_reach_is_replaced(tmp_path, mode):
    first = secret_of(tmp_path)
    (tmp_path / FILE).chmod(mode)
    assert secret_of(tmp_path) != first
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@unix
def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "a").mkdir()
    first = secret_of(tmp_path / "a")
    (tmp_path / FILE).symlink_to(tmp_path / "a" / FILE)
    assert secret_of(tmp_path) != first
    assert not (tmp_path / FILE).is_symlink()
    assert secret_of(tmp_path / "a") == first


@unix
def test_where_it_cannot_be_kept_it_holds_for_one_start(tmp_path):
    (tmp_path / FILE).mkdir()
    assert len(secret_of(tmp_path)) == 32
    assert secret_of(tmp_path) != secret_of(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_token_file_is_made_once_and_its_secret_stays(tmp_path):
    path = tmp_path / "mollia.token"
    first = secret_in(path)
    assert len(first) == 32
    assert secret_in(path) == first
    assert bytes.fromhex(path.read_text("ascii")) == first
    assert [each.name for each in tmp_path.iterdir()] == ["mollia.token"]


@unix
def test_a_token_file_is_its_owners_alone_and_one_that_others_can_read_is_refused_and_kept(tmp_path):
    path = tmp_path / "my token"
    first = secret_in(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    with pytest.raises(DataError, match="others than you can read or change it") as failed:
        secret_in(path)
    assert failed.value.hint == f"Make it yours alone: chmod 600 '{path}'"
    path.chmod(0o600)
    assert secret_in(path) == first, "a file that someone named is never replaced"


def a_folder(path):
    path.mkdir()


def a_link(path):
    secret_in(path.with_name("other"))
    path.symlink_to("other")


def nothing_above(path):
    path.parent.rmdir()


@unix
@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda path: path.write_text("hunter2"), "holds something else than a secret of mollia"),
        (lambda path: path.write_text(""), "holds something else than a secret of mollia"),
        (lambda path: path.write_bytes(b"\xff" * 64), "holds something else than a secret of mollia"),
        (a_folder, "Is a directory"),
        (a_link, "it is a link"),
        (nothing_above, "No such file or directory"),
    ],
)
def test_what_can_be_no_token_file_is_said_and_left_as_it_is(tmp_path, made, said):
    path = tmp_path / "folder" / "token"
    path.parent.mkdir()
    made(path)
    if path.is_file():
        path.chmod(0o600)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(DataError, match=said) as failed:
        secret_in(path)
    assert str(failed.value).startswith(f"{path} cannot serve as a token file: ")
    assert "mollia makes it" in failed.value.hint
    assert before == (path.read_bytes() if path.is_file() else None)
