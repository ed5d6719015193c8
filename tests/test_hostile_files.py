"""Every reader of a file has a limit and a sentence for hostile sizes: no traceback, no memory taken by one cell.

What the limits are: tests/data/test_limits.py; replies of servers: tests/annotate/test_server_reply.py; requests to the
page: tests/web.
"""

import json
import sqlite3

import pytest
from tests.cli.damaged import TASK, base, encoded, sound_folder
from tests.cli.test_damaged import COMMANDS
from tests.in_process import called

from mollia.data import decode, limits
from mollia.ledger.sqlite_store import open_store
from mollia.records import Answer
from mollia.task import load

DEEP = "[" * 100_000 + "]" * 100_000
LONG = "7" * 5000
MANY = 60  # columns, where the limit is set to 50


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return sound_folder(tmp_path_factory.mktemp("hostile"))


def in_json(value, suffix, role):
    """Return the file with a key whose value is written as it is."""
    lines = [json.dumps(row) for row in base(role)]
    lines[4] = f'{{"hostile": {value}, {lines[4][1:]}'
    return "\n".join(lines) if suffix == ".jsonl" else f"[{','.join(lines)}]"


def long_line(_suffix, role):
    lines = [json.dumps(row) for row in base(role)]
    lines[4] = f'{{"hostile": "{"x" * 5000}", {lines[4][1:]}'
    return "\n".join(lines)


def many_columns(suffix, role):
    rows = [row | {f"c{number}": 1 for number in range(MANY)} for row in base(role)]
    return encoded(rows, suffix).decode()


HOSTILE = {
    "a number of 5,000 digits": (
        lambda suffix, role: in_json(LONG, suffix, role),
        (".jsonl", ".json"),
        "4,300 digits",
    ),
    "JSON that is too deep": (
        lambda suffix, role: in_json(DEEP, suffix, role),
        (".jsonl", ".json"),
        "nested too deeply",
    ),
    "a line without an end": (long_line, (".jsonl",), "the line has more than"),
    "very many columns": (many_columns, (".csv", ".tsv", ".jsonl", ".json"), "at most 50 are read"),
}


def lower(monkeypatch, kind):
    """Set the limit that a small file is to pass."""
    monkeypatch.setattr(limits, "COLUMNS", 50)
    if kind == "a line without an end":
        known = decode.text_lines.__kwdefaults__
        monkeypatch.setattr(decode.text_lines, "__kwdefaults__", known | {"longest": 4000})
        monkeypatch.setattr(limits, "LINE", 4000)


CASES = [
    (command, kind, suffix)
    for command, (_, _, suffixes) in COMMANDS.items()
    for kind, (_, able, _) in HOSTILE.items()
    for suffix in [next((each for each in able if each in suffixes), None)]
    if suffix is not None
]


@pytest.mark.parametrize(("command", "kind", "suffix"), CASES)
def test_a_file_of_hostile_sizes_is_refused_by_name(folder, monkeypatch, command, kind, suffix):
    (role, words, _), (make, _, sentence), file = COMMANDS[command], HOSTILE[kind], f"hostile{suffix}"
    lower(monkeypatch, kind)
    (folder / file).write_text(make(suffix, role), "utf-8")
    data, seed = ("panel.csv", file) if role == "seed" else (file, "seed.csv")
    (folder / "damaged.toml").write_text(TASK.format(data=data, seed=seed), "utf-8")
    code, out, err = called(folder, *(file if word == "FILE" else word for word in words))
    assert "Traceback" not in out + err
    assert code in {1, 2}, out + err
    assert file in out + err
    assert sentence in out + err, out + err


@pytest.mark.parametrize("cell", [DEEP, f"[{LONG}, 1]", "{" * 5000], ids=["deep", "digits", "braces"])
@pytest.mark.parametrize("column", ["yi_probs", "gemma", "label"])
def test_a_hostile_cell_is_refused_with_its_place_or_names_no_class(folder, column, cell):
    role = "seed" if column == "label" else "panel"
    rows = base(role)
    rows[4][column] = cell
    (folder / "hostile.csv").write_bytes(encoded(rows, ".csv"))
    words = COMMANDS["fuse, human labels" if role == "seed" else "fuse"][1]
    code, out, err = called(folder, *("hostile.csv" if word == "FILE" else word for word in words))
    assert "Traceback" not in out + err
    assert len(max((out + err).splitlines(), key=len)) < 2000
    if code not in {0, 4}:
        assert "hostile.csv:6" in out + err, out + err


@pytest.mark.parametrize("reader", ["run", "seed", "doctor", "ledger"])
def test_a_task_file_of_hostile_size_is_refused(folder, monkeypatch, reader):
    monkeypatch.setattr(load, "LARGEST", 1000)
    (folder / "big.toml").write_text("# " + "x" * 2000, "utf-8")
    code, out, err = called(folder, reader, "big.toml")
    assert code in {1, 2}
    assert "big.toml is no task file: it holds more than 1,000 bytes" in out + err
    assert "Traceback" not in out + err


@pytest.mark.parametrize("column", ["replies", "label_logprobs", "votes"])
@pytest.mark.parametrize("cell", [DEEP, f"[{LONG}]", "{}"], ids=["deep", "digits", "object"])
def test_a_ledger_with_a_hostile_cell_is_not_taken_over(tmp_path, column, cell):
    with open_store(tmp_path / "other.sqlite") as store:
        store.add([Answer(key="k", text_id="1", llm="gemma", replies=("refund",))])
    with sqlite3.connect(tmp_path / "other.sqlite") as db:
        db.execute(f"UPDATE answers SET {column} = ?", (cell,))  # noqa: S608  # our own names
    db.close()
    code, out, err = called(tmp_path, "ledger", "own.sqlite", "--import", "other.sqlite")
    assert (code in {1, 2}, "Traceback" in out + err) == (True, False)
    assert "other.sqlite is damaged: the answer of gemma to row" in out + err, out + err


@pytest.mark.parametrize("cell", [DEEP, LONG + "]", "not a list"], ids=["deep", "digits", "words"])
def test_a_labels_file_with_a_hostile_cell_is_not_exported(folder, cell):
    rows = base("labels")
    for row in rows:
        row["negative_labels"] = "[]"
    rows[4]["negative_labels"] = cell
    (folder / "hostile.csv").write_bytes(encoded(rows, ".csv"))
    code, out, err = called(folder, "export", "hub", "hostile.csv", "--out", "DATA")
    assert (code in {1, 2}, "Traceback" in out + err) == (True, False)
    assert 'hostile.csv:6, column "negative_labels"' in out + err, out + err


@pytest.mark.parametrize(
    "written", [DEEP, "{}", '{"splits": 7}', "no JSON"], ids=["deep", "empty", "number", "words"]
)
def test_a_saved_data_set_with_a_hostile_list_of_splits_is_refused(tmp_path, written):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dataset_dict.json").write_text(written, "utf-8")
    code, out, err = called(tmp_path, "init", "new", "--data", "data")
    assert (code in {1, 2}, "Traceback" in out + err) == (True, False)
    assert "dataset_dict.json is damaged" in out + err, out + err
