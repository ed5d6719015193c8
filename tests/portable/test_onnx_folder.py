import json
import re
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime
import playwright
import pytest
from tests.portable.conftest import HARD
from tokenizers import Tokenizer

from mollia.arrays import one_hot
from mollia.encode.hybrid import Hybrid
from mollia.encode.onnx_encoder import OnnxEncoder
from mollia.encode.static_encoder import StaticEncoder
from mollia.errors import DataError
from mollia.portable.onnx_folder import write_onnx
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student

PAGE = (Path(__file__).parents[2] / "docs" / "export-student.md").read_text("utf-8")
NODE = Path(playwright.__file__).parent / "driver" / "node"


@pytest.fixture(scope="module")
def grams():
    """The function on the page that says how a text is cut."""
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "def grams" in block)
    names = {}
    exec(code, names)  # noqa: S102  # the page's own example
    return names["grams"]


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


def session(folder):
    return onnxruntime.InferenceSession(str(folder / "onnx" / "model.onnx"))


def by_tokens(folder, texts):
    """The probabilities of a student on an encoder, by onnxruntime and tokenizers."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_padding()
    runs, out = session(folder), []
    for text in texts:  # one by one: a batch would be padded to its longest
        (encoding,) = tokenizer.encode_batch([text])
        feed = {"input_ids": [encoding.ids], "attention_mask": [encoding.attention_mask]}
        feed = {name: np.array(value, np.int64).reshape(1, -1) for name, value in feed.items()}
        out.append(runs.run(["probabilities"], feed)[0][0])
    return np.array(out)


def agree(found, loaded, texts):
    wanted = loaded.predict_proba(texts)
    assert np.abs(found - wanted).max() < 1e-4
    assert [loaded.classes[k] for k in found.argmax(1)] == loaded.predict(texts)


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


@pytest.fixture(params=["onnx", "cut short", "as long as it is", "static", "static, known tokens"])
def on_encoder(request, minilm, static_folder, acts, tmp_path):
    """A student on an encoder, stored and loaded."""
    texts, y, names = acts
    encoder = {
        "onnx": lambda: minilm,
        "cut short": lambda: OnnxEncoder(minilm.model, tokenizer=minilm.tokenizer, max_tokens=12, threads=1),
        "as long as it is": lambda: OnnxEncoder(
            minilm.model, tokenizer=minilm.tokenizer, normalise=False, threads=1
        ),
        "static": lambda: StaticEncoder(str(static_folder)),
        "static, known tokens": lambda: StaticEncoder(str(static_folder), normalise=False),
    }[request.param]()
    student = FrozenStudent(encoder).fit(texts[:24], one_hot(y[:24], len(names)))
    return load_student(save(student, tmp_path / "student", names))


def test_a_student_on_an_encoder_predicts_the_same_alone_and_in_a_batch(
    on_encoder, acts, tmp_path, monkeypatch, capsys
):
    write_onnx(on_encoder, tmp_path / "onnx")
    folder, some = tmp_path / "onnx", [*acts[0][:12], "word " * 400, ""]
    texts = [*some, *(text for text in HARD if "\ud800" not in text)]
    agree(by_tokens(folder, texts), on_encoder, texts)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_padding()
    batch = tokenizer.encode_batch(some)
    feed = {
        "input_ids": np.array([each.ids for each in batch]),
        "attention_mask": np.array([each.attention_mask for each in batch]),
    }
    agree(session(folder).run(["probabilities"], feed)[0], on_encoder, some)
    monkeypatch.chdir(tmp_path)
    folder.rename("student-onnx")
    (code,) = re.findall(r"```py\n(.*?)```", PAGE, re.DOTALL)
    exec(code, {})  # noqa: S102  # the page's own example
    asked = ["the parcel is not here", "I want my money"]
    assert capsys.readouterr().out.strip() == str(on_encoder.predict(asked))
    folder = tmp_path / "student-onnx"
    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert list(config["id2label"].values()) == list(on_encoder.classes)


def test_a_student_that_reads_both_is_refused(static_folder, tmp_path):
    texts = ["one text", "another"]
    student = FrozenStudent(Hybrid(StaticEncoder(str(static_folder)))).fit(texts, np.eye(2))
    loaded = load_student(save(student, tmp_path / "student", ("a", "b")))
    with pytest.raises(DataError, match="cannot be exported as ONNX"):
        write_onnx(loaded, tmp_path / "onnx")
    assert not (tmp_path / "onnx").exists()
