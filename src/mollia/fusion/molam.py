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
from mollia.parameters import NONE, STATE, Constraints, one_of, real, whole
from mollia.randomness import child_seed
from mollia.records import PanelAnswers

Variant = Literal["published", "repaired", "normalised"]


@about(
    method="Their answers were fused by MoLAM, one-vs-rest gradient-boosted trees on the LLMs' label "
    "probabilities and vote shares, extended by pseudo-labelling",
    sources=(MOLLIA, XGBOOST),
)
class MoLAM(FitsWhole, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """XGBoost with one-vs-rest logistic outputs on h(x), extended by pseudo-labels.

    docs/method.md, sections 3 and 7. With human labels of fewer than two classes nothing can be learned: it
    falls back to the mean of the label probabilities (LLMs-L) and says so. The posterior is the one-vs-rest
    outputs divided by their sum; a class no person named keeps a small output. The paper picked the best of
    many models on the rows it scored; here the last one is kept.

    Parameters
    ----------
    learning_rate, max_depth, n_estimators : float, int, int
        The paper's: TREC .05/6/300 (the default), AG News .07/5/300, IMDB .01/5/300,
        PubMed .01/3/500.
    sigma : float
        Rows whose top output exceeds it become training rows.
    max_rounds : int
        At most so many refits; the published code makes 100 fits.
    variant : "published", "repaired" or "normalised"
        "published": as the authors' code has it. "repaired": the same, but a leaf may hold a fraction of a row
        (`min_child_weight` .05 instead of XGBoost's 1, which forbids nearly every split where a class has two or
        three labels), the trees start from .5, and an LLM without an answer to a text stands there as the mean of those
        that answered, not as zeros. "normalised": as mollia 0.1 had it, sigma compared with the outputs
        divided by their sum, and the start that the installed XGBoost estimates for each class.
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
        "sigma": real(0, 1),
        "max_rounds": whole(0),
        "variant": one_of("published", "repaired", "normalised"),
        "random_state": STATE,
        "n_jobs": whole() | NONE,
    }

    def __init__(
        self,
        *,
        learning_rate: float = 0.05,
        max_depth: int = 6,
        n_estimators: int = 300,
        sigma: float = 0.9,
        max_rounds: int = 99,
        variant: Variant = "published",
        random_state: int | None = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.n_estimators = n_estimators
        self.sigma = sigma
        self.max_rounds = max_rounds
        self.variant = variant
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
        h = self._features(X)

        def refit(labels: Classes) -> Probs:
            rows = labels >= 0
            self._fit_trees(h[rows], labels[rows], X.n_classes)
            outputs = self._outputs(h)
            return normalise(outputs) if self.variant == "normalised" else outputs

        outputs, labels = pseudo_label(refit, y, sigma=self.sigma, max_rounds=self.max_rounds)
        self.n_pseudo_labels_ = count_pseudo(labels, y)
        return normalise(outputs)

    def predict_proba(self, X: PanelAnswers, *, texts: Sequence[str] | None = None) -> Probs:
        """Return the posterior (n, K) of rows, seen or new."""
        check_texts(X, texts)
        X = same_panel(self, X)
        if self.fallback_ is not None:
            return self.fallback_.predict_proba(X)
        return normalise(self._outputs(self._features(X)))

    def _features(self, X: PanelAnswers) -> Floats:
        return meta_features(X, filled=self.variant == "repaired")

    def _fit_trees(self, h: Floats, y: Classes, n_classes: int) -> None:
        from xgboost import XGBClassifier  # noqa: PLC0415  # slow to import

        self.trees_ = XGBClassifier(
            objective="binary:logistic",  # with a one-hot target: one logistic output a class
            tree_method="hist",
            learning_rate=self.learning_rate,
            max_depth=self.max_depth,
            n_estimators=self.n_estimators,
            **_settings(self.variant, n_classes),
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


def _settings(variant: Variant, n_classes: int) -> dict[str, float]:
    """Return what the variant sets of XGBoost; what it leaves out is XGBoost's own."""
    if variant == "repaired":
        return {"min_child_weight": 0.05, "base_score": 0.5}
    return {"base_score": published_start(n_classes)} if variant == "published" else {}


repaired_molam = about(
    method="Their answers were fused by MoLAM, one-vs-rest gradient-boosted trees on the LLMs' label "
    "probabilities and vote shares, extended by pseudo-labelling, with a minimum child weight of 0.05 and a base "
    "score of 0.5 instead of the published settings, and the mean of the other LLMs in place of a missing answer",
    sources=(MOLLIA, XGBOOST),
)(partial(MoLAM, variant="repaired"))
