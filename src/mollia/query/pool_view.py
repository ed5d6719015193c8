"""What a query strategy sees of the pool: read-only, computed when it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mollia.arrays import Floats, Matrix, Probs, Rows
from mollia.errors import DataError
from mollia.protocols import Student
from mollia.records import PanelAnswers

T = TypeVar("T", bound=np.generic)


class PoolView:
    """The m rows a strategy may pick from (protocol View).

    Parameters
    ----------
    student : Student
        The student of this round.
    texts : sequence of str
        The m rows, each text once (`distinct_rows`).
    labelled_texts : sequence of str
        The l rows picked before.
    panel : PanelAnswers, optional
        The panel's answers to the m rows, where it was asked beforehand.
    fused : (m, K), optional
        Their fused posterior, where the panel was asked beforehand.
    """

    def __init__(
        self,
        *,
        student: Student,
        texts: Sequence[str],
        labelled_texts: Sequence[str] = (),
        panel: PanelAnswers | None = None,
        fused: Probs | None = None,
    ) -> None:
        self._student = student
        self._texts = texts
        self._labelled_texts = labelled_texts
        self._panel = panel
        self._fused = fused

    @staticmethod
    def without_student(
        vectors: Matrix,
        n_classes: int,
        *,
        labelled_vectors: Matrix | None = None,
        panel: PanelAnswers | None = None,
        fused: Probs | None = None,
    ) -> FixedView:
        """Return a view of rows (m, d) that no student has judged yet: their probabilities are uniform."""
        return FixedView(
            probs=np.full((len(vectors), n_classes), 1.0 / n_classes),
            vectors=vectors,
            labelled_vectors=vectors[:0] if labelled_vectors is None else labelled_vectors,
            panel=panel,
            fused=fused,
        )

    def __len__(self) -> int:
        """Return m."""
        return len(self._texts)

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self._student.classes_)

    @cached_property
    def probs(self) -> Probs:
        """The student's probabilities (m, K)."""
        return _locked(self._student.predict_proba(self._texts))

    @cached_property
    def vectors(self) -> Matrix:
        """The student's vectors (m, d)."""
        return _locked(self._student.embed(self._texts))

    @cached_property
    def labelled_vectors(self) -> Matrix:
        """The vectors (l, d) of the rows picked before."""
        return _locked(self._student.embed(self._labelled_texts))

    @property
    def panel(self) -> PanelAnswers | None:
        """The panel's answers to the m rows, or None."""
        return self._panel

    @property
    def fused(self) -> Probs | None:
        """The fused posterior (m, K), or None."""
        return None if self._fused is None else _locked(self._fused)

    @cached_property
    def passes(self) -> Floats:
        """Probabilities (E, m, K) of E perturbed students.

        Raises
        ------
        DataError
            When the student has no perturbed passes.
        """
        return _locked(self._ability("passes")(self._texts))

    @cached_property
    def deviations(self) -> Floats:
        """Relative changes (E, m, K) of the student's outputs under E weight noises.

        Raises
        ------
        DataError
            When the student's weights cannot be shaken.
        """
        return _locked(self._ability("deviations")(self._texts))

    def _ability(self, name: str) -> Callable[[Sequence[str]], Floats]:
        found: Callable[[Sequence[str]], Floats] | None = getattr(self._student, name, None)
        if found is None:
            raise DataError(
                f"The student {type(self._student).__name__} has no {name}, which this strategy needs.",
                hint="Choose a strategy that needs probabilities or vectors only: entropy, margin, coreset.",
            )
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedView:
    """A view of m rows whose values are at hand; fields as in `PoolView`."""

    probs: Probs
    vectors: Matrix = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    labelled_vectors: Matrix = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    passes: Floats = field(default_factory=lambda: np.zeros((0, 0, 0)))
    deviations: Floats = field(default_factory=lambda: np.zeros((0, 0, 0)))
    panel: PanelAnswers | None = None
    fused: Probs | None = None

    @property
    def n_classes(self) -> int:
        """K."""
        return int(self.probs.shape[1])

    def __len__(self) -> int:
        """Return m."""
        return len(self.probs)


def distinct_rows(groups: Rows, taken: Rows) -> Rows:
    """Return the first row of each group of equal texts of which no row is taken, ascending.

    `groups` (n,) numbers equal texts alike; `taken` are positions in it. A view of these rows
    holds no two identical texts, so no batch can.
    """
    first = np.unique(groups, return_index=True)[1]
    rows: Rows = np.sort(first[~np.isin(groups[first], groups[taken])])
    return rows


def _locked(values: NDArray[T]) -> NDArray[T]:
    """Return a read-only view of an array."""
    view = values.view()
    view.setflags(write=False)
    return view
