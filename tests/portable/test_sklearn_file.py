import json
import subprocess
import sys

import numpy as np
import pytest
from tests.portable.conftest import HARD

from mollia.arrays import one_hot
from mollia.encode.precomputed import Precomputed
from mollia.errors import DataError
from mollia.portable.sklearn_file import TRUSTED, as_pipeline, write_pipeline
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student

WITHOUT_MOLLIA = """
import json, sys, warnings
warnings.simplefilter("error")
sys.modules["mollia"] = None  # cannot be imported
from skops.io import get_untrusted_types, load

file, trusted, texts = json.load(sys.stdin)
assert get_untrusted_types(file=file) == trusted
student = load(file, trusted=trusted)
json.dump([student.predict_proba(texts).tolist(), student.predict(texts).tolist()], sys.stdout)
"""


def elsewhere(path, inputs, trusted=TRUSTED):
    """What the file predicts in a process without mollia."""
    said = json.dumps([str(path), list(trusted), inputs])
    done = subprocess.run(
        [sys.executable, "-I", "-c", WITHOUT_MOLLIA], input=said, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    probs, labels = json.loads(done.stdout)
    return np.array(probs), labels


def test_a_process_without_mollia_predicts_the_same(student, acts, tmp_path):
    loaded, _ = student
    (path,) = write_pipeline(loaded, tmp_path / "student.skops")
    texts = [*acts[0], *HARD]
    probs, labels = elsewhere(path, texts)
    assert np.abs(probs - loaded.predict_proba(texts)).max() < 1e-6
    assert labels == loaded.predict(texts), "the classes' names are kept"


def test_long_words_do_not_make_the_file_long(tmp_path):
    texts = [f"short text {i} " + ("y" * 100_000 if i == 7 else "z" * (i % 90)) for i in range(300)]
    loaded = load_student(
        save(
            FrozenStudent().fit(texts, one_hot(np.arange(300) % 3, 3)), tmp_path / "student", ("a", "b", "c")
        )
    )
    pipeline = as_pipeline(loaded)
    assert np.abs(pipeline.predict_proba(texts) - loaded.predict_proba(texts)).max() < 1e-6
    (path,) = write_pipeline(loaded, tmp_path / "student.skops")
    assert path.stat().st_size < 1_000_000


def test_a_student_of_numbers_reads_them_as_they_came(tmp_path):
    rng = np.random.default_rng(0)
    vectors = rng.normal(3, 50, (90, 4))
    names = [str(i) for i in range(90)]
    encoder = Precomputed(names, vectors, columns=("a", "b", "c", "d"))
    y = (vectors[:, 0] > 3).astype(int) + (vectors[:, 1] > 3)
    loaded = load_student(
        save(FrozenStudent(encoder).fit(names, one_hot(y, 3)), tmp_path / "s", ("x", "y", "z"))
    )
    (path,) = write_pipeline(loaded, tmp_path / "student.skops")
    probs, labels = elsewhere(path, vectors.tolist(), trusted=())
    assert np.abs(probs - loaded.predict_proba(vectors)).max() < 1e-6
    assert labels == loaded.predict(vectors)


def test_a_student_of_a_models_vectors_is_refused(minilm, acts, tmp_path):
    texts, y, names = acts
    student = FrozenStudent(minilm).fit(texts[:30], one_hot(y[:30], len(names)))
    loaded = load_student(save(student, tmp_path / "student", names))
    with pytest.raises(DataError, match="scikit-learn does not have") as found:
        as_pipeline(loaded)
    assert "mollia export onnx" in found.value.hint


def test_a_student_without_words_is_refused(tmp_path):
    student = FrozenStudent().fit(["", " "], one_hot(np.array([0, 1]), 2))
    loaded = load_student(save(student, tmp_path / "student", ("a", "b")))
    with pytest.raises(DataError, match="learned no words"):
        as_pipeline(loaded)


def test_another_ending_is_refused(student, tmp_path):
    with pytest.raises(DataError, match=r'ends in "\.skops"') as found:
        write_pipeline(student[0], tmp_path / "student.pkl")
    assert "student.skops" in found.value.hint
