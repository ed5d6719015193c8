"""Commands at places that an ordinary user may not read or write, and on a disk that fills up.

Root may write everywhere, so where the tests run as root a command runs in a thread without that right.
"""

import ctypes
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager, nullcontext

import pytest
from tests.cli.places import COMMANDS, NEEDS_OUT, TO_A_FOLDER, is_refused
from tests.cli.tasks import SMALL

unix = pytest.mark.skipif(sys.platform == "win32", reason="modes and disks as Unix has them")
pytestmark = unix
CAPABILITIES = 0x20080522  # the version of capset's arguments
FILES = sorted(NEEDS_OUT - {"init", "demo"})
A_FOLDER = ["demo", "init"]


def give_up_rights():
    """Take the rights of root over files from this thread, for good."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        nothing = (ctypes.c_uint32 * 6)()
        assert libc.capset((ctypes.c_uint32 * 2)(CAPABILITIES, 0), nothing) == 0, os.strerror(
            ctypes.get_errno()
        )


@pytest.fixture
def as_a_user(call):
    """Runs a command as `call` does, by someone for whom modes count."""

    def as_a_user(*words):
        ended = []

        def run():
            give_up_rights()
            try:
                ended.append(call(*words))
            except BaseException as error:  # noqa: BLE001  # the test is to fail, not the thread
                ended.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if isinstance(ended[0], BaseException):
            raise ended[0]
        return ended[0]

    as_a_user.folder = call.folder
    return as_a_user


def contents(folder):
    return {
        path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".sqlite" not in path.name
    }


@contextmanager
def mode(path, bits):
    before = path.stat().st_mode
    path.chmod(bits)
    try:
        yield
    finally:
        path.chmod(before)


@contextmanager
def unchangeable(path):
    """Make a file or folder such that even root cannot change it, where the file system allows it; else by its mode."""
    held = (
        shutil.which("chattr")
        and not subprocess.run(["chattr", "+i", path], capture_output=True, check=False).returncode
    )
    try:
        with nullcontext() if held else mode(path, 0o500 if path.is_dir() else 0o400):
            yield
    finally:
        if held:
            subprocess.run(["chattr", "-i", path], check=True)


def called(name, place):
    """The words of a command, its output at `place`, and that output's name."""
    words = COMMANDS[name]
    written = next(word for word in words if "OUT" in word)
    out = f"{place}/{written.replace('OUT', 'made')}"
    return [out if word == written else word for word in words], out


def in_the_way(folder, name, out):
    """Give a command's output file something to replace."""
    path = folder / (f"{out}/task.toml" if name in A_FOLDER else out)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("what was there", "utf-8")
    return path


@pytest.mark.parametrize("bits", [0o500, 0o000])
@pytest.mark.parametrize("name", sorted(NEEDS_OUT))
def test_a_folder_that_may_not_be_written_to_is_told(as_a_user, name, bits):
    place = as_a_user.folder / "locked"
    place.mkdir()
    words, out = called(name, "locked")
    with mode(place, bits):
        is_refused(as_a_user(*words), out if name not in A_FOLDER else "locked/made", "ermission denied")
    assert not list(place.iterdir())


@pytest.mark.parametrize("name", sorted(NEEDS_OUT))
def test_a_file_that_may_not_be_written_is_told_and_stays(as_a_user, name):
    words, out = called(name, "here")
    path = in_the_way(as_a_user.folder, name, out)
    with mode(path, 0o400):
        code, _ = ended = as_a_user(*words)
    assert code != 0
    if name != "demo":  # which asks whose task file it is
        is_refused(ended, path.name)
    assert path.read_text("utf-8") == "what was there"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("name", FILES)
def test_a_folder_that_nobody_may_change_is_told(as_a_user, name):
    place = as_a_user.folder / "held"
    place.mkdir()
    words, out = called(name, "held")
    with unchangeable(place):
        is_refused(as_a_user(*words), out)
    assert not list(place.iterdir())


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_nobody_may_change_is_told_and_stays(as_a_user, name):
    words, out = called(name, "here")
    path = in_the_way(as_a_user.folder, name, out)
    with unchangeable(path):
        is_refused(as_a_user(*words), out)
    assert path.read_text("utf-8") == "what was there"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("bits", [0o500, 0o000])
@pytest.mark.parametrize("name", sorted(TO_A_FOLDER))
def test_a_run_folder_that_may_not_be_changed_is_told_and_stays(as_a_user, name, bits):
    out = as_a_user.folder / "out"
    before = contents(as_a_user.folder)
    with mode(out, bits):
        is_refused(as_a_user(*COMMANDS[name]), "out")
    assert contents(as_a_user.folder) == before


