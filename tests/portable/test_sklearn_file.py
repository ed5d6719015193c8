import json
import subprocess
import sys

import numpy as np
import pytest
from tests.portable.conftest import HARD, shapes

from mollia.arrays import one_hot
from mollia.encode.hybrid import Hybrid
from mollia.encode.onnx_images import OnnxImages
from mollia.encode.pixels import Pixels
from mollia.encode.precomputed import Precomputed
from mollia.encode.static_encoder import StaticEncoder
from mollia.errors import DataError
from mollia.portable.onnx_folder import write_onnx_files
from mollia.portable.sklearn_file import TRUSTED, TRUSTED_OF_PAIRS, as_pipeline, takes, write_pipeline
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import LoadedStudent, load_student
from mollia.student.softmax_head import Head

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


def test_a_student_on_an_encoder_reads_its_vectors(minilm, acts, tmp_path):
    texts, y, names = acts
    student = FrozenStudent(minilm).fit(texts[:12], one_hot(y[:12], len(names)))
    loaded = load_student(save(student, tmp_path / "student", names))
    (path,) = write_pipeline(loaded, tmp_path / "student.skops")
    assert takes(loaded.features) == "vectors (n, 384) of the student's encoder"
    probs, labels = elsewhere(path, minilm.encode(texts[:20]).tolist(), trusted=())
    assert np.abs(probs - loaded.predict_proba(texts[:20])).max() < 1e-6
    assert labels == loaded.predict(texts[:20])


@pytest.mark.parametrize("learned", ["words", "nothing but vectors"])
def test_a_hybrid_student_reads_texts_and_their_vectors(learned, static_folder, acts, tmp_path):
    texts, y, names = acts
    texts = texts if learned == "words" else [""] * len(texts)
    student = FrozenStudent(Hybrid(StaticEncoder(str(static_folder)))).fit(
        texts[:90], one_hot(y[:90], len(names))
    )
    loaded = load_student(save(student, tmp_path / "student", names))
    (path,) = write_pipeline(loaded, tmp_path / "student.skops")
    asked = [*texts, *(text for text in HARD if "\ud800" not in text)]
    pair = [asked, loaded.features.dense.transform(asked).tolist()]
    trusted = TRUSTED_OF_PAIRS if learned == "words" else ("operator.itemgetter",)
    probs, labels = elsewhere(path, pair, trusted=trusted)
    assert np.abs(probs - loaded.predict_proba(asked)).max() < 1e-6
    assert labels == loaded.predict(asked)
    assert takes(loaded.features).startswith("texts and vectors (n, 64)")


def test_a_student_of_images_reads_their_features(tmp_path):
    rows, y = shapes()
    loaded = load_student(save(FrozenStudent(Pixels()).fit(rows, one_hot(y, 2)), tmp_path / "s", ("a", "b")))
    (path,) = write_pipeline(loaded, tmp_path / "student.skops")
    probs, labels = elsewhere(path, Pixels().transform(rows).tolist(), trusted=())
    assert np.abs(probs - loaded.predict_proba(rows)).max() < 1e-6
    assert labels == loaded.predict(rows)


def test_a_student_on_an_image_model_has_its_head_here_and_no_onnx_form(image_model, tmp_path):
    rows, y = (each[:6] for each in shapes())
    encoder = OnnxImages(str(image_model), threads=1)
    loaded = load_student(save(FrozenStudent(encoder).fit(rows, one_hot(y, 2)), tmp_path / "s", ("a", "b")))
    found = as_pipeline(loaded).predict_proba(loaded.features.transform(rows))
    assert np.abs(found - loaded.predict_proba(rows)).max() < 1e-6
    assert takes(loaded.features) == "vectors (n, 1280) of the student's encoder"
    with pytest.raises(DataError, match="a model that is ONNX already") as refused:
        write_onnx_files(loaded, tmp_path)
    assert "mollia export sklearn" in refused.value.hint


def test_an_encoder_of_ones_own_is_refused():
    class Own:
        def transform(self, texts):
            return np.zeros((len(texts), 1))

    student = LoadedStudent(
        classes=("a", "b"), features=Own(), head=Head(coef=np.zeros((1, 2)), intercept=np.zeros(2))
    )
    for write in (as_pipeline, lambda each: write_onnx_files(each, None)):
        with pytest.raises(DataError, match="encoder of your own") as found:
            write(student)
        assert "load_student" in found.value.hint


def test_a_student_without_words_is_refused(tmp_path):
    student = FrozenStudent().fit(["", " "], one_hot(np.array([0, 1]), 2))
    loaded = load_student(save(student, tmp_path / "student", ("a", "b")))
    with pytest.raises(DataError, match="learned no words"):
        as_pipeline(loaded)


def test_another_ending_is_refused(student, tmp_path):
    with pytest.raises(DataError, match=r'ends in "\.skops"') as found:
        write_pipeline(student[0], tmp_path / "student.pkl")
    assert "student.skops" in found.value.hint
