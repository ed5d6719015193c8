import json

import numpy as np
import pytest
from sklearn.base import clone

from mollia.arrays import one_hot
from mollia.errors import DataError, StoreError
from mollia.student.export import MANIFEST, WEIGHTS, save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student
from mollia.student.softmax_head import Head

CLASSES = ("sport", "naïve cooking 🥖", "NA")
NEW = ["a match in the stadium", "", "flour", "unseen words only", "Python!\n\tKERNEL?"]


@pytest.fixture(scope="module")
def student(texts, y):
    return FrozenStudent().fit(texts, one_hot(y, 3))


@pytest.fixture
def folder(student, tmp_path):
    return save(student, tmp_path / "répertoire un" / "student", CLASSES)


def test_the_loaded_student_agrees_with_the_trained_one(student, folder, texts):
    loaded = load_student(folder)
    assert loaded.classes == CLASSES
    both = [*texts, *NEW]
    assert np.abs(loaded.predict_proba(both) - student.predict_proba(both)).max() <= 1e-6
    assert loaded.predict(["a match in the stadium"]) == ["sport"]
    assert loaded.predict_proba([]).shape == (0, 3)


def test_a_head_that_lies_transposed_in_memory_comes_back_straight(student, tmp_path):
    turned = clone(student)
    turned.classes_, turned.features_ = student.classes_, student.features_
    turned.head_ = Head(coef=np.asfortranarray(student.head_.coef), intercept=student.head_.intercept)
    loaded = load_student(save(turned, tmp_path, CLASSES))
    assert np.abs(loaded.predict_proba(NEW) - student.predict_proba(NEW)).max() <= 1e-6


def test_saving_again_replaces_the_older_student(folder, texts, y):
    newer = FrozenStudent(C=0.1).fit(texts, one_hot(y[::-1], 3))
    save(newer, folder, CLASSES)
    assert np.abs(load_student(folder).predict_proba(NEW) - newer.predict_proba(NEW)).max() <= 1e-6


def test_no_file_is_a_pickle(folder):
    for path in folder.iterdir():
        assert path.suffix in {".json", ".safetensors"}
        assert not path.read_bytes().startswith(b"\x80")


def test_a_folder_without_a_student_is_a_data_error(tmp_path):
    with pytest.raises(DataError, match="holds no student"):
        load_student(tmp_path / "nowhere")


def cut(path):
    path.write_bytes(path.read_bytes()[:-7])


def edit(**changes):
    def apply(path):
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")

    return apply


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        (WEIGHTS, cut, "weights.safetensors has changed"),
        ("vocabulary.json", cut, "vocabulary.json has changed"),
        ("vocabulary.json", lambda path: path.unlink(), "vocabulary.json is missing"),
        (MANIFEST, cut, "manifest.json is unreadable"),
        (MANIFEST, lambda path: path.write_bytes(b"[1]"), "manifest.json is unreadable"),
        (MANIFEST, edit(format=99), "format 99"),
        (MANIFEST, edit(sha256={}), "names no weights"),
        (MANIFEST, edit(classes=["a", "b"]), "names for 2"),
        (MANIFEST, edit(features={"kind": "tfidf", "config": {"nonsense": 1}}), "is damaged"),
        (MANIFEST, edit(features={}), "is damaged"),
    ],
)
def test_a_damaged_student_is_refused_with_a_sentence(folder, name, damage, said):
    damage(folder / name)
    with pytest.raises(StoreError, match=said) as found:
        load_student(folder)
    assert found.value.hint


def test_a_manifest_cannot_name_code_or_files_elsewhere(folder):
    edit(features={"kind": "os:system", "config": {}})(folder / MANIFEST)
    with pytest.raises(StoreError, match="is damaged"):
        load_student(folder)


def test_class_names_must_fit(student, tmp_path):
    with pytest.raises(DataError, match="3 classes, but 2 names"):
        save(student, tmp_path, ["a", "b"])


def test_a_student_on_an_encoder_that_cannot_be_stored_says_so(texts, y, tmp_path):
    class Lengths:
        name, dim = "lengths", 1

        def encode(self, texts, /):
            return np.array([[len(text)] for text in texts], np.float32)

    student = FrozenStudent(Lengths()).fit(texts, one_hot(y, 3))
    with pytest.raises(DataError, match="'lengths' cannot be written"):
        save(student, tmp_path, CLASSES)
