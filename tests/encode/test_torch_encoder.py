import sys

import numpy as np
import pytest

from mollia.arrays import one_hot
from mollia.encode.torch_encoder import TorchEncoder
from mollia.errors import DataError, MissingExtra
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student

TEXTS = ["Where is Mount Kenya?", "", "In which country is Mount Kenya?", "How to bake bread", "x " * 200]


def test_vectors_are_those_of_the_same_model_in_onnx(sentence_transformer, minilm):
    vectors, others = sentence_transformer.encode(TEXTS), minilm.encode(TEXTS)
    assert vectors.shape == others.shape
    assert (vectors * others).sum(1).min() > 0.98  # the other one is rounded to int8


def test_the_name_changes_with_the_cut(sentence_transformer, minilm_weights):
    shorter = TorchEncoder(str(minilm_weights), max_tokens=8)
    assert shorter.name != sentence_transformer.name
    long = "How to bake bread in an oven of stone when it rains"
    assert np.allclose(shorter.encode([long]), shorter.encode([long + " for a week"]), atol=1e-5)


def test_a_stored_student_brings_its_model_along(sentence_transformer, tmp_path):
    student = FrozenStudent(sentence_transformer).fit(TEXTS, one_hot(np.array([0, 1, 0, 1, 1]), 2))
    folder = save(student, tmp_path / "student", ["a", "b"])
    loaded = load_student(folder)
    assert np.allclose(loaded.predict_proba(TEXTS), student.predict_proba(TEXTS), atol=1e-6)
    files = {path.name for path in folder.rglob("*") if path.is_file()}
    assert files == {"manifest.json", "weights.safetensors", "encoder.zip"}


def test_a_model_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DataError, match=r"model .*nothing cannot be loaded") as found:
        TorchEncoder(str(tmp_path / "nothing")).encode(["a"])
    assert "hub repository" in found.value.hint


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtra, match="sentence_transformers") as found:
        TorchEncoder("any").encode(["a"])
    assert 'mollia[torch]"' in found.value.hint
