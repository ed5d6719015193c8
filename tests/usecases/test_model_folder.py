"""The folder of a student for the hub, by what the student reads; texts by words are tested on the command line (`test_to_hub.py`)."""

import numpy as np
import onnxruntime
import pytest
from tests.portable.conftest import shapes

from mollia.arrays import one_hot
from mollia.encode.hybrid import Hybrid
from mollia.encode.pixels import Pixels
from mollia.encode.precomputed import Precomputed
from mollia.encode.static_encoder import StaticEncoder
from mollia.errors import DataError
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.usecases import model_folder
from mollia.usecases.model_folder import write_model_folder

TEXTS = ["the parcel is late", "money back please", "where is my order", "I was charged twice"]


@pytest.fixture(params=["images", "columns", "both", "static"])
def student(request, static_folder, tmp_path):
    """A student that reads something else than words: what it reads, its folder, and the inputs of its model."""
    if request.param == "images":
        rows, y = shapes()
        kind, encoder, task, inputs = "images", Pixels(), "image-classification", ["pixels"]
    elif request.param == "columns":
        rows, y = ["1", "2", "3"], np.array([0, 1, 0])
        encoder = Precomputed(rows, [[1.0, 5.0], [2.0, 6.0], [3.0, 9.0]], columns=("price", "weight"))
        kind, task, inputs = "the columns price, weight", "tabular-classification", ["vectors"]
    else:
        rows, y, kind, task = TEXTS, np.array([0, 1, 0, 1]), "texts", "text-classification"
        dense = StaticEncoder(str(static_folder))
        inputs = ["input_ids", "attention_mask"]
        if request.param == "both":
            dense, inputs = Hybrid(dense), [*inputs, "columns", "counts"]
        encoder = dense
    folder = save(FrozenStudent(encoder).fit(rows, one_hot(y, 2)), tmp_path / "student", ("a", "b"))
    return kind, task, inputs, folder


def test_the_card_says_what_is_read_and_how_the_model_is_fed(student, tmp_path):
    kind, task, inputs, folder = student
    write_model_folder(folder, tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert f"pipeline_tag: {task}" in card
    assert f"that reads {kind}, written by mollia" in card
    session = onnxruntime.InferenceSession(str(tmp_path / "out" / "onnx" / "model.onnx"))
    assert [each.name for each in session.get_inputs()] == inputs
    if "InferenceSession" in card:
        assert all(f"{name}={name}" in card for name in inputs)
    else:
        assert 'pipeline("text-classification"' in card


def test_a_student_that_onnx_cannot_hold_goes_without_and_it_is_said(student, tmp_path, monkeypatch):
    def refuse(student, folder):
        raise DataError("its vectors are not a mean")

    monkeypatch.setattr(model_folder, "write_onnx_files", refuse)
    said = []
    write_model_folder(student[3], tmp_path / "out", say=said.append)
    assert said == ["Without a form for other programs: its vectors are not a mean"]
    assert (tmp_path / "out" / "student" / "manifest.json").is_file()
    assert "onnx" not in (tmp_path / "out" / "README.md").read_text("utf-8")
