import numpy as np
import pytest

from mollia.fusion import Mixture, fuse
from mollia.fusion.student_view import teach_students, trust
from mollia.student import FrozenStudent


def rest_accuracy(posterior, gold, y):
    return (posterior.argmax(1) == gold)[y < 0].mean()


class Parrot:
    """Repeats what it was taught of a text, and says the first class of texts it never saw."""

    classes_ = np.arange(3)

    def fit(self, X, y, *, sample_weight=None, **_):
        self.taught = dict(zip(X, y, strict=True))
        self.weight = sample_weight
        return self

    def predict_proba(self, X):
        return np.array([self.taught.get(text, np.array([1.0, 0, 0])) for text in X])

    def embed(self, X):
        return np.zeros((len(X), 1), np.float32)


def test_no_row_is_judged_by_a_student_that_saw_its_text():
    texts = [f"text {at % 20}" for at in range(60)]  # each text three times
    T = np.tile([0.0, 0.0, 1.0], (60, 1))
    students, Q = teach_students(Parrot, texts, T, np.full(60, -1), np.random.default_rng(0))
    assert (Q.argmax(1) == 0).all()  # the first class: none was taught
    assert not set(students[0].taught) & set(students[1].taught)


def test_human_rows_weigh_five_times_as_much():
    y = np.array([0, -1, -1, -1])
    students, _ = teach_students(Parrot, list("abcd"), np.full((4, 3), 1 / 3), y, np.random.default_rng(0))
    assert sorted(np.concatenate([student.weight for student in students])) == [1, 1, 1, 5]


@pytest.mark.parametrize(("q", "r", "low", "high"), [(0, 1, 0.5, 0.5), (1, 1, 1, 1), (1, 0, 2, 2)])
def test_trust_follows_the_human_rows(q, r, low, high):
    y = np.zeros(40, int)
    right, wrong = np.tile([1.0, 0.0], (40, 1)), np.tile([0.0, 1.0], (40, 1))
    assert low <= trust(right if q else wrong, right if r else wrong, y) <= high


def test_a_student_is_the_text_view_and_speaks_for_new_rows(simulator, drawer):
    X, gold, texts = simulator(500)
    y = drawer(gold[:300], 40)
    fuser = Mixture(student=FrozenStudent)
    P = fuser.fit_predict_proba(X[:300], y, texts=texts[:300])
    without = Mixture().fit_predict_proba(X[:300], y)
    assert rest_accuracy(P, gold[:300], y) > rest_accuracy(without, gold[:300], y) + 0.04
    assert (fuser.predict_proba(X[300:], texts=texts[300:]).argmax(1) == gold[300:]).mean() > 0.9
    assert (fuser.predict_proba(X[300:]).argmax(1) == gold[300:]).mean() > 0.75
    assert any("FrozenStudent" in note for note in fuser.notes_)


def test_texts_that_tell_nothing_are_not_worth_a_student(simulator, drawer):
    X, gold, texts = simulator(telling_texts=False)

    def refuse():
        raise AssertionError("a student was made")

    Mixture(student=refuse).fit(X, drawer(gold, 40), texts=texts)


def test_fuse_takes_an_encoder_or_a_student_as_text_view(panel, drawer):
    X, gold, texts = panel
    fused = fuse(X, drawer(gold, 40), texts=texts, text_view=FrozenStudent)
    assert any("FrozenStudent" in note for note in fused.notes)
