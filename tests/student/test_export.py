import json
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from sklearn.base import clone
from tests.killed_at import killed_at

from mollia.arrays import one_hot
from mollia.errors import DataError, StoreError
from mollia.student.export import MANIFEST, WEIGHTS, digest, save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student
from mollia.student.softmax_head import Head

NAMES = ["sport", "cooking", "NA"]
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


def test_of_the_older_student_nothing_stays_and_of_other_files_all(folder, texts, y):
    (folder / "notes.md").write_text("ours", "utf-8")
    old = {path.name for path in folder.iterdir()}
    save(FrozenStudent(C=0.1).fit(texts, one_hot(y[::-1], 3)), folder, CLASSES)
    assert {path.name for path in folder.iterdir()} & old == {MANIFEST, "notes.md"}
    assert len(list(folder.rglob(WEIGHTS))) == 1


def test_the_same_student_is_written_as_the_same_bytes(student, folder, tmp_path):
    again = save(student, tmp_path / "again", CLASSES)
    assert tree(again) == tree(folder)
    assert tree(save(student, folder, CLASSES)) == tree(again)


def test_a_version_that_was_damaged_is_written_again(student, folder):
    cut(inside(folder, WEIGHTS))
    save(student, folder, CLASSES)
    assert load_student(folder).classes == CLASSES


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_student_of_format_1_is_read_and_leaves_nothing_behind(student, folder, texts, y):
    as_format_1(folder)
    assert {path.name for path in folder.iterdir()} == {MANIFEST, WEIGHTS, "vocabulary.json"}
    assert np.abs(load_student(folder).predict_proba(NEW) - student.predict_proba(NEW)).max() <= 1e-6
    save(FrozenStudent(C=0.1).fit(texts, one_hot(y[::-1], 3)), folder, CLASSES)
    assert [path.name for path in folder.iterdir() if path.is_file()] == [MANIFEST]


def as_format_1(folder):
    """Lay a student's files as mollia 0.1 did."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    version = folder / manifest.pop("version")
    for path in version.iterdir():
        path.rename(folder / path.name)
    version.rmdir()
    (folder / MANIFEST).write_text(json.dumps(manifest | {"format": 1}), "utf-8")


SAVE = """
import pickle
from pathlib import Path
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent

FrozenStudent().fit(["a", "b"], [[1.0, 0.0], [0.0, 1.0]])  # imports what a pickle would import in each run

def work(folder):
    save(pickle.loads((Path(folder).parent / "newer.pickle").read_bytes()), folder, ["sport", "cooking", "NA"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills")
def test_wherever_saving_is_killed_there_is_the_old_student_or_the_new_one(student, texts, y, tmp_path):
    newer = FrozenStudent(C=0.1).fit(texts, one_hot(y[::-1], 3))
    (tmp_path / "newer.pickle").write_bytes(pickle.dumps(newer))
    folder = save(student, tmp_path / "student", NAMES)
    old, new = student.predict_proba(NEW), newer.predict_proba(NEW)
    step, was_killed = 0, True
    with killed_at(SAVE, folder) as killed:
        while was_killed:
            step += 1
            was_killed = killed(step)
            found = load_student(folder).predict_proba(NEW)
            assert min(np.abs(found - old).max(), np.abs(found - new).max()) <= 1e-6, step
            if was_killed:  # each step is tried with the old student in the folder
                save(student, folder, NAMES)
    assert step > 10, "there are steps to be killed at"
    assert tree(folder) == tree(save(newer, tmp_path / "straight", NAMES)), "nothing is left behind"


def test_no_file_is_a_pickle(folder):
    for path in filter(Path.is_file, folder.rglob("*")):
        assert path.suffix in {".json", ".safetensors"}
        assert not path.read_bytes().startswith(b"\x80")


def test_a_folder_without_a_student_is_a_data_error(tmp_path):
    with pytest.raises(DataError, match="holds no student"):
        load_student(tmp_path / "nowhere")


def inside(folder, name):
    """The path of one of a student's files."""
    (found,) = folder.rglob(name)
    return found


def cut(path):
    path.write_bytes(path.read_bytes()[:-7])


def not_a_number(path):
    """NaN among the weights, with a manifest that knows the file."""
    arrays = load_file(path)
    arrays["head.coef"][0, 0] = np.nan
    save_file(arrays, path)
    manifest = path.parent.parent / MANIFEST
    known = json.loads(manifest.read_text("utf-8"))["sha256"] | {WEIGHTS: digest(path)}
    edit(sha256=known)(manifest)


def unlisted(path):
    """A features' file that is gone, and that the manifest does not name."""
    path.unlink()
    manifest = path.parent.parent / MANIFEST
    known = json.loads(manifest.read_text("utf-8"))["sha256"]
    edit(sha256={name: has for name, has in known.items() if name != path.name})(manifest)


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
        (MANIFEST, lambda path: path.write_bytes(b'{"a":' * 100_000), "manifest.json is unreadable"),
        (MANIFEST, lambda path: path.write_bytes(b"\xff\xfe"), "manifest.json is unreadable"),
        (MANIFEST, edit(format=[]), "manifest.json is unreadable"),
        (MANIFEST, edit(format=99), "format 99"),
        (MANIFEST, edit(version="../elsewhere"), "names no version"),
        (MANIFEST, edit(version="0" * 16), "is missing"),
        (WEIGHTS, not_a_number, "not finite"),
        ("vocabulary.json", unlisted, "No such file"),
        (MANIFEST, edit(sha256={}), "names no weights"),
        (MANIFEST, edit(classes=["a", "b"]), "names for 2"),
        (MANIFEST, edit(features={"kind": "tfidf", "config": {"nonsense": 1}}), "is damaged"),
        (MANIFEST, edit(features={}), "is damaged"),
    ],
)
def test_a_damaged_student_is_refused_with_a_sentence(folder, name, damage, said):
    damage(inside(folder, name))
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
