"""Dawid-Skene: each LLM's confusion of the classes, learned by EM, with or without human labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from mollia.about import about
from mollia.arrays import Classes, PanelMass, Probs, Rows, Vector, softmax
from mollia.citations import DAWID_SKENE
from mollia.fitting import FitsWhole
from mollia.fusion import confusion
from mollia.fusion.checks import begin_fit, check_texts, same_panel
from mollia.fusion.observation import hard_answers, observe
from mollia.parameters import FLAG, Constraints, real, whole
from mollia.records import PanelAnswers


@about(
    method="Their answers were fused by the Dawid-Skene model with the human labels held fixed",
    sources=(DAWID_SKENE,),
)
class DawidSkene(FitsWhole, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Dawid and Skene (1979), extended to soft answers and clamped human rows.

    Parameters
    ----------
    soft : bool
        Count an answer by its distribution o_i; False counts its most probable class alone,
        which with `smoothing=0, prior_count=0` is the original method.
    human_weight : float
        How many rows a human row counts for.
    smoothing : float
        Weight m of the prior confusion, `accuracy` on its diagonal.
    prior_count : float
        Added to each class's count in the prior.
    accuracy : float
        The diagonal of the prior confusion.
    max_steps, tolerance : int, float
        EM ends after so many steps, or when no posterior changes by more.

    Attributes
    ----------
    classes_, llms_, calibrated_, notes_
        Class numbers, the panel's LLMs, and what `mollia.fitting.Learned` says.
    confusion_ : Confusion
        The learned confusion of each LLM and the share of each class.

    Examples
    --------
    >>> import numpy as np
    >>> from mollia import PanelAnswers
    >>> from mollia.fusion import DawidSkene
    >>> c = np.eye(2)[[[0, 0, 1], [1, 1, 1], [0, 0, 0]]]  # 3 rows, 3 LLMs, 2 classes
    >>> panel = PanelAnswers(ids=["a", "b", "c"], llms=["x", "y", "z"], z=c, c=c)
    >>> fuser = DawidSkene().fit(panel, np.array([0, -1, -1]))  # a person labelled the first row
    >>> fuser.predict_proba(panel).argmax(1)
    array([0, 1, 0])
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "soft": FLAG,
        "human_weight": real(0),
        "smoothing": real(0),
        "accuracy": real(0, 1),
        "prior_count": real(0),
        "max_steps": whole(0),
        "tolerance": real(0),
    }

    def __init__(
        self,
        *,
        soft: bool = True,
        human_weight: float = 5.0,
        smoothing: float = 1.0,
        accuracy: float = 0.7,
        prior_count: float = 2.0,
        max_steps: int = 100,
        tolerance: float = 1e-5,
    ) -> None:
        self.soft = soft
        self.human_weight = human_weight
        self.smoothing = smoothing
        self.accuracy = accuracy
        self.prior_count = prior_count
        self.max_steps = max_steps
        self.tolerance = tolerance

    def fit_predict_proba(self, X: PanelAnswers, y: Classes, *, texts: Sequence[str] | None = None) -> Probs:
        """Learn, and return the posterior of the same rows (n, K).

        A human row's posterior leaves its own label out.
        """
        y = begin_fit(self, X, y, texts)
        settings = confusion.Settings(
            human_weight=self.human_weight,
            smoothing=self.smoothing,
            accuracy=self.accuracy,
            prior_count=self.prior_count,
            max_steps=self.max_steps,
            tolerance=self.tolerance,
        )
        if self.soft:
            posterior, self.confusion_ = confusion.dawid_skene(observe(X), y, settings=settings)
        else:
            said = hard_answers(X)
            rows, of, repeats = _distinct(said, y)
            o = _counted(said[rows], X.n_classes)
            found, self.confusion_ = confusion.dawid_skene(o, y[rows], settings=settings, repeats=repeats)
            posterior = found[of]
        return posterior

    def predict_proba(self, X: PanelAnswers, *, texts: Sequence[str] | None = None) -> Probs:
        """Return the posterior (n, K) under the learned confusions, each row taken as new."""
        check_texts(X, texts)
        X = same_panel(self, X)
        return softmax(self.confusion_.log_likelihood(self._observe(X)) + self.confusion_.log_prior)

    def _observe(self, X: PanelAnswers) -> PanelMass:
        return observe(X) if self.soft else _counted(hard_answers(X), X.n_classes)


def _counted(said: Classes, n_classes: int) -> PanelMass:
    """Return hard answers (n, N) as counts (n, N, K)."""
    counts: PanelMass = (said[:, :, None] == np.arange(n_classes)).astype(np.float64)
    return counts


def _distinct(said: Classes, y: Classes) -> tuple[Rows, Rows, Vector]:
    """Return rows with different hard answers or labels, where in them each row (n,) is, and their repeats.

    N LLMs have at most (K + 1)^N different answers to give: a large pool is learned from a small table.
    """
    key = np.column_stack([said, y]) + 1  # (n, N + 1)
    code = np.ravel_multi_index(tuple(key.T), tuple(key.max(0) + 1)) if _fits(key) else key
    _, rows, of, repeats = np.unique(code, axis=0, return_index=True, return_inverse=True, return_counts=True)
    return rows, of.ravel(), repeats.astype(np.float64)


def _fits(key: Rows) -> bool:
    """Tell whether a row of key (n, N + 1) can be counted as one whole number."""
    return bool(len(key)) and float(np.log2(key.max(0) + 1.0).sum()) < 62  # noqa: PLR2004  # bits of an int64
