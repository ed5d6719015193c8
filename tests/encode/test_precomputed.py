import numpy as np
import pytest

from mollia.encode.precomputed import Precomputed
from mollia.errors import DataError
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student


def test_vectors_are_found_by_text(tmp_path):
    np.savez(tmp_path / "v.npz", texts=["a", "b", "a"], vectors=[[1, 2], [3, 4], [5, 6]])
    encoder = Precomputed.from_npz(tmp_path / "v.npz")
    assert encoder.dim == 2
    assert encoder.encode(["b", "a", "b"]).tolist() == [[3, 4], [1, 2], [3, 4]]
    assert encoder.encode([]).shape == (0, 2)
    assert encoder.name != Precomputed(["a"], [[1, 2]]).name


def test_a_text_without_a_vector_is_named():
    with pytest.raises(DataError, match="1 of 2 texts have no vector, the first is 'c'"):
        Precomputed(["a"], [[1.0]]).encode(["a", "c"])


def test_wrong_vectors_are_refused():
    with pytest.raises(DataError, match=r"shape \(2, d\)"):
        Precomputed(["a", "b"], [[1.0]])
    with pytest.raises(DataError, match="text 1"):
        Precomputed(["a", "b"], [[1.0], [np.nan]])


def test_a_pickle_is_refused(tmp_path):
    np.savez(tmp_path / "v.npz", texts=np.array(["a", {}], object), vectors=[[1], [2]])
    with pytest.raises(DataError, match="holds no vectors"):
        Precomputed.from_npz(tmp_path / "v.npz")


def test_columns_of_different_units_are_brought_to_one_scale_and_other_vectors_keep_their_directions():
    X = np.array([[1, 1000], [2, 3000], [3, 2000]])
    measures = Precomputed(["a", "b", "c"], X, columns=("x", "y"))
    assert measures.encode(["a", "b", "c"]).std(0) == pytest.approx([1, 1])
    turned = Precomputed(["a", "b", "c"], X, scaled=True).encode(["a", "b", "c"])
    assert np.linalg.norm(turned, axis=1).mean() == pytest.approx(1)
    assert turned[0, 1] / turned[0, 0] == pytest.approx(1000)
    assert Precomputed(["a"], [[5.0]], columns=("x",)).encode(["a"]).tolist() == [[0]]  # a constant column


def test_a_stored_student_reads_new_vectors_on_the_old_scale(tmp_path):
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=60)
    X = np.column_stack([y * 3 + rng.normal(size=60), 1000 * rng.normal(size=60)])
    texts = [str(row) for row in range(60)]
    student = FrozenStudent(Precomputed(texts, X, columns=("x", "y"))).fit(texts, np.eye(2)[y])
    save(student, tmp_path / "student", ("low", "high"))
    loaded = load_student(tmp_path / "student")
    assert np.allclose(loaded.predict_proba(X), student.predict_proba(texts), atol=1e-5)
    assert loaded.predict(np.array([[-1.0, 0.0], [4.0, 0.0]])) == ["low", "high"]
    with pytest.raises(DataError, match=r"reads vectors of 2 numbers; these are \(1, 3\)"):
        loaded.predict_proba(np.zeros((1, 3)))
    with pytest.raises(DataError, match="reads vectors, not texts"):
        loaded.predict_proba(["a text"])


def test_the_encoder_by_its_name_alone_has_no_vectors():
    with pytest.raises(DataError, match="no vectors outside of a task"):
        FrozenStudent("vectors").fit(["a", "b"], np.eye(2))
