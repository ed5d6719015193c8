"""Students that are announced, taught within a time, and remembered."""

import time

import numpy as np
import pytest

from mollia.allowed_time import OutOfTime
from mollia.fusion.student_view import teach_students
from mollia.session.timed_students import Terms, TimedStudents, spoken
from mollia.student.frozen import FrozenStudent

TEXTS = [f"text number {at}" for at in range(40)]
T = np.tile([0.8, 0.2], (40, 1))
NOBODY = np.full(40, -1)
STEPS = 60


class Slow(FrozenStudent):
    """A student that takes a few milliseconds per step, and tells of them."""

    def __init__(self, progress=None):
        super().__init__()
        self.progress = progress

    def fit(self, X, y, **options):
        for step in range(STEPS):
            time.sleep(0.002)
            self.progress("learning", step + 1, STEPS)
        return super().fit(X, y, **options)


def taught(makes):
    return teach_students(makes, TEXTS, T, NOBODY, np.random.default_rng(0))[1]


def test_students_that_would_not_be_ready_are_given_up_after_a_tenth():
    steps, told = [], []
    terms = Terms(seconds=0.1, progress=lambda *said: steps.append(said), say=told.append)
    with pytest.raises(OutOfTime, match="time allowed is 1 second, and 1 second would be needed"):
        taught(TimedStudents("slow", Slow, terms))
    assert len(steps) < STEPS
    assert told[1:] == [
        "No further student is taught: the time allowed is 1 second, and 1 second would be needed at this pace."
    ]
    assert steps[0] == ("student 1 of 6 at most: learning", 1, STEPS)


class Rereads(FrozenStudent):
    """A student that reads texts, learns for a while, and reads other texts: what is read first is told after 64."""

    def __init__(self, progress=None):
        super().__init__()
        self.progress = progress

    def fit(self, X, y, **options):
        self.progress("reading", 64, 1024)
        self.progress("reading", 1024, 1024)
        time.sleep(0.3)
        self.progress("reading", 64, 1024)
        self.progress("reading", 128, 1024)
        return super().fit(X, y, **options)


def test_what_is_done_once_more_has_a_pace_of_its_own():
    """Counted from its first time, the second reading would seem to need nine seconds."""
    said = []
    assert taught(TimedStudents("rereads", Rereads, Terms(seconds=2.0, say=said.append))).shape == (40, 2)
    assert len(said) == 1, "announced, and nothing was given up"


def test_students_that_are_ready_in_time_speak():
    said = []
    makes = TimedStudents("slow", Slow, Terms(seconds=1e3, say=said.append), expected=120.0)
    assert taught(makes).shape == (40, 2)
    (announced,) = said
    assert "about 2 minutes on one quiet core, 17 minutes at most" in announced


def test_a_further_round_that_cannot_end_is_not_begun():
    terms = Terms(seconds=3600.0)
    makes = TimedStudents("slow", Slow, terms)
    taught(makes)
    makes._begun = [each - 3599.9 for each in makes._begun]
    with pytest.raises(OutOfTime):
        taught(makes)
    assert len(makes._begun) == 2


def test_what_a_stopped_run_taught_is_not_taught_again(tmp_path):
    begun = []

    def make(_progress):
        begun.append(1)
        if len(begun) == 2:
            raise KeyboardInterrupt
        return FrozenStudent()

    terms = Terms(memory=tmp_path / "vectors.sqlite")
    with pytest.raises(KeyboardInterrupt):
        taught(TimedStudents("frozen", make, terms))
    Q = taught(TimedStudents("frozen", make, terms))
    assert len(begun) == 3, "the first student is remembered"
    said = []
    again = taught(TimedStudents("frozen", make, Terms(memory=terms.memory, say=said.append)))
    assert len(begun) == 3
    assert (again == Q).all()
    assert said == []
    taught(TimedStudents("frozen", make, terms, settings="others"))
    assert len(begun) == 5, "other settings, other students"


def test_a_remembered_student_is_taught_for_texts_that_it_has_not_judged(tmp_path):
    make = TimedStudents("frozen", lambda _: FrozenStudent(), Terms(memory=tmp_path / "vectors.sqlite"))
    student = make().fit(TEXTS, T)
    first = student.predict_proba(TEXTS[:3])
    again = make().fit(TEXTS, T)
    assert (again.predict_proba(TEXTS[:3]) == first).all()
    assert again.predict_proba(["something else"]).shape == (1, 2)
    assert again.embed(TEXTS[:2]).shape[0] == 2


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "1 second"), (40, "40 seconds"), (600, "10 minutes"), (100, "2 minutes")]
)
def test_durations_are_said_plainly(seconds, said):
    assert spoken(seconds) == said
