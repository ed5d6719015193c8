import numpy as np
import pytest

from mollia.arrays import one_hot
from mollia.errors import DataError
from mollia.query.entropy import entropy
from mollia.query.pool_view import PoolView, distinct_rows


class Counting:
    """A student that counts how often it is asked."""

    def __init__(self):
        self.asked = []

    def predict_proba(self, texts):
        self.asked.append("probs")
        return one_hot(np.array([len(text) % 2 for text in texts]), 2)

    def embed(self, texts):
        self.asked.append("vectors")
        return np.array([[len(text)] for text in texts], np.float32)


def test_nothing_is_computed_before_it_is_looked_at_and_then_once():
    student = Counting()
    view = PoolView(student=student, texts=["a", "bb", "ccc"], labelled_texts=["dddd"])
    assert len(view) == 3
    assert student.asked == []
    assert view.probs is view.probs
    assert view.vectors.tolist() == [[1], [2], [3]]
    assert view.labelled_vectors.tolist() == [[4]]
    assert student.asked == ["probs", "vectors", "vectors"]
    assert view.panel is None


def test_a_view_is_read_only():
    view = PoolView(student=Counting(), texts=["a", "bb"])
    with pytest.raises(ValueError, match="read-only"):
        view.probs[0, 0] = 1


def test_a_student_without_passes_says_so():
    with pytest.raises(DataError, match="Counting has no passes"):
        _ = PoolView(student=Counting(), texts=["a"]).passes


def test_no_batch_holds_two_identical_texts():
    """Case O11: 1,000 rows, 700 different texts and 20 further ones 15 times each."""
    texts = [f"text {i}" for i in range(700)] + [f"again {i}" for i in range(20)] * 15
    order = np.random.default_rng(0).permutation(1000)
    texts = [texts[i] for i in order]
    groups = np.unique(texts, return_inverse=True)[1]
    taken = np.zeros(0, np.int64)
    seen = []
    while len(rows := distinct_rows(groups, taken)):
        view = PoolView(student=Counting(), texts=[texts[i] for i in rows])
        batch = rows[entropy(view, 50, np.random.default_rng(0)).rows]
        seen += [texts[i] for i in batch]
        taken = np.concatenate([taken, batch])
    assert len(seen) == len(set(seen)) == 720


def test_without_a_student_all_classes_are_equally_likely():
    vectors = np.eye(4, 3, dtype=np.float32)
    view = PoolView.without_student(vectors, 5)
    assert len(view) == 4
    assert (view.probs == 0.2).all()
    assert view.labelled_vectors.shape == (0, 3)
    assert view.panel is view.fused is None
