import json
import re

import numpy as np
import pytest
from tests.portable.conftest import HARD, PAGE, agree, session
from tokenizers import Tokenizer

from mollia.arrays import one_hot
from mollia.encode.onnx_encoder import OnnxEncoder
from mollia.encode.static_encoder import StaticEncoder
from mollia.portable.onnx_folder import write_onnx
from mollia.student.export import save
from mollia.student.finetune import FinetunedStudent
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student
from mollia.student.recipe import Recipe


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


def test_a_fine_tuned_student_predicts_the_same(minilm_weights, acts, tmp_path):
    texts, y, names = acts
    student = FinetunedStudent(str(minilm_weights), recipe=Recipe(most_steps=2, batch=4))
    student.fit(texts[:8], one_hot(y[:8], len(names)))
    loaded = load_student(save(student, tmp_path / "student", names))
    write_onnx(loaded, tmp_path / "onnx")
    some = [*texts[:4], "word " * 400, "", "?"]
    agree(by_tokens(tmp_path / "onnx", some), loaded, some)