@pytest.mark.parametrize("file", ["labels.csv", "summary.json", "report.html", "ledger.sqlite", "student"])
@pytest.mark.parametrize("name", ["run", "report"])
def test_an_output_of_a_run_that_may_not_be_written_is_told(as_a_user, name, file):
    path = as_a_user.folder / "out" / file
    if name == "report" and file == "student":  # which it does not write
        return
    before = contents(path.parent) if path.is_dir() else {path: path.read_bytes()}
    with mode(path, 0o500 if path.is_dir() else 0o400):
        hint = is_refused(as_a_user(*COMMANDS[name]), file)
    assert hint
    for each, content in before.items():
        assert each.read_bytes() == content or file == "ledger.sqlite"


READ = {
    "task.toml": [
        "run",
        "report",
        "annotate",
        "plan",
        "seed of a task",
        "panel",
        "ledger",
        "export prodigy",
        "import",
    ],
    "data.csv": ["run", "report", "fuse", "seed", "predict", "init"],
    "seed.csv": ["run", "fuse"],
    "given.jsonl": ["import"],
    "out/student": ["predict", "export sklearn", "export hub"],
    "out/student/manifest.json": ["predict"],
    "out/ledger.sqlite": ["report", "ledger", "panel", "export prodigy", "import into the ledger"],
}


@pytest.mark.parametrize(("file", "name"), [(file, name) for file, names in READ.items() for name in names])
def test_what_may_not_be_read_is_told_and_nothing_is_written(as_a_user, file, name):
    path = as_a_user.folder / file
    with mode(path, 0o000):
        code, error = as_a_user(*(word.replace("OUT", "made") for word in COMMANDS[name]))
    assert code == 2, error
    assert path.name in error
    assert "not readable" in error or is_refused((code, error))
    assert not list(as_a_user.folder.glob("made*"))


# --- a disk that fills up


@contextmanager
def small_disk(folder, free):
    """Mount a disk on a folder where that is allowed, else limit how long a file may be; `free` bytes are left."""
    import resource  # noqa: PLC0415  # not on Windows

    words = ["mount", "-t", "tmpfs", "-o", f"size={max(free, 4096)}", "none", str(folder)]
    if sys.platform == "linux" and not subprocess.run(words, capture_output=True, check=False).returncode:
        try:
            if free < 4096:
                (folder / "filler").write_bytes(b"x" * 4096)
            yield
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("free", [0, 4096])
@pytest.mark.parametrize("name", FILES)
def test_a_disk_that_fills_up_gets_a_whole_file_or_none(call, name, free):
    place = call.folder / "disk"
    place.mkdir()
    words, out = called(name, "disk")
    with small_disk(place, free):
        ended = call(*words)
        written = sorted(path.name for path in place.iterdir() if path.name != "filler")
    if ended[0]:
        assert "disk" in is_refused(ended, out)
        assert written == []
    else:
        assert free
        assert out.removeprefix("disk/") in written


@pytest.mark.parametrize("free", [0, 16_384, 65_536, 131_072])
def test_a_run_on_a_disk_that_fills_up_leaves_whole_files_and_goes_on_when_there_is_room(call, free):
    place, task = call.folder / "disk", call.folder / "task.toml"
    place.mkdir()
    task.write_text(SMALL.replace('out = "out"', 'out = "disk/out"'), "utf-8")
    finished = {path.name: path.read_bytes() for path in (call.folder / "out").iterdir() if path.is_file()}
    with small_disk(place, free):
        assert "disk" in is_refused(call("run", "task.toml", "-q"), "disk")
        left = {path.name: path.read_bytes() for path in place.glob("out/*") if path.is_file()}
    for name, content in left.items():
        assert name.startswith("ledger.sqlite") or content == finished[name], name
    assert call("run", "task.toml", "-q")[0] == 0
    assert (place / "out" / "labels.csv").read_bytes() == finished["labels.csv"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")  # noqa: PTH110
@pytest.mark.parametrize(
    "words",
    [("--help",), ("ledger", "task.toml"), ("run", "task.toml"), ("panel", "task.toml", "--rows", "50")],
)
def test_a_terminal_that_takes_nothing_is_told(call, words):
    line = [sys.executable, "-m", "mollia", *words]
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            line, stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=call.folder
        )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "No space left" in done.stderr
