"""What is asked of any fuser beyond its protocol, and what is taken where it does not offer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

import numpy as np

from mollia.arrays import Classes, Probs, Rows
from mollia.protocols import Fuser
from mollia.records import PanelAnswers


@runtime_checkable
class FitsWhole(Protocol):
    """A fuser that leaves each row out of what is said of it; one that subclasses this has `fit` from here."""

    def fit(self, X: PanelAnswers, y: Classes, *, texts: Sequence[str] | None = None) -> Self:
        """Learn from answers, class numbers y (n,) with -1 = no human label, and texts, where there are any."""
        self.fit_predict_proba(X, y, texts=texts)
        return self

    def fit_predict_proba(self, X: PanelAnswers, y: Classes, *, texts: Sequence[str] | None = None) -> Probs:
        """Learn, and return the posterior (n, K) of the same rows."""
        ...


@runtime_checkable
class LearnsFromSample(Protocol):
    """A fuser that learns from some rows of a pool of very many."""

    def learning_rows(self, X: PanelAnswers, y: Classes) -> Rows | None:
        """Return the rows that are learned from, those with a label in y (n,) among them; None where those are all."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a fitted fuser says of itself, by attributes of these names with a "_" at the end.

    calibrated: whether the posterior was calibrated on human labels. negative_level: the level at which a calibrated
    posterior gives Y-, None where it does not say. notes: sentences for the person who reads the result. by_students: whether students that
    read the texts had a say.
    """

    calibrated: bool
    negative_level: float | None
    notes: tuple[str, ...]
    by_students: bool


def fitted_posterior(
    fuser: Fuser, X: PanelAnswers, y: Classes, *, texts: Sequence[str] | None = None
) -> Probs:
    """Fit and return the posterior (n, K) of the same rows, each left out where the fuser can."""
    if isinstance(fuser, FitsWhole):
        return np.asarray(fuser.fit_predict_proba(X, y, texts=texts))
    return np.asarray(fuser.fit(X, y, texts=texts).predict_proba(X, texts=texts))


def learned(fuser: Fuser) -> Learned:
    """Return what a fitted fuser says of itself; one that says nothing is uncalibrated."""
    level = getattr(fuser, "negative_level_", None)
    return Learned(
        calibrated=bool(getattr(fuser, "calibrated_", False)),
        negative_level=None if level is None else float(level),
        notes=tuple(getattr(fuser, "notes_", ())),
        by_students=bool(getattr(fuser, "by_students_", False)),
    )
