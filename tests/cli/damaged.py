"""Small files of every kind that mollia reads, and ways to damage them or to write them in another form."""

import csv
import io
import json
import shutil

import polars as pl
from tests.in_process import called

TASK = """name = "shop"
instruction = "What is it about?"
[data]
path = "{data}"
[[classes]]
name = "refund"
[[classes]]
name = "delivery"
[[panel]]
name = "gemma"
kind = "recorded"
path = "{data}"
[[panel]]
name = "yi"
kind = "recorded"
path = "{data}"
[seed]
path = "{seed}"
[query]
rounds = 0
[run]
out = "out"
"""
CLASSES = ("refund", "delivery")
N = 12
DIGITS = "7" * 5000
LATIN = "caf\u00e9"


def label(i):
    return CLASSES[i % 3 == 0]


def base(role):
    """Return the rows of a file of this role."""
    rows = range(1, N + 1)
    if role == "panel":
        return [
            {
                "id": i,
                "text": f"text {i} on {label(i)}",
                "gemma": label(i),
                "llama": label(i + i // 5),
                "yi_probs": [0.8, 0.2] if i % 3 else [0.3, 0.7],
            }
            for i in rows
        ]
    if role == "seed":
        return [{"id": i, "label": label(i), "chance": 0.5} for i in range(1, 9)]
    if role == "texts":
        return [{"id": i, "text": f"text {i} on {label(i)}", "note": f"n{i}"} for i in rows]
    if role == "labels":
        return [
            {
                "id": i,
                "text": f"text {i} on {label(i)}",
                "label": label(i + i // 7),
                "confidence": 0.75,
                "p_refund": 0.75 if i % 3 else 0.25,
                "p_delivery": 0.25 if i % 3 else 0.75,
                "source": "panel",
                "truth": label(i),
            }
            for i in rows
        ]
    return [EXPORTS[role](i) for i in rows]


def prodigy(i):
    return {"text": f"text {i} on {label(i)}", "mollia_id": str(i), "accept": [label(i)], "answer": "accept"}


def label_studio(i):
    choice = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [label(i)]}}
    return {
        "id": i,
        "data": {"text": f"text {i} on {label(i)}", "mollia_id": str(i)},
        "annotations": [{"id": i, "completed_by": 1, "result": [choice]}],
    }


def argilla(i):
    response = {"value": label(i), "user_id": "u", "status": "submitted"}
    fields, metadata = {"text": f"text {i} on {label(i)}"}, {"mollia_id": str(i)}
    return {"id": f"r{i}", "fields": fields, "metadata": metadata, "responses": {"label": [response]}}


def doccano(i):
    return {"id": 100 + i, "text": f"text {i} on {label(i)}", "label": [label(i)], "mollia_id": str(i)}


EXPORTS = {"export": prodigy, "labelstudio": label_studio, "argilla": argilla, "doccano": doccano}


def cell_text(cell):
    if cell is None:
        return ""
    return json.dumps(cell) if isinstance(cell, (list, dict)) else str(cell)


