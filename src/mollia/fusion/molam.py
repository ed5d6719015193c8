"""MoLAM: the paper's mixture-of-LLMs annotation model, boosted trees on h(x), as published and repaired."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Literal

import numpy as np
from sklearn.base import BaseEstimator

from mollia.about import about
from mollia.arrays import Classes, Floats, Probs, normalise, one_hot
from mollia.citations import MOLLIA, XGBOOST
from mollia.fitting import FitsWhole
from mollia.fusion.checks import begin_fit, check_texts, same_panel
from mollia.fusion.mean import Mean
from mollia.fusion.meta_features import meta_features
from mollia.fusion.pseudo_labels import count_pseudo, pseudo_label
from mollia.parameters import FLAG, NONE, STATE, Constraints, one_of, real, whole
from mollia.randomness import child_seed
from mollia.records import PanelAnswers


@about(
    method="Their answers were fused by MoLAM, one-vs-rest gradient-boosted trees on the LLMs' label "
    "probabilities and vote shares, extended by pseudo-labelling",
    sources=(MOLLIA, XGBOOST),
)
class MoLAM(FitsWhole, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """XGBoost with one-vs-rest logistic outputs on h(x), extended by pseudo-labels.

    docs/method.md, section 3. The defaults are the settings of the published code; the fuser called
    "molam_repaired" differs in two. With human labels of fewer than two classes nothing can be learned: it falls back to the mean of
    the label probabilities (LLMs-L) and says so. The posterior is one-vs-rest outputs divided by their sum; a
    class no person named keeps a small output. The paper picked the best of many models on the rows it
    scored; here the last one is kept.

    Parameters
    ----------
    learning_rate, max_depth, n_estimators : float, int, int
        The paper's: TREC .05/6/300 (the default), AG News .07/5/300, IMDB .01/5/300,
        PubMed .01/3/500.
    min_child_weight : float
        The least sum of p (1 - p) in a leaf. 1 is XGBoost's own value and the paper's; with few labels per class
        it forbids nearly every split.
    base_score : float, "published" or "learned"
        The output that the trees start from. "published": what XGBoost 2.1, which the paper used, makes of one-hot
        targets, one number for all classes, 1 / (1 + exp(2 - 4 / K)). "learned": the installed
        XGBoost's own estimate per class.
    sigma : float
        Rows whose top output exceeds it become training rows.
    normalised : bool
        Whether sigma is compared with the outputs divided by their sum. The paper's code compares the outputs
        themselves.
    max_rounds : int
        At most so many refits.
    random_state : int, optional
        Of the trees.
    n_jobs : int, optional
        Threads for the trees; None takes all cores.

    Attributes
    ----------
    classes_, llms_, calibrated_, notes_
        Class numbers, the panel's LLMs, and what `mollia.fitting.Learned` says.
    n_pseudo_labels_ : int
        Rows without a human label that became training rows.
    fallback_ : Mean or None
        What speaks where human labels of two classes are missing.

    Examples
    --------
    >>> import numpy as np
    >>> from mollia import PanelAnswers
    >>> from mollia.fusion import MoLAM
    >>> c = np.eye(2)[[[0, 0, 1], [1, 1, 1], [0, 0, 0]]]  # 3 rows, 3 LLMs, 2 classes
    >>> panel = PanelAnswers(ids=["a", "b", "c"], llms=["x", "y", "z"], z=c, c=c)
    >>> fuser = MoLAM(n_estimators=5, n_jobs=1).fit(panel, np.array([0, 1, -1]))
    >>> fuser.predict_proba(panel).shape
    (3, 2)
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "learning_rate": real(0, above=True),
        "max_depth": whole(1),
        "n_estimators": whole(1),
        "min_child_weight": real(0),
        "base_score": real(0, 1, above=True, below=True) | one_of("published", "learned"),
        "sigma": real(0, 1),
        "normalised": FLAG,
        "max_rounds": whole(0),
        "random_state": STATE,
        "n_jobs": whole() | NONE,
    }

    def __init__(
        self,
        *,
        learning_rate: float = 0.05,
        max_depth: int = 6,
        n_estimators: int = 300,
        min_child_weight: float = 1.0,
        base_score: float | Literal["published", "learned"] = "published",
        sigma: float = 0.9,
        normalised: bool = False,
        max_rounds: int = 100,
        random_state: int | None = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.n_estimators = n_estimators
        self.min_child_weight = min_child_weight
        self.base_score = base_score
        self.sigma = sigma
        self.normalised = normalised
        self.max_rounds = max_rounds
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit_predict_proba(self, X: PanelAnswers, y: Classes, *, texts: Sequence[str] | None = None) -> Probs:
        """Learn, and return the posterior of the same rows (n, K).

        The trees have seen the training rows' labels, as in the paper.
        """
        y = begin_fit(self, X, y, texts)
        self.fallback_: Mean | None = None
        self.n_pseudo_labels_ = 0
        if len(np.unique(y[y >= 0])) < 2:  # noqa: PLR2004  # a classifier needs two classes
            self.fallback_ = Mean().fit(X, y)
            said = "of one class only" if (y >= 0).any() else "missing"
            self.notes_ = (f"Human labels are {said}: MoLAM fell back to the mean of the answers (LLMs-L).",)
            return self.fallback_.predict_proba(X)
        h = meta_features(X)

        def refit(labels: Classes) -> Probs:
            rows = labels >= 0
            self._fit_trees(h[rows], labels[rows], X.n_classes)
            outputs = self._outputs(h)
            return normalise(outputs) if self.normalised else outputs

        outputs, labels = pseudo_label(refit, y, sigma=self.sigma, max_rounds=self.max_rounds)
        self.n_pseudo_labels_ = count_pseudo(labels, y)
        return normalise(outputs)

    def predict_proba(self, X: PanelAnswers, *, texts: Sequence[str] | None = None) -> Probs:
        """Return the posterior (n, K) of rows, seen or new."""
        check_texts(X, texts)
        X = same_panel(self, X)
        if self.fallback_ is not None:
            return self.fallback_.predict_proba(X)
        return normalise(self._outputs(meta_features(X)))

    def _fit_trees(self, h: Floats, y: Classes, n_classes: int) -> None:
        from xgboost import XGBClassifier  # noqa: PLC0415  # slow to import

        start = published_start(n_classes) if self.base_score == "published" else self.base_score
        self.trees_ = XGBClassifier(
            objective="binary:logistic",  # with a one-hot target: one logistic output a class
            tree_method="hist",
            learning_rate=self.learning_rate,
            max_depth=self.max_depth,
            n_estimators=self.n_estimators,
            min_child_weight=self.min_child_weight,
            base_score=None if start == "learned" else start,
            random_state=child_seed(self.random_state, "molam"),
            n_jobs=self.n_jobs,
        )
        self.trees_.fit(h, one_hot(y, n_classes).astype(np.int64))

    def _outputs(self, h: Floats) -> Probs:
        """Return the one-vs-rest outputs (n, K), each between 0 and 1; they do not sum to 1."""
        if not len(h):
            return np.zeros((0, len(self.classes_)))
        return np.asarray(self.trees_.predict_proba(h), np.float64)


def published_start(n_classes: int) -> float:
    """Return the output that the published trees start from.

    XGBoost 2.1 takes one Newton step from .5 for each class and averages the K logits, which gives 4 / K - 2 for
    one-hot targets of any balance. The authors' saved TREC model (K = 6) holds .20860854.
    """
    return 1 / (1 + math.exp(2 - 4 / n_classes))


# Leaves may hold a fraction of a row, and the start is even: what XGBoost's own values keep from being learned from a
# few labels per class, and nothing else.
repaired_molam = about(
    method="Their answers were fused by MoLAM, one-vs-rest gradient-boosted trees on the LLMs' label "
    "probabilities and vote shares, extended by pseudo-labelling, with a minimum child weight of 0.05 and a base "
    "score of 0.5 instead of the published settings",
    sources=(MOLLIA, XGBOOST),
)(partial(MoLAM, min_child_weight=0.05, base_score=0.5))
