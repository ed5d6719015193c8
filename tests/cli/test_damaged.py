"""Every command that reads a file x every kind of file x damage: named with its place, or nothing lost; no traceback.

One file format in turn per command and damage, and of the damage to bytes every third command: the whole takes seconds, and
each command meets every kind of damage, each damage every kind of file.
"""

import csv
import functools
import re
import shutil

import pytest
from tests.in_process import called

from .damaged import BYTES, CHANGES, TASK, damaged, sound_folder

TABLES = (".csv", ".tsv", ".jsonl", ".json", ".parquet")
WRITTEN = (".csv", ".tsv", ".jsonl", ".parquet")
LABELS = ("--labels", "refund,delivery")
# Each command: what its file holds, how it is called (FILE stands for the file), and the kinds it reads.
COMMANDS = {
    "fuse": (
        "panel",
        ("fuse", "FILE", *LABELS, "--method", "vote", "--only-labels", "--out", "OUT.csv"),
        TABLES,
    ),
    "fuse, human labels": (
        "seed",
        (
            "fuse",
            "panel.csv",
            *LABELS,
            "--method",
            "vote",
            "--only-labels",
            "--seed-labels",
            "FILE",
            "--out",
            "OUT.csv",
        ),
        TABLES,
    ),
    "seed": (
        "panel",
        ("seed", "FILE", *LABELS, "--strategy", "random", "--n", "3", "--out", "OUT.csv"),
        TABLES,
    ),
    "seed, the file it adds to": (
        "seed",
        ("seed", "panel.csv", *LABELS, "--strategy", "random", "--n", "10", "--out", "FILE"),
        WRITTEN,
    ),
    "init": ("panel", ("init", "OUT", "--data", "FILE"), TABLES),
    "annotate": ("panel", ("annotate", "damaged.toml", "-q"), TABLES),
    "run": ("seed", ("run", "damaged.toml", "-q"), TABLES),
    "predict": ("texts", ("predict", "student", "FILE", "-q", "--out", "OUT.csv"), TABLES),
    "compare, the first": ("labels", ("compare", "FILE", "labels.csv", "--gold", "truth"), TABLES),
    "compare, the second": ("labels", ("compare", "labels.csv", "FILE", "--gold", "truth"), TABLES),
    "compare, human labels": ("seed", ("compare", "labels.csv", "labels.csv", "--labels", "FILE"), TABLES),
    "panel": ("panel", ("panel", "FILE", *LABELS, "-q", "--rows", "50"), TABLES),
    "export": ("labels", ("export", "prodigy", "FILE", "--out", "OUT.jsonl"), TABLES),
    "export hub": ("labels", ("export", "hub", "FILE", "--out", "OUT"), TABLES),
    "import": (
        "export",
        ("import", "prodigy", "FILE", "--task", "task.toml", "--out", "OUT.csv"),
        (".jsonl", ".json"),
    ),
    "import labelstudio": (
        "labelstudio",
        ("import", "labelstudio", "FILE", "--task", "task.toml", "--out", "OUT.csv"),
        (".json", ".jsonl"),
    ),
    "import doccano": (
        "doccano",
        ("import", "doccano", "FILE", "--task", "task.toml", "--out", "OUT.csv"),
        (".jsonl", ".json"),
    ),
    "import argilla": (
        "argilla",
        ("import", "argilla", "FILE", "--task", "task.toml", "--out", "OUT.csv"),
        (".json", ".jsonl"),
    ),
}
DAMAGE = (*CHANGES, *BYTES)
PLACE = re.compile(r"\.\w+:\d+|row \d+|line \d+")
# What changes nothing: the file means the same as without it.
HARMLESS = {
    "as it should be",
    "ids as floats",
    "ids with blanks",
    "ids of both kinds",
    "label in capitals",
    "a mark at the start",
    "lines of Windows",
    "lines of an old Mac",
    "blank lines at the end",
}
# What is wrong with the file as a whole: no row can be named.
WHOLE = {
    "no ids",
    "no texts",
    "no labels",
    "no rows",
    "empty",
    "blanks only",
    "UTF-16",
    "cut in the middle",
    "another kind of file",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return sound_folder(tmp_path_factory.mktemp("damaged"))


def put_in_place(folder, name, role, suffix):
    """Write the file, and a task that reads it; take out what an earlier command wrote. None: there is no such file."""
    data = damaged(name, role, suffix)
    if data is None:
        return None
    file = f"file{suffix}"
    for left in (*folder.glob("OUT*"), *folder.glob("out")):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    (folder / file).write_bytes(data)
    task = (
        TASK.format(data="panel.csv", seed=file)
        if role == "seed"
        else TASK.format(data=file, seed="seed.csv")
    )
    (folder / "damaged.toml").write_text(task, "utf-8")
    return file


def suffix_of(command, name):
    formats = COMMANDS[command][2]
    turn = list(COMMANDS).index(command) + DAMAGE.index(name)
    role = COMMANDS[command][0]
    if name in BYTES and turn % 3:
        return None
    able = [suffix for suffix in formats if damaged(name, role, suffix) is not None]
    return able[turn % len(able)] if able else None


PAIRS = [
    (command, name, suffix)
    for command in COMMANDS
    for name in DAMAGE
    if (suffix := suffix_of(command, name)) is not None
]


def outcome(folder, command, name, suffix):
    """Return what comes of a command (exit code, stdout without times, the rows it wrote), and all that it said."""
    role, words, _ = COMMANDS[command]
    file = put_in_place(folder, name, role, suffix)
    code, out, err = called(folder, *(file if word == "FILE" else word for word in words))
    said = re.sub(r"[\d.]+ s\b", "", out)
    return (code, said, written(folder)), out + err


def written(folder):
    """Return the rows of the tables that a command wrote: ids as numbers, labels and their sources."""
    rows = []
    for path in (folder / "OUT.csv", folder / "out" / "labels.csv"):
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                rows += [[row.get(name) for name in ("label", "source")] for row in csv.DictReader(file)]
    return rows


@pytest.fixture(scope="module")
def sound(folder):
    """What comes of a command on a file as it should be."""
    return functools.cache(lambda command, suffix: outcome(folder, command, "as it should be", suffix))


@pytest.mark.parametrize(("command", "name", "suffix"), PAIRS)
def test_a_damaged_file_is_named_with_its_place_or_nothing_is_lost(folder, sound, command, name, suffix):
    file = f"file{suffix}"
    (expected, told), (found, said) = sound(command, suffix), outcome(folder, command, name, suffix)
    assert "Traceback" not in said
    if name in HARMLESS:
        assert found == expected, said
    elif found[0] in {1, 2}:
        assert file in said, said
        whole = WHOLE | ({"a column twice"} if suffix == ".json" else set())  # which has no lines to name
        assert name in whole or PLACE.search(said) or "column" in said, said
    elif len(found[2]) < len(expected[2]):
        assert set(said.splitlines()) - set(told.splitlines()), "rows are lost and nothing is said of it"
    assert len(max(said.splitlines(), key=len)) < 2000, "a cell is cut where it is shown"
