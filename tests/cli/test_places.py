"""Every command that writes, at places where it cannot: a sentence, nothing half-written, never a traceback."""

import shutil
import sqlite3
import sys

import pytest
from tests.cli.places import COMMANDS, LABELS, NEEDS_OUT, ROWS, TO_A_FOLDER, is_refused
from tests.cli.tasks import SMALL

from mollia.ledger import sqlite_store
from mollia.ledger.sqlite_store import open_store


@pytest.mark.parametrize("name", sorted(NEEDS_OUT - {"demo"}))
def test_each_of_these_commands_works_where_it_can_write(call, name):
    assert call(*(word.replace("OUT", "made") for word in COMMANDS[name]))[0] == 0
    assert list(call.folder.glob("made*"))


def a_file_above(folder, out):
    (folder / "file").write_text("text", "utf-8")
    return f"file/{out}"


def a_folder_of_that_name(folder, out):
    (folder / out).mkdir()
    return out


def too_long_a_name(folder, out):  # as the others
    return "n" * 300 + out


def no_place_at_all(folder, out):  # as the others
    return f"/proc/nowhere/{out}"


def links_in_a_circle(folder, out):
    (folder / "one").symlink_to("other")
    (folder / "other").symlink_to("one")
    return f"one/{out}"


def a_full_device(folder, out):
    (folder / out).symlink_to("/dev/full")
    return out


PLACES = [a_file_above, too_long_a_name, no_place_at_all, links_in_a_circle]
FILES = [*PLACES, a_folder_of_that_name, a_full_device]
unix = pytest.mark.skipif(sys.platform == "win32", reason="/proc, links and devices")


A_FOLDER = {"init", "demo", "export hub", "export onnx"}  # commands that are given a folder to write files to


@unix
@pytest.mark.parametrize(
    ("name", "fault"),
    [(name, fault) for name in sorted(NEEDS_OUT) for fault in (PLACES if name in A_FOLDER else FILES)],
)
def test_a_file_that_cannot_be_written_is_told(call, name, fault):
    words = COMMANDS[name]
    written = next(word for word in words if "OUT" in word)
    place = fault(call.folder, written.replace("OUT", "made"))
    is_refused(call(*(place if word == written else word for word in words)), place[:40])


@unix
@pytest.mark.parametrize("fault", PLACES)
@pytest.mark.parametrize("name", sorted(TO_A_FOLDER))
def test_a_run_folder_that_cannot_be_written_is_told(call, name, fault):
    place = fault(call.folder, "made")
    task = call.folder / "task.toml"
    task.write_text(SMALL.replace('out = "out"', f'out = "{place}"'), "utf-8")
    is_refused(call(*COMMANDS[name]), place[:40])


@pytest.mark.parametrize("name", sorted(TO_A_FOLDER))
def test_a_run_folder_that_is_a_file_is_told(call, name):
    shutil.rmtree(call.folder / "out")
    (call.folder / "out").write_text("text", "utf-8")
    is_refused(call(*COMMANDS[name]), "out")


@pytest.mark.parametrize("file", ["labels.csv", "summary.json", "report.html", "student", "ledger.sqlite"])
def test_an_output_whose_name_is_taken_by_something_else_is_told(call, file):
    path = call.folder / "out" / file
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("text", "utf-8")
    else:
        path.unlink()
        path.mkdir()
    is_refused(call("run", "task.toml", "-q"), file)


@unix
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_full_disk_is_told_and_what_was_there_stays(call, name):
    import resource  # noqa: PLC0415  # not on Windows

    words = [word.replace("OUT", "made") for word in COMMANDS[name]]
    before = {path: path.read_bytes() for path in call.folder.rglob("*") if path.is_file()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file may be longer: the error is like that of a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, hard))
    try:
        code, error = call(*words)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    hint = is_refused((code, error), "cannot be")
    assert "disk" in hint
    for path, content in before.items():
        if ".sqlite" not in path.name:
            assert path.read_bytes() == content, path


def broken(sql):
    def damage(path):
        with sqlite3.connect(path) as db:
            db.execute(sql)
        db.close()

    return damage


LEDGERS = {
    "is not a ledger": lambda path: path.write_bytes(b"id,label\na,yes\n"),
    "is a folder": lambda path: (path.unlink(), path.mkdir()),
    "by a newer mollia": broken("PRAGMA user_version = 99"),
    "of another program": broken("PRAGMA application_id = 7"),
    "damaged: the answer": broken("UPDATE answers SET replies = '[\"y'"),
    "the answer of gemma": broken("UPDATE answers SET replies = '" + "[" * 50_000 + "'"),
    "damaged: the answer of": broken("UPDATE answers SET replies = '{}'"),
    "cannot be read": broken("UPDATE answers SET votes = '[[1], [1, 2]]'"),
    "table manifest": broken("UPDATE manifest SET value = '{'"),
    "the human label of row": broken("UPDATE human SET y = 7"),
    "is damaged": lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 40_000),
}


