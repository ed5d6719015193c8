import json
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import playwright
from tests.portable.conftest import HARD, agree, session

from mollia.portable.onnx_folder import write_onnx
from mollia.student.load import load_student

NODE = Path(playwright.__file__).parent / "driver" / "node"


def by_counts(folder, texts, grams):
    """The probabilities of a lexical student's model, by onnxruntime; one row at a time, since one is very long."""
    told = json.loads((folder / "features.json").read_text("utf-8"))
    known = {"word": {gram: at for at, gram in enumerate(told["word"])}}
    known["char"] = {gram: len(told["word"]) + at for at, gram in enumerate(told["char"])}
    runs, out = session(folder), []
    for text in texts:
        parts = zip(known.values(), grams(text, *told["pieces"]), strict=True)
        found = [
            (column[gram], n) for column, counts in parts for gram, n in counts.items() if gram in column
        ]
        columns, counts = np.array(found, np.int64).reshape(-1, 2).T
        feed = {"columns": columns[None], "counts": counts[None].astype(np.float32)}
        out.append(runs.run(["probabilities"], feed)[0][0])
    return np.array(out)


def test_onnxruntime_predicts_the_same_from_the_counts(student, acts, tmp_path, grams):
    loaded, _ = student
    write_onnx(loaded, tmp_path / "onnx")
    texts = [*acts[0], *HARD]
    agree(by_counts(tmp_path / "onnx", texts, grams), loaded, texts)


def test_rows_of_a_batch_are_padded_with_counts_of_zero(student, tmp_path):
    loaded, _ = student
    write_onnx(loaded, tmp_path / "onnx")
    feed = {
        "columns": np.array([[0, 7, 2], [3, 0, 0]]),
        "counts": np.array([[1, 2, 1], [4, 0, 0]], np.float32),
    }
    both = session(tmp_path / "onnx").run(["probabilities"], feed)[0]
    for row, n in enumerate((3, 1)):
        alone = {name: values[row : row + 1, :n] for name, values in feed.items()}
        assert np.allclose(session(tmp_path / "onnx").run(["probabilities"], alone)[0], both[row], atol=1e-6)


IN_NODE = """
import { openStudent } from "./onnx/student.mjs";
import { readFileSync, writeFileSync } from "node:fs";
const student = await openStudent();
writeFileSync("said.json", JSON.stringify(student(JSON.parse(readFileSync("texts.json")))));
"""


def test_the_javascript_module_predicts_the_same_in_node(student, acts, tmp_path):
    loaded, _ = student
    write_onnx(loaded, tmp_path / "onnx")
    texts = [*acts[0], *HARD]
    (tmp_path / "texts.json").write_text(json.dumps(texts))
    (tmp_path / "use.mjs").write_text(IN_NODE)
    done = subprocess.run([NODE, "use.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads((tmp_path / "said.json").read_text("utf-8"))
    agree(np.array([each["scores"] for each in said]), loaded, texts)
    assert [each["label"] for each in said] == loaded.predict(texts)


IN_BROWSER = """async (texts) => {
  const { openStudent } = await import("/onnx/student.mjs");
  return (await openStudent())(texts);
}"""


def test_the_javascript_module_predicts_the_same_in_a_browser(two_classes, acts, tmp_path, page):
    loaded = load_student(two_classes)
    write_onnx(loaded, tmp_path / "onnx")
    (tmp_path / "index.html").write_text("<!doctype html><title>x</title><link rel=icon href=data:,>")
    texts = [*acts[0][:50], *(text for text in HARD if "\ud800" not in text)]
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        said = page.evaluate(IN_BROWSER, texts)
        server.shutdown()
    agree(np.array([each["scores"] for each in said]), loaded, texts)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass
