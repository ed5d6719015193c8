"""Walk 17.7: rows of a database are labelled in another tool, come back, and go out again; the student goes elsewhere."""

import json
import sqlite3
import threading
from functools import partial
from http.server import ThreadingHTTPServer

import duckdb
import pytest
from skops.io import load
from tests.portable.test_lexical import Quiet
from tests.web.at_the_page import enter

from mollia.data.read import read_table
from mollia.portable.sklearn_file import TRUSTED

TASK = """
name = "shop"
instruction = "What does the customer want?"
[data]
path = "shop.sqlite::mails"
[[classes]]
name = "Refund"
[[classes]]
name = "Delivery"
[[panel]]
name = "a"
kind = "recorded"
path = "shop.sqlite::mails"
[[panel]]
name = "b"
kind = "recorded"
path = "shop.sqlite::mails"
[query]
rounds = 1
batch = 10
[run]
out = "out"
"""
N, DRAWN = 60, 24


def gold(text):
    return "Delivery" if text.startswith("parcel") else "Refund"


@pytest.fixture
def shop(tmp_path):
    """A folder with a database of mails, which hold two LLMs' answers, and its task."""
    texts = [f"parcel {i} is late" if i % 2 else f"money for {i} please" for i in range(N)]
    with sqlite3.connect(tmp_path / "shop.sqlite") as database:
        database.execute("CREATE TABLE mails (id INTEGER, text TEXT, a TEXT, b TEXT)")
        rows = [(i, text, gold(text), gold(text) if i % 3 else "Delivery") for i, text in enumerate(texts)]
        database.executemany("INSERT INTO mails VALUES (?, ?, ?, ?)", rows)
        database.execute("CREATE TABLE orders (id INTEGER)")
    (tmp_path / "task.toml").write_text(TASK, "utf-8")
    return tmp_path


def labelled_by_ann(path, label_of):
    """What doccano exports once Ann has labelled the rows: its own ids, their metadata, her labels."""
    lines = [json.loads(each) for each in path.read_text("utf-8").splitlines()]
    assert all(each["label"] == [] for each in lines), "no proposal that could influence her"
    back = [
        each | {"id": n + 1, "label": [label_of(each["text"])], "Comments": []}
        for n, each in enumerate(lines)
    ]
    (path.parent / "ann.jsonl").write_text("".join(json.dumps(each) + "\n" for each in back), "utf-8")


IN_PAGE = """async (texts) => {
  const { openStudent } = await import("/student-onnx/student.mjs");
  return (await openStudent())(texts);
}"""


def student_elsewhere(does, shop, page):
    """The student goes to scikit-learn, to JavaScript and to a folder for the hub, and says the same in each."""
    asked = ["the parcel is not here", "money for 3 please", "", "Geld zurück"]
    (shop / "new.csv").write_text(
        "id,text\n" + "".join(f"{i},{text or ' '}\n" for i, text in enumerate(asked)), "utf-8"
    )
    does("predict", "out/student", "new.csv", "--out", "predicted.csv", "-q")
    predicted = read_table(shop / "predicted.csv").columns
    assert "Call it student.skops" in does("export", "sklearn", "task.toml", "--out", "student.pkl", code=2)
    assert "Student written" in does("export", "sklearn", "task.toml", "--out", "student.skops")
    pipeline = load(shop / "student.skops", trusted=list(TRUSTED))
    does("export", "onnx", "task.toml", "--out", "student-onnx")
    (shop / "index.html").write_text("<!doctype html><title>x</title><link rel=icon href=data:,>")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=shop)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        in_page = page.evaluate(IN_PAGE, asked)
        server.shutdown()
    does("export", "hub", "out/student", "--out", "classifier")
    does("predict", "classifier/student", "new.csv", "--out", "again.csv", "-q")
    assert read_table(shop / "again.csv").columns == predicted
    assert 'load("student.skops"' in (shop / "classifier" / "README.md").read_text("utf-8")
    told = [row for row, text in enumerate(asked) if text]
    assert [predicted["label"][row] for row in told] == [pipeline.predict(asked)[row] for row in told]
    assert [each["label"] for each in in_page] == pipeline.predict(asked).tolist()


def test_mails_of_a_database_go_to_doccano_and_back_and_their_labels_to_databases_and_spacy(
    mollia, shop, serve_folder, page
):
    def does(*words, code=0):
        done = mollia(shop, *words)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    draw = ("export", "doccano", "task.toml", "--draw", str(DRAWN), "--out")
    assert "Call it draw.jsonl" in does(*draw, "draw.json", code=2)
    assert f"{DRAWN} rows written: draw.jsonl" in does(*draw, "draw.jsonl")
    back = ("import", "doccano", "ann.jsonl", "--task", "task.toml")
    labelled_by_ann(shop / "draw.jsonl", lambda text: gold(text).replace("Refund", "Refnd"))
    assert 'Did you mean "Refund"' in does(*back, code=2)
    assert not (shop / "out" / "ledger.sqlite").exists(), "a file with a wrong label leaves nothing"
    labelled_by_ann(shop / "draw.jsonl", gold)
    assert f"{DRAWN} labels (seed): out/ledger.sqlite" in does(*back)
    assert f"Human labels used: {DRAWN}" in does("run", "task.toml", "-q")

    with serve_folder(shop, {}) as served:
        enter(page, served)
        page.goto(f"{served.origin}/rows?who=*")
        assert page.inner_text("p[role=status] b") == str(DRAWN)
        assert "doccano:ann" in page.locator(".found .said").first.inner_text()

    words = ("fuse", "shop.sqlite::mails", "--labels", "Refund,Delivery", "--only-labels", "--out")
    does(*words, "shop.sqlite::labels")
    does(*words, "labels.duckdb::labels")
    assert "orders" in does(*words, "shop.sqlite::orders", code=2), "a table of someone else is never touched"
    with sqlite3.connect(shop / "shop.sqlite") as database:
        in_sqlite = database.execute("SELECT id, label FROM labels ORDER BY id").fetchall()
        assert database.execute("SELECT COUNT(*) FROM orders").fetchone() == (0,)
    with duckdb.connect(str(shop / "labels.duckdb")) as database:
        in_duckdb = database.execute("SELECT id, label FROM labels ORDER BY id").fetchall()
    assert len(in_sqlite) == N
    assert [(int(id_), label) for id_, label in in_sqlite] == [(int(id_), label) for id_, label in in_duckdb]

    assert f"{N} rows written: train.jsonl" in does("export", "textcat", "task.toml", "--out", "train.jsonl")
    lines = [json.loads(each) for each in (shop / "train.jsonl").read_text("utf-8").splitlines()]
    labels = read_table(shop / "out" / "labels.csv").columns
    best = {each["text"]: max(each["cats"], key=each["cats"].get) for each in lines}
    assert best == dict(zip(labels["text"], labels["label"], strict=True))
    student_elsewhere(does, shop, page)
