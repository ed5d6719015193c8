"""LLMs-L: the mean of the LLMs' label probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator

from mollia.about import about
from mollia.arrays import Classes, Probs
from mollia.fusion.checks import begin_fit, check_texts, same_panel
from mollia.fusion.observation import has_answer, mean_over_llms, probabilities, shares
from mollia.parameters import Constraints
from mollia.records import PanelAnswers


@about(method="Each text got the label with the largest mean probability over the LLMs")
class Mean(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """LLMs-L of the paper: the mean over the panel of z_i, each divided by its sum.

    An LLM without label probabilities for a row counts with its share of samples c_i; one
    without either does not count. Human labels and texts are not used.

    Attributes
    ----------
    classes_, llms_, calibrated_, notes_
        Class numbers, the panel's LLMs, and what `mollia.fitting.Learned` says.

    Examples
    --------
    >>> import numpy as np
    >>> from mollia import PanelAnswers
    >>> from mollia.fusion import Mean
    >>> z = np.array([[[0.6, 0.2], [0.9, 0.1]], [[0.0, 0.0], [0.3, 0.3]]])  # 2 rows, 2 LLMs, 2 classes
    >>> answers = PanelAnswers(ids=["a", "b"], llms=["x", "y"], z=z, c=np.zeros_like(z))
    >>> Mean().fit(answers, np.array([-1, -1])).predict_proba(answers).round(3)
    array([[0.825, 0.175],
           [0.5  , 0.5  ]])
    """

    _parameter_constraints: ClassVar[Constraints] = {}

    def fit(self, X: PanelAnswers, y: Classes, *, texts: Sequence[str] | None = None) -> Self:
        """Learn K and the panel; y (n,) is checked and otherwise unused."""
        begin_fit(self, X, y, texts)
        return self

    def predict_proba(self, X: PanelAnswers, *, texts: Sequence[str] | None = None) -> Probs:
        """Return the mean distribution (n, K); uniform where no LLM answered."""
        check_texts(X, texts)
        X = same_panel(self, X)
        z = probabilities(X)
        return mean_over_llms(np.where(has_answer(z)[:, :, None], z, shares(X)))
