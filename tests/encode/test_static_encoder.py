import sys

import numpy as np
import pytest

from mollia.arrays import one_hot
from mollia.encode.hybrid import Hybrid
from mollia.encode.static_encoder import StaticEncoder
from mollia.errors import DataError, MissingExtra
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student

TEXTS = ["Where is Mount Kenya?", "", "In which country is Mount Kenya?", "How to bake bread", "bread dough"]


def test_vectors_have_length_one_and_meaning(static):
    vectors = static.encode(TEXTS)
    lengths = np.linalg.norm(vectors, axis=1)
    assert lengths == pytest.approx([1, 0, 1, 1, 1], abs=1e-5)
    assert vectors[0] @ vectors[2] > 0.8 > vectors[0] @ vectors[3]


def test_the_name_changes_with_what_changes_the_vectors(static, static_folder):
    assert static.name == StaticEncoder(str(static_folder)).name
    assert static.name != StaticEncoder(str(static_folder), normalise=False).name


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_stored_student_brings_its_model_along(static, tmp_path, wrapped):
    encoder = Hybrid(static) if wrapped else static
    student = FrozenStudent(encoder).fit(TEXTS, one_hot(np.array([0, 1, 0, 1, 1]), 2))
    loaded = load_student(save(student, tmp_path / "student", ["a", "b"]))
    assert np.allclose(loaded.predict_proba(TEXTS), student.predict_proba(TEXTS), atol=1e-6)


def test_a_model_that_is_not_there_is_said(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"static model .*empty cannot be loaded") as found:
        StaticEncoder(str(tmp_path / "empty")).encode(["a"])
    assert "hub repository" in found.value.hint
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(DataError, match="static model no-such/model cannot be loaded"):
        StaticEncoder("no-such/model").encode(["a"])


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "model2vec", None)
    with pytest.raises(MissingExtra, match="model2vec") as found:
        StaticEncoder("any").encode(["a"])
    assert 'mollia[static]"' in found.value.hint
