"""Other people's answers to noisy labels, as peers: small loss, co-teaching, confident learning."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Rows, Vector
from mollia.errors import MissingExtra
from mollia.optional import is_installed
from mollia.protocols import Student

ROUNDS = 5  # of co-teaching
Fit = Callable[[Rows], Student]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two students that predict by their mean."""

    both: tuple[Student, Student]

    def predict_proba(self, X: Sequence[str]) -> Probs:
        """Return class probabilities (n, K)."""
        one, other = (student.predict_proba(X) for student in self.both)
        mean: Probs = (one + other) / 2
        return mean


def small_loss(loss: Vector, human: Mask, share: float) -> Rows:
    """Return the human rows and the `share` of the others with the smallest loss (n,).

    The loss is that of a student that did not learn from the row; trained on everything, a linear
    student has a small loss everywhere.
    """
    others = np.flatnonzero(~human)
    kept = others[np.argsort(loss[others], kind="stable")[: round(share * len(others))]]
    return np.concatenate([np.flatnonzero(human), kept])


def co_taught(
    fit: Fit, texts: Sequence[str], label: Classes, human: Mask, *, share: float, rng: np.random.Generator
) -> Pair:
    """Return two students that choose each other's rows (Han et al., NeurIPS 2018), refitted in rounds.

    They start from halves of the rows; in each round a student's rows are those that are easy for the
    other one, ever fewer down to `share`. Mini-batches become whole fits, since the students here are
    trained in one go.
    """
    rows = rng.permutation(np.flatnonzero(~human))
    start = np.flatnonzero(human)
    both = tuple(fit(np.concatenate([start, rows[part::2]])) for part in range(2))
    for number in range(1, ROUNDS + 1):
        kept = 1 - (1 - share) * number / ROUNDS
        chosen = [small_loss(_loss(student, texts, label), human, kept) for student in both]
        both = fit(chosen[1]), fit(chosen[0])
    return Pair(both=(both[0], both[1]))


def confident(label: Classes, judged: Probs, human: Mask) -> Rows:
    """Return the rows that confident learning keeps (Northcutt et al., JAIR 2021), human rows among them.

    `judged` (n, K) are probabilities of students that did not learn from the row.

    Raises
    ------
    MissingExtra
        Without cleanlab, which is not a dependency of mollia.
    """
    if not is_installed("cleanlab"):
        raise MissingExtra(
            "The peer confident learning needs the library cleanlab, which is not installed.",
            hint="Install it with: pip install cleanlab; or leave that recipe out with --recipes.",
        )
    filters = importlib.import_module("cleanlab.filter")
    occur = np.unique(label)  # cleanlab wants every class to occur
    number = np.searchsorted(occur, label)
    among = judged[:, occur] / judged[:, occur].sum(1, keepdims=True)
    issues = filters.find_label_issues(number, among, filter_by="prune_by_noise_rate", n_jobs=1)
    return np.flatnonzero(human | ~np.asarray(issues, bool))


def _loss(student: Student, texts: Sequence[str], label: Classes) -> Vector:
    said = student.predict_proba(texts)
    loss: Vector = -np.log(np.maximum(said[np.arange(len(label)), label], 1e-12))
    return loss
