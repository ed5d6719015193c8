"""A student as the text view: taught the fused posterior, heard only on rows it has not seen.

The rows are cut into two halves, equal texts on one side; a student taught one half speaks for the
other. The weight of its word follows the evidence on the human rows: the prior weight is multiplied by

    sqrt(odds that the student is right / odds that Dawid-Skene is right), within [1/2, 2]

where neither has seen the row's own label.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Probs, normalise
from mollia.fusion.ridge import CLIP
from mollia.protocols import Student

StudentMaker = Callable[[], Student]
HALVES = 2
HUMAN_WEIGHT = 5.0  # a human row counts as much as in Dawid-Skene
MOST_TRUST = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentView:
    """A text view that was taught once: Q (n, K) is its word on rows left out of its teaching."""

    Q: Probs

    def fit(self, _: Probs) -> tuple[Probs, None]:
        """Return Q; co-training does not teach it again."""
        return self.Q, None


def teach_students(
    make: StudentMaker, texts: Sequence[str], T: Probs, y: Classes, rng: np.random.Generator
) -> tuple[tuple[Student, ...], Probs]:
    """Return a student a half, taught on T (n, K) of the other rows, and their word Q (n, K) on the rows left out."""
    _, group = np.unique(np.asarray(texts, dtype=object).astype(str), return_inverse=True)
    half = rng.permutation(int(group.max()) + 1)[group] % HALVES
    weight = np.where(y >= 0, HUMAN_WEIGHT, 1.0)
    students, Q = [], np.zeros_like(T)
    for at in range(HALVES):
        taught = np.flatnonzero(half != at)
        student = make()
        student.fit([texts[row] for row in taught.tolist()], T[taught], sample_weight=weight[taught])
        left_out = np.flatnonzero(half == at)
        Q[left_out] = student.predict_proba([texts[row] for row in left_out.tolist()])
        students.append(student)
    return tuple(students), clipped(Q)


def mean_word(students: Sequence[Student], texts: Sequence[str]) -> Probs:
    """Return the students' mean word (n, K) on new texts."""
    return clipped(np.mean([student.predict_proba(texts) for student in students], axis=0))


def clipped(Q: Probs) -> Probs:
    """Return Q with no class below .02: a student that is sure has not seen the row."""
    return normalise(np.maximum(np.asarray(Q, np.float64), CLIP))


def trust(Q: Probs, R: Probs, y: Classes) -> float:
    """Return the factor on the text's prior weight, from human rows' (m, K) words and labels y (m,)."""
    odds = []
    for word in (Q, R):
        right = int((word.argmax(1) == y).sum())
        odds.append((right + 2.0) / (len(y) - right + 2.0))
    return float(np.clip(np.sqrt(odds[0] / odds[1]), 1 / MOST_TRUST, MOST_TRUST))
