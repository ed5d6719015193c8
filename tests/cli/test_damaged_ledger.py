"""A ledger that is damaged, or none at all: named, and one's own is as it was; what is sound is not lost."""

import shutil
import sqlite3

import numpy as np
import pytest
from tests.in_process import called

from mollia.ledger.sqlite_store import open_store
from mollia.records import Answer, HumanLabels

N = 12


def sound(path):
    with open_store(path) as store:
        store.add(
            Answer(
                key=f"k{i}",
                text_id=f"r{i}",
                llm="gemma",
                replies=("refund",),
                label_logprobs=np.log([0.7, 0.3]),
            )
            for i in range(N)
        )
        labels = HumanLabels(ids=("r0", "r1"), y=[0, 1], chance=[0.5, 0.5])
        store.add_human(labels, annotator="kim")
        store.note({"classes": ["refund", "delivery"]})
    return path.read_bytes()


def overwritten(start, with_):
    return lambda data: data[:start] + with_ + data[start + len(with_) :]


FILES = {
    "empty": lambda _: b"",
    "blanks": lambda _: b" \n\n",
    "a table": lambda _: b"id,text\n1,a\n",
    "a picture": lambda _: b"\x89PNG\r\n\x1a\n" + bytes(200),
    "cut in the middle": lambda data: data[: len(data) // 2],
    "cut in the first page": lambda data: data[:700],
    "another head": overwritten(0, b"SQLite format 9\0"),
    "page size nought": overwritten(16, b"\0\0"),
    "first page overwritten": overwritten(100, b"\xff" * 400),
    "pages overwritten": overwritten(4096, b"\xaa" * 8192),
}
STATEMENTS = {
    "another program's": ["DROP TABLE answers", "DROP TABLE human", "PRAGMA application_id = 7"],
    "of a newer version": ["PRAGMA user_version = 99"],
    "without answers": ["DROP TABLE answers"],
    "without human labels": ["DROP TABLE human"],
    "without a column": ["ALTER TABLE answers DROP COLUMN replies"],
    "replies are no JSON": ["UPDATE answers SET replies = 'no JSON' WHERE key = 'k3'"],
    "replies are a number": ["UPDATE answers SET replies = '7' WHERE key = 'k3'"],
    "probabilities are words": ["UPDATE answers SET label_logprobs = '[\"a\"]' WHERE key = 'k3'"],
    "probabilities are deep": ["UPDATE answers SET label_logprobs = printf('%.3000c', '[') WHERE key = 'k3'"],
    "a class of a million": ["UPDATE human SET y = 1000000"],
    "the manifest is no JSON": ["UPDATE manifest SET value = 'x'"],
    "the classes are a number": ["UPDATE manifest SET value = '7'"],
}
USES = {
    "shown": ("ledger", "other.sqlite"),
    "taken over": ("ledger", "own.sqlite", "--import", "other.sqlite"),
    "exported": ("ledger", "other.sqlite", "--export", "out.jsonl"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("ledgers")
    sound(made / "sound.sqlite")
    return made


def put(folder, damage):
    """Write the damaged ledger beside one of one's own."""
    for left in (*folder.glob("other.sqlite*"), *folder.glob("own.sqlite*"), *folder.glob("out.jsonl")):
        left.unlink()
    shutil.copy(folder / "sound.sqlite", folder / "other.sqlite")
    if damage in FILES:
        other = folder / "other.sqlite"
        other.write_bytes(FILES[damage](other.read_bytes()))
    else:
        db = sqlite3.connect(folder / "other.sqlite")
        for statement in STATEMENTS[damage]:
            db.execute(statement)
        db.commit()
        db.close()
    with open_store(folder / "own.sqlite") as own:
        own.add([Answer(key="mine", text_id="r0", llm="gemma", replies=("refund",))])


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("damage", [*FILES, *STATEMENTS])
def test_a_damaged_ledger_is_named_or_all_of_it_is_there(folder, damage, use):
    put(folder, damage)
    code, out, err = called(folder, *USES[use])
    said = out + err
    assert "Traceback" not in said
    assert len(max(said.splitlines(), key=len)) < 2000
    if code:
        assert code in {1, 2}, said
        assert "other.sqlite" in said, said
        assert not (folder / "out.jsonl").exists()
    elif use == "taken over":
        assert f"{N} answers and 2 human labels taken over" in said
    elif use == "exported":
        assert len((folder / "out.jsonl").read_text("utf-8").splitlines()) == N
    with open_store(folder / "own.sqlite") as own:
        held = {each.key for each in own.all_answers()}
        assert "mine" in held
        assert len(held) == (1 + N if use == "taken over" and not code else 1)
