import numpy as np
import pytest

from mollia.arrays import one_hot
from mollia.encode.cached import Cached
from mollia.encode.hybrid import Hybrid
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student


@pytest.mark.parametrize("kind", ["onnx", "hybrid", "cached", "hybrid of cached"])
def test_students_on_a_transformer_are_stored_with_it(kind, minilm, texts, y, tmp_path):
    cached = Cached(minilm, tmp_path / "vectors.sqlite")
    encoder = {"onnx": minilm, "hybrid": Hybrid(minilm), "cached": cached, "hybrid of cached": Hybrid(cached)}
    student = FrozenStudent(encoder[kind]).fit(texts, one_hot(y, 3))
    assert (student.predict(texts) == y).all()
    assert student.embed(texts).shape == (len(texts), 384)
    loaded = load_student(save(student, tmp_path / "student", ["a", "b", "c"]))
    (tmp_path / "vectors.sqlite").unlink(missing_ok=True)
    new = texts[::5]
    assert np.abs(loaded.predict_proba(new) - student.predict_proba(new)).max() <= 1e-6