@pytest.mark.parametrize("said", LEDGERS)
@pytest.mark.parametrize("name", ["report", "ledger", "panel", "import into the ledger", "seed of a task"])
def test_a_ledger_that_cannot_be_used_is_told(call, name, said):
    ledger = call.folder / "out" / "ledger.sqlite"
    for more in ledger.parent.glob("ledger.sqlite-*"):
        more.unlink()
    LEDGERS[said](ledger)
    code, error = call(*(word.replace("OUT", "made") for word in COMMANDS[name]))
    if code:  # not every command reads every table
        assert "ledger.sqlite" in error
    if name == "report":
        assert code == 2
        assert said in error


def test_a_ledger_in_use_is_told_and_not_called_damaged(call, monkeypatch):
    monkeypatch.setattr(sqlite_store, "PATIENCE", 0.1)
    other = sqlite3.connect(call.folder / "out" / "ledger.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    hint = is_refused(call("report", "task.toml", "-q"), "is in use")
    other.close()
    assert "copy" not in hint
    assert call("report", "task.toml", "-q")[0] == 0


OTHER_NAMES = {
    "as it is": lambda path: path.name,
    "spelled otherwise": lambda path: f"./out/../{path.name}",
    "a link": lambda path: linked(path, path.with_name(f"link{path.suffix}").symlink_to),
    "a hard link": lambda path: linked(path, path.with_name(f"link{path.suffix}").hardlink_to),
}


def linked(path, link):
    link(path)
    return f"link{path.suffix}"


# Commands with a file that they read and that they could be told to write.
OVER = [
    ("data.csv", ("fuse", "data.csv", *LABELS, "--out")),
    ("seed.csv", ("fuse", "data.csv", *LABELS, "--seed-labels", "seed.csv", "--out")),
    ("data.csv", ("predict", "out/student", "data.csv", "-q", "--out")),
    ("data.csv", ("seed", "data.csv", *LABELS, "--strategy", "random", "--out")),
    ("data.csv", ("seed", "task.toml", "--strategy", "random", "--out")),
    ("data.csv", ("panel", "data.csv", *LABELS, "-q", "--out")),
    ("task.toml", ("panel", "task.toml", "-q", "--out")),
    ("seed.csv", ("ledger", "seed.csv", "--export")),
    ("given.jsonl", ("export", "prodigy", "given.jsonl", *LABELS, "--out")),
    ("given.jsonl", ("import", "prodigy", "given.jsonl", "--task", "task.toml", "--out")),
    ("data.csv", ("import", "prodigy", "given.jsonl", "--task", "task.toml", "--out")),
]


@unix
@pytest.mark.parametrize("spelled", OTHER_NAMES)
@pytest.mark.parametrize(("file", "words"), OVER, ids=[f"{words[0]} {file}" for file, words in OVER])
def test_a_file_that_is_read_is_never_written_over(call, file, words, spelled):
    path = call.folder / file
    before = path.read_bytes()
    is_refused(call(*words, OTHER_NAMES[spelled](path)), "is read by this command")
    assert path.read_bytes() == before


def test_a_run_that_would_write_over_its_data_is_refused(call):
    (call.folder / "data.csv").rename(call.folder / "labels.csv")
    task = SMALL.replace("data.csv", "labels.csv").replace('out = "out"', 'out = "."')
    (call.folder / "task.toml").write_text(task, "utf-8")
    before = (call.folder / "labels.csv").read_bytes()
    is_refused(call("run", "task.toml", "-q"), "labels.csv", "is read by this command")
    assert (call.folder / "labels.csv").read_bytes() == before


def test_the_demo_keeps_a_task_that_is_not_its_own(call):
    is_refused(call("demo", "-q", "--out", "."), "task.toml", "not the demo's")
    assert (call.folder / "task.toml").read_text("utf-8") == SMALL


def test_a_ledger_that_was_refused_serves_again_once_it_is_restored(call):
    ledger = call.folder / "out" / "ledger.sqlite"
    kept = ledger.read_bytes()
    broken("UPDATE answers SET replies = 'x'")(ledger)
    is_refused(call("report", "task.toml", "-q"), "damaged")
    for more in ledger.parent.glob("ledger.sqlite-*"):
        more.unlink()
    ledger.write_bytes(kept)
    assert call("report", "task.toml", "-q")[0] == 0
    with open_store(ledger, read_only=True) as store:
        assert len(list(store.all_answers())) == 2 * len(ROWS)
