"""A student beside the text view: taught the fused posterior, used only on rows it has not seen.

The rows are cut into two halves, equal texts on one side; a student taught one half speaks for the
other. What its word weighs is found in `view_weight`. What they say together is taught to new students of
other halves: on trec the second ones are better than the first by a point or more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mollia.allowed_time import OutOfTime
from mollia.arrays import Classes, Floats, Probs, Rows, Vector, normalise, one_hot, softmax
from mollia.fusion.carried import row_counts
from mollia.fusion.ridge import CLIP
from mollia.fusion.view_weight import ViewWeight, join
from mollia.protocols import Student

StudentMaker = Callable[[], Student]
HALVES = 2
MOST_ROUNDS = 5
MORE_WEIGHT = 0.5  # that each further round asks for
HUMAN_WEIGHT = 5.0  # a human row counts as much as in Dawid-Skene


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentView:
    """Students of two halves, their word Q (n, K) on rows left out of their teaching, and what it is worth.

    `ended` says why no further round was taught, "" where none was worth it.
    """

    students: tuple[Student, ...]
    Q: Probs
    judged: ViewWeight
    rounds: int = 1
    ended: str = ""

    def notes(self) -> list[str]:
        """Return what a person should know of it, in sentences."""
        name = getattr(self.students[0], "kind", type(self.students[0]).__name__)
        notes = [
            f"Text view: {name}, out of fold, beside the first text view; its weight is {self.judged.weight:g}."
        ]
        if self.ended:
            notes.append(f"Teaching ended after {self.rounds} of at most {MOST_ROUNDS} rounds: {self.ended}.")
        return notes

    def join(self, scores: Floats, rows: Rows | slice = slice(None)) -> Floats:
        """Return the scores (m, K) of some of the rows with the students' word."""
        return join(scores, self.Q[rows], self.judged.weight)

    def join_new(self, scores: Floats, texts: Sequence[str]) -> Floats:
        """Return the scores (m, K) of new rows with the students' mean word on their texts."""
        words = [student.predict_proba(texts) for student in self.students]
        return join(scores, clipped(np.mean(words, axis=0)), self.judged.weight)


def teach_view(
    make: StudentMaker,
    texts: Sequence[str],
    scores: Floats,
    y: Classes,
    *,
    choose_weight: Callable[[Probs], ViewWeight],
    rng: np.random.Generator,
    carried: Vector | None = None,
) -> StudentView:
    """Teach students the fused scores (n, K) and human labels y (n,), others what both say together, and so on.

    `carried` (n,) as in `teach_students`.

    `choose_weight` weighs their word Q (n, K): the second round asks for a weight of .5, and each further one for .5 more.
    Where the time that students are allowed ends, the last whole round stays.

    Raises
    ------
    OutOfTime
        When the time ends before the first round does.
    """

    def taught(by: Floats) -> StudentView:
        T = np.where(y[:, None] >= 0, one_hot(y, by.shape[1]), softmax(by))
        students, Q = teach_students(make, texts, T, y, rng, carried=carried)
        return StudentView(students=students, Q=Q, judged=choose_weight(Q))

    view = taught(scores)
    for done in range(1, MOST_ROUNDS):
        if view.judged.weight < done * MORE_WEIGHT:
            break
        try:
            view = replace(taught(view.join(scores)), rounds=done + 1)
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
