import numpy as np
import pytest
from sklearn.base import clone

from mollia.arrays import one_hot
from mollia.errors import DataError
from mollia.student.export import save
from mollia.student.finetune import FinetunedStudent
from mollia.student.load import load_student
from mollia.student.recipe import Recipe

NEW = ["a match in the stadium", "", "dough and butter", "python kernel " * 60]


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def student(minilm_weights, texts, y):
    steps = []
    made = FinetunedStudent(
        str(minilm_weights),
        recipe=Recipe(epochs=3, batch=8),
        max_tokens=32,
        progress=lambda *said: steps.append(said),
    ).fit(texts[::2], one_hot(y[::2], 3))
    assert steps[-1] == ("fine-tuning", 9, 9)
    return made


def test_it_learns_and_tells_new_texts_apart(student, texts, y):
    probs = student.predict_proba(texts[1::2])
    assert np.allclose(probs.sum(1), 1)
    assert (probs.argmax(1) == y[1::2]).mean() > 0.9
    assert student.embed(texts).shape == (36, 384)
    passes = student.passes(texts[:4], 3)
    assert passes.shape == (3, 4, 3)
    assert (passes.std(0) > 0).any()


def test_the_stored_student_needs_no_torch_and_agrees(student, tmp_path, texts):
    folder = save(student, tmp_path / "student", ["a", "b", "c"])
    loaded = load_student(folder)
    both = [*texts[:6], *NEW]
    assert np.abs(loaded.predict_proba(both) - student.predict_proba(both)).max() < 1e-4
    assert "torch" not in type(loaded.features).__module__


def test_the_same_seed_gives_the_same_student(student, texts, y):
    again = clone(student).set_params(progress=None).fit(texts[::2], one_hot(y[::2], 3))
    assert np.array_equal(again.predict_proba(NEW), student.predict_proba(NEW))


def test_learning_in_half_precision_gives_nearly_the_same_student(student, texts, y, monkeypatch):
    said = []
    for able in (True, False):
        monkeypatch.setattr("mollia.student.finetune.has_amx", lambda able=able: able)
        each = clone(student).set_params(progress=None).fit(texts[::2], one_hot(y[::2], 3))
        said.append(each.predict_proba(texts[1::2]))
    assert 0 < np.abs(said[0] - said[1]).max() < 0.1
    assert (said[0].argmax(1) == said[1].argmax(1)).mean() > 0.9


def test_negative_labels_and_weights_enter_the_loss(minilm_weights, texts, y):
    soft = np.full((12, 3), 1 / 3)
    negative = np.zeros((12, 3), bool)
    negative[:, 2] = True
    weight = np.ones(12)
    student = FinetunedStudent(str(minilm_weights), recipe=Recipe(epochs=2, batch=4), max_tokens=32)
    student.fit(texts[:12], soft, sample_weight=weight, negative=negative, negative_weight=1.0)
    assert student.predict_proba(texts[:4])[:, 2].max() < 0.2


def test_weights_that_cannot_be_loaded_are_said(tmp_path):
    with pytest.raises(DataError, match="cannot be loaded"):
        FinetunedStudent(str(tmp_path)).fit(["a"], np.eye(2)[:1])
