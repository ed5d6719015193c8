"""LLMs-V: the majority of the LLMs' own labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator

from mollia.about import about
from mollia.arrays import Classes, PanelMass, Probs, normalise
from mollia.fusion.checks import begin_fit, check_texts, same_panel
from mollia.fusion.observation import distributions, has_answer, mean_over_llms, probabilities, shares
from mollia.parameters import Constraints
from mollia.records import PanelAnswers

TIE = 1e-3  # how much of the mean share is added, to break ties


def own_votes(X: PanelAnswers) -> PanelMass:
    """Return each LLM's one vote, shared among equals (n, N, K); zero where it gave nothing usable.

    An LLM votes with its samples; with its label probabilities where it has no samples.
    """
    return _votes(_own_mass(X))


def _own_mass(X: PanelAnswers) -> PanelMass:
    """Return each LLM's samples, its label probabilities where it has no samples (n, N, K)."""
    c = shares(X)
    return np.where(has_answer(c)[:, :, None], c, probabilities(X))


def _votes(mass: PanelMass) -> PanelMass:
    best: PanelMass = ((mass == mass.max(2, keepdims=True)) & (mass > 0)).astype(np.float64)
    return distributions(best)


@about(method="Each text got the label that most LLMs named")
class Vote(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """LLMs-V of the paper: the share of the LLMs that name each class.

    Ties go to the class with the larger mean share of samples. Human labels and texts are not
    used; rows that no LLM answered are uniform.

    Attributes
    ----------
    classes_, llms_, calibrated_, notes_
        Class numbers, the panel's LLMs, and what `mollia.fitting.Learned` says.

    Examples
    --------
    >>> import numpy as np
    >>> from mollia import PanelAnswers
    >>> from mollia.fusion import Vote
    >>> c = np.eye(2)[[[0, 0, 1], [1, 1, 1], [0, 0, 0]]]  # 3 rows, 3 LLMs, 2 classes
    >>> panel = PanelAnswers(ids=["a", "b", "c"], llms=["x", "y", "z"], z=c, c=c)
    >>> Vote().fit(panel, np.full(3, -1)).predict_proba(panel).argmax(1)
    array([0, 1, 0])
    """

    _parameter_constraints: ClassVar[Constraints] = {}

    def fit(self, X: PanelAnswers, y: Classes, *, texts: Sequence[str] | None = None) -> Self:
        """Learn K and the panel; y (n,) is checked and otherwise unused."""
        begin_fit(self, X, y, texts)
        return self

    def predict_proba(self, X: PanelAnswers, *, texts: Sequence[str] | None = None) -> Probs:
        """Return the share of the votes (n, K)."""
        check_texts(X, texts)
        X = same_panel(self, X)
        mass = _own_mass(X)
        return normalise(mean_over_llms(_votes(mass)) + TIE * mean_over_llms(mass))