def encoded(rows, suffix):
    """Return the bytes of a file with these rows."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if suffix in {".csv", ".tsv"}:
        out = io.StringIO()
        writer = csv.writer(out, delimiter="\t" if suffix == ".tsv" else ",", lineterminator="\n")
        writer.writerows([names, *([cell_text(row.get(name)) for name in names] for row in rows)])
        return out.getvalue().encode("utf-8", "surrogatepass")
    if suffix == ".jsonl":
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    if suffix == ".json":
        return json.dumps(rows).encode()
    out = io.BytesIO()
    pl.DataFrame({name: [row.get(name) for row in rows] for name in names}, strict=False).write_parquet(out)
    return out.getvalue()


def put(rows, at, column, cell):
    """Change one cell, where there is such a column."""
    rows[at] = changed(rows[at], column, lambda _old: cell)


def every(rows, column, change):
    rows[:] = [changed(row, column, change) for row in rows]


def changed(node, key, change):
    """Return a row whose values under a key are changed, however deep it lies."""
    if isinstance(node, list):
        return [changed(each, key, change) for each in node]
    if not isinstance(node, dict):
        return node
    if key in node:
        return node | {key: change(node[key])}
    return {name: changed(each, key, change) for name, each in node.items()}


def pruned(node, key):
    """Return a row without a key, however deep it lies."""
    if isinstance(node, list):
        return [pruned(each, key) for each in node]
    if not isinstance(node, dict):
        return node
    return {name: pruned(each, key) for name, each in node.items() if name != key}


ID = dict.fromkeys(EXPORTS, "mollia_id")
# the label's column; "label" elsewhere
VALUE = {"panel": "gemma", "export": "accept", "texts": "note", "labelstudio": "choices", "argilla": "value"}
ROW = 4  # the row that is damaged: line 6 of a CSV file, line 5 of a JSONL file, row 5 elsewhere


def value(role, cell):
    return [cell] if role in {"export", "labelstudio", "doccano"} else cell


def own_of(role):
    return VALUE.get(role, "label")


def id_of(role):
    return ID.get(role, "id")


def labelled(cell, *, listed=True):
    """Return a change that puts a cell in place of a label."""
    return lambda rows, role: put(rows, ROW, own_of(role), value(role, cell) if listed else cell)


def in_text(cell):
    """Return a change that puts a cell in place of a text."""
    return lambda rows, _role: put(rows, ROW, "text", cell)


def numbers(masses, number):
    """Return a change that puts masses in place of masses, and a number in place of other numbers."""

    def change(rows, _role):
        put(rows, ROW, "yi_probs", masses)
        for column in ("chance", "confidence") if number is not None else ():
            put(rows, ROW, column, number)

    return change


def every_id(change):
    return lambda rows, role: every(rows, id_of(role), change)


def one_id(cell):
    return lambda rows, role: put(rows, ROW, id_of(role), cell)


def without(column_of):
    """Return a change that takes a column out."""

    def change(rows, role):
        rows[:] = [pruned(row, column_of(role)) for row in rows]

    return change


CHANGES = {
    "as it should be": lambda _rows, _role: None,
    "ids with blanks": every_id(lambda cell: f" {cell}\u00a0"),
    "ids as floats": every_id(float),
    "ids of both kinds": every_id(lambda cell: f"{cell}.0" if int(cell) % 2 else str(cell)),
    "id missing": one_id(None),
    "id twice": lambda rows, role: put(rows, ROW, id_of(role), rows[ROW - 1].get(id_of(role))),
    "id of 5,000 digits": one_id(DIGITS),
    "label missing": labelled(None),
    "label nan": labelled("nan"),
    "label in capitals": labelled(f" {label(ROW + 1).upper()}"),
    "label unknown": labelled("refnud"),
    "label a list of two": labelled(list(CLASSES), listed=False),
    "label nested": labelled({"a": {"b": 1}}, listed=False),
    "label of 5,000 digits": labelled(DIGITS),
    "label true": labelled(cell=True),
    "text nested": in_text({"a": {"b": 1}}),
    "text missing": in_text(None),
    "text with a line break": lambda rows, _role: every(
        rows, "text", lambda cell: f'{cell}\n"quoted", and more'
    ),
    "text with NUL": in_text("a\0b"),
    "text with half a character": in_text("a\ud800b"),
    "numbers too many": numbers([0.5, 0.3, 0.2], None),
    "numbers too few": numbers([0.5], None),
    "numbers are words": numbers(["a", "b"], "often"),
    "numbers negative": numbers([-0.5, 0.5], -1),
    "numbers infinite": numbers([float("inf"), 0.0], float("inf")),
    "numbers of 5,000 digits": numbers([int(DIGITS[:300]), 0], DIGITS),
    "no ids": without(id_of),
    "no texts": without(lambda _role: "text"),
    "no labels": without(own_of),
    "no rows": lambda rows, _role: rows.clear(),
}


def _line(data, at, change):
    lines = data.split(b"\n")
    lines[min(at, len(lines) - 1)] = change(lines[min(at, len(lines) - 1)])
    return b"\n".join(lines)


def _twice(data, suffix):
    if suffix in {".csv", ".tsv"}:
        return _line(data, 0, lambda line: line.replace(b"text", b"id").replace(b"label", b"id"))
    return (
        data.replace(b'{"', b'{"id": 1, "', 1) if b'"id"' in data else data.replace(b'"text"', b'"answer"', 1)
    )


BYTES = {
    "a mark at the start": lambda data, _suffix: b"\xef\xbb\xbf" + data,
    "lines of Windows": lambda data, _suffix: data.replace(b"\n", b"\r\n"),
    "lines of an old Mac": lambda data, _suffix: data.replace(b"\n", b"\r"),
    "empty": lambda _data, _suffix: b"",
    "blanks only": lambda _data, _suffix: b" \n\n \n",
    "a column twice": _twice,
    "bytes of latin-1": lambda data, _suffix: _line(
        data, 5, lambda line: line.replace(b"e", LATIN.encode("latin-1"), 1)
    ),
    "UTF-16": lambda data, _suffix: data.decode().encode("utf-16"),
    "bytes of NUL": lambda data, _suffix: _line(data, 5, lambda line: line.replace(b"e", b"\0", 1)),
    "cut in the middle": lambda data, _suffix: data[: len(data) * 2 // 3],
    "a quote that never ends": lambda data, _suffix: _line(data, 5, lambda line: b'"' + line),
    "a cell too many": lambda data, suffix: _line(
        data, 5, lambda line: line + (b"\tx" if suffix == ".tsv" else b",x")
    ),
    "a cell too few": lambda data, suffix: _line(
        data, 5, lambda line: line.rpartition(b"\t" if suffix == ".tsv" else b",")[0]
    ),
    "blank lines at the end": lambda data, _suffix: data + b"\n\n",
    "another kind of file": lambda _data, _suffix: b"PK\x03\x04" + bytes(range(256)),
}


def damaged(name, role, suffix):
    """Return the bytes of a file of this role with this damage; None where the format cannot have it."""
    if name in CHANGES:
        rows = base(role)
        CHANGES[name](rows, role)
        try:
            data = encoded(rows, suffix)
        except (pl.exceptions.PolarsError, TypeError, UnicodeEncodeError, OverflowError):
            return None
        return None if name != "as it should be" and repr(rows) == repr(base(role)) else data
    if suffix == ".parquet" and name not in {"empty", "cut in the middle", "another kind of file"}:
        return None
    if name == "lines of an old Mac" and suffix not in {".csv", ".tsv"}:
        return None
    data = encoded(base(role), suffix)
    out = BYTES[name](data, suffix)
    return None if out == data else out


def sound_folder(folder):
    """Fill a folder with sound files of every role, a student, and a task that has run; return it."""
    for role in ("panel", "seed", "labels"):
        (folder / f"{role}.csv").write_bytes(encoded(base(role), ".csv"))
    (folder / "task.toml").write_text(TASK.format(data="panel.csv", seed="seed.csv"), "utf-8")
    assert called(folder, "run", "task.toml", "-q")[0] == 0
    shutil.copytree(folder / "out" / "student", folder / "student")
    return folder
