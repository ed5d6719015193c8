import numpy as np
import pytest
from tests.portable.conftest import HARD, agree, example

from mollia.arrays import one_hot
from mollia.encode.hybrid import Hybrid
from mollia.encode.static_encoder import StaticEncoder
from mollia.portable.onnx_folder import write_onnx
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student


@pytest.mark.parametrize("kind", ["onnx", "static"])
def test_the_pages_program_predicts_the_same(
    kind, minilm, static_folder, acts, grams, tmp_path, monkeypatch, capsys
):
    texts, y, names = acts
    dense = {"onnx": lambda: minilm, "static": lambda: StaticEncoder(str(static_folder))}[kind]()
    student = FrozenStudent(Hybrid(dense)).fit(texts[:12], one_hot(y[:12], len(names)))
    loaded = load_student(save(student, tmp_path / "student", names))
    write_onnx(loaded, tmp_path / "student-onnx")
    monkeypatch.chdir(tmp_path)
    asked = [*texts[:6], "word " * 400, *(text for text in HARD if "\ud800" not in text)]
    names = {"grams": grams, "texts": asked}
    exec(example("hybrid.py"), names)  # noqa: S102  # the page's own example
    assert capsys.readouterr().out.strip() == str(loaded.predict(asked))
    agree(np.array([names["probabilities"](text) for text in asked]), loaded, asked)
    assert {path.name for path in (tmp_path / "student-onnx").rglob("*") if path.is_file()} == {
        "model.onnx",
        "features.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
