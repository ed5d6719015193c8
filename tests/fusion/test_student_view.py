import numpy as np
import pytest

from mollia.allowed_time import OutOfTime
from mollia.fusion import Mixture, fuse
from mollia.fusion.student_view import teach_students, teach_view
from mollia.fusion.view_weight import WEIGHT
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


def test_a_carried_row_weighs_its_share_of_a_human_row():
    y, carried = np.array([0, -1, 1, 2]), np.array([0, 0, 0.1, 0.02])
    T = np.full((4, 3), 1 / 3)
    students, _ = teach_students(Parrot, list("abcd"), T, y, np.random.default_rng(0), carried=carried)
    weights = np.concatenate([student.weight for student in students])
    assert sorted(weights) == pytest.approx([0.1, 0.5, 1, 5])


def flat(n):
    return np.full((n, 3), 1 / 3)


@pytest.mark.parametrize(
    ("weights", "taught"), [([0.49], 1), ([2.0, 0.74], 2), ([0.5, 0.75, 0.1], 3), ([2.0] * 5, 3)]
)
def test_students_with_weight_teach_others_and_each_round_asks_for_more(weights, taught, monkeypatch):
    made, answers = [], iter(weights)
    monkeypatch.setattr("mollia.fusion.student_view.choose_weight", lambda *_: next(answers))

    def make():
        made.append(Parrot())
        return made[-1]

    view = teach_view(make, list("abcd"), flat(4), np.full(4, -1), judged=False, rng=np.random.default_rng(0))
    assert len(made) == 2 * taught
    assert view.weight == weights[-1]
    assert view.students == tuple(made[-2:])


@pytest.mark.parametrize("last", [2, 3])
def test_the_last_whole_round_stays_where_the_time_ends(last, monkeypatch):
    made = []
    monkeypatch.setattr("mollia.fusion.student_view.choose_weight", lambda *_: 2.0)

    def make():
        if len(made) == last:
            raise OutOfTime("10 minutes are allowed")
        made.append(Parrot())
        return made[-1]

    def teach():
        return teach_view(
            make, list("abcd"), flat(4), np.full(4, -1), judged=False, rng=np.random.default_rng(0)
        )

    view = teach()
    assert view.students == tuple(made[:2])
    assert (view.rounds, view.ended) == (1, "10 minutes are allowed")
    made.clear()
    last = 1
    with pytest.raises(OutOfTime):
        teach()


def test_later_students_are_taught_what_all_say_together(monkeypatch):
    taught, answers = [], iter([2.0, 0.1])
    monkeypatch.setattr("mollia.fusion.student_view.choose_weight", lambda *_: next(answers))

    class Sure(Parrot):
        def fit(self, X, y, *, sample_weight=None, **_):
            taught.append(y)
            return super().fit(X, y, sample_weight=sample_weight)

    y = np.array([2, -1, -1, -1])
    teach_view(Sure, list("abcd"), flat(4), y, judged=False, rng=np.random.default_rng(0))
    first, second = np.concatenate(taught[:2]), np.concatenate(taught[2:])
    assert np.sort(first[:, 0])[1:] == pytest.approx(1 / 3)  # all that the posterior says
    assert (np.sort(second[:, 0])[1:] > 0.8).all()  # the first students said the first class
    assert second[:, 2].max() == 1.0  # what a person said stays


def test_only_human_rows_whose_labels_were_held_out_choose_the_weight_and_no_carried_row(monkeypatch):
    asked = []

    def choose(P, Q, y):
        asked.append((P, Q, y))
        return 0.1

    monkeypatch.setattr("mollia.fusion.student_view.choose_weight", choose)
    P = np.random.default_rng(1).dirichlet(np.ones(3), size=5)
    y, carried = np.array([2, -1, 1, 0, 0]), np.array([0, 0, 0, 0.3, 0.3])
    for judged, rows in ((True, [0, 2]), (False, [])):
        view = teach_view(
            Parrot, list("abcde"), P, y, judged=judged, rng=np.random.default_rng(0), carried=carried
        )
        of_P, of_Q, labels = asked[-1]
        np.testing.assert_array_equal(of_P, P[rows])
        np.testing.assert_array_equal(of_Q, view.Q[rows])
        assert labels.tolist() == y[rows].tolist()


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

    fuser = Mixture(student=refuse).fit(X, drawer(gold, 40), texts=texts)
    assert "no student was taught" in " ".join(fuser.notes_)
    assert not fuser.by_students_
    assert "student" not in " ".join(Mixture().fit(X, drawer(gold, 40), texts=texts).notes_)


def test_fuse_takes_an_encoder_or_a_student_as_text_view(panel, drawer):
    X, gold, texts = panel
    fused = fuse(X, drawer(gold, 40), texts=texts, text_view=FrozenStudent)
    assert any("FrozenStudent" in note for note in fused.notes)


def test_without_calibration_a_student_weighs_what_an_unknown_one_does(panel, drawer):
    X, gold, texts = panel
    for y in (np.full(len(gold), -1), drawer(gold, 10)):
        fuser = Mixture(student=FrozenStudent).fit(X, y, texts=texts)
        assert fuser.student_view_.weight == WEIGHT
        assert fuser.by_students_


def test_the_students_word_is_added_to_the_default_s_posterior(panel, drawer):
    X, gold, texts = panel
    y = drawer(gold, 40)
    without = Mixture().fit_predict_proba(X, y, texts=texts)
    fuser = Mixture(student=FrozenStudent)
    fused = fuser.fit_predict_proba(X, y, texts=texts)
    np.testing.assert_allclose(fused, fuser.student_view_.join(without))
    np.testing.assert_allclose(
        fuser.seed_posterior_, without[y >= 0]
    )  # students have some of the labels in them
