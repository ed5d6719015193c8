"""Students beside the final posterior: taught what it says, used only on rows they have not seen.

The rows are cut into two halves, equal texts on one side; a student taught one half speaks for the
other. What its word weighs is found in `view_weight`. What they say together is taught to new students of
other halves: on trec the second ones are better than the first by a point or more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mollia.allowed_time import OutOfTime
from mollia.arrays import Classes, Probs, Vector, normalise, one_hot
from mollia.fusion.carried import own_rows, row_counts
from mollia.fusion.ridge import CLIP
from mollia.fusion.view_weight import choose_weight, join
from mollia.protocols import Student

StudentMaker = Callable[[], Student]
HALVES = 2
MOST_ROUNDS = 3
MORE_WEIGHT = 0.25  # of a further round: the second asks for twice that, the third for three times
HUMAN_WEIGHT = 5.0  # a human row counts as much as in Dawid-Skene


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentView:
    """Students of two halves, their word Q (n, K) on rows left out of their teaching, and its weight b.

    `ended` says why no further round was taught, "" where none was worth it.
    """

    students: tuple[Student, ...]
    Q: Probs
    weight: float
    rounds: int = 1
    ended: str = ""

    def notes(self) -> list[str]:
        """Return what a person should know of it, in sentences."""
        name = getattr(self.students[0], "kind", type(self.students[0]).__name__)
        notes = [
            f"Text view: {name} students, each on rows that it was not taught; their weight is {self.weight:.2g}, the panel's is 1."
        ]
        if self.ended:
            notes.append(f"Teaching ended after {self.rounds} of at most {MOST_ROUNDS} rounds: {self.ended}.")
        return notes

    def join(self, P: Probs) -> Probs:
        """Return the posterior (n, K) of the rows that were learned from, with the students' word."""
        return join(P, self.Q, self.weight)

    def join_new(self, P: Probs, texts: Sequence[str]) -> Probs:
        """Return the posterior (m, K) of new rows with the students' mean word on their texts."""
        words = [student.predict_proba(texts) for student in self.students]
        return join(P, clipped(np.mean(words, axis=0)), self.weight)


def teach_view(
    make: StudentMaker,
    texts: Sequence[str],
    P: Probs,
    y: Classes,
    *,
    judged: bool,
    rng: np.random.Generator,
    carried: Vector | None = None,
) -> StudentView:
    """Teach students the posterior P (n, K) and human labels y (n,), others what both say together, and so on.

    `judged` says that P has not seen the labels of its human rows, so that they can choose the weight; carried rows, which
    `carried` (n,) tells as in `teach_students`, teach and choose nothing.
    The second round asks for a weight of .5, the third for .75.
    Where the time that students are allowed ends, the last whole round stays.

    Raises
    ------
    OutOfTime
        When the time ends before the first round does.
    """
    judging = np.flatnonzero(y[own_rows(carried)] >= 0) if judged else np.zeros(0, np.int64)

    def taught(by: Probs) -> StudentView:
        T = np.where(y[:, None] >= 0, one_hot(y, by.shape[1]), by)
        students, Q = teach_students(make, texts, T, y, rng, carried=carried)
        return StudentView(students=students, Q=Q, weight=choose_weight(P[judging], Q[judging], y[judging]))

    view = taught(P)
    for done in range(1, MOST_ROUNDS):
        if view.weight < (done + 1) * MORE_WEIGHT:
            break
        try:
            view = replace(taught(view.join(P)), rounds=done + 1)
        except OutOfTime as end:
            return replace(view, ended=str(end))
    return view


def teach_students(
    make: StudentMaker,
    texts: Sequence[str],
    T: Probs,
    y: Classes,
    rng: np.random.Generator,
    *,
    carried: Vector | None = None,
) -> tuple[tuple[Student, ...], Probs]:
    """Return a student a half, taught on T (n, K) of the other rows, and their word Q (n, K) on the rows left out.

    `carried` (n,) is how much of a human row each carried one counts, 0 for the pool's rows; None where no row is carried.
    """
    _, group = np.unique(np.asarray(texts, dtype=object).astype(str), return_inverse=True)
    half = rng.permutation(int(group.max()) + 1)[group] % HALVES
    weight = np.where(y >= 0, HUMAN_WEIGHT, 1.0) * row_counts(carried, len(y))
    students, Q = [], np.zeros_like(T)
    for at in range(HALVES):
        taught = np.flatnonzero(half != at)
        student = make()
        student.fit([texts[row] for row in taught.tolist()], T[taught], sample_weight=weight[taught])
        left_out = np.flatnonzero(half == at)
        Q[left_out] = student.predict_proba([texts[row] for row in left_out.tolist()])
        students.append(student)
    return tuple(students), clipped(Q)


def clipped(Q: Probs) -> Probs:
    """Return Q with no class below .02: a student that is sure has not seen the row."""
    return normalise(np.maximum(np.asarray(Q, np.float64), CLIP))
