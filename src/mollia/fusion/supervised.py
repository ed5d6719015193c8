"""The supervised views: what human labels alone teach about answers and texts.

Two learners that see only the human rows: kernel ridge over text and answers, and, from 100 labels of at most 40 classes
on where there are label probabilities, boosted trees on h(x) as MoLAM's, without its pseudo-labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Floats, Matrix, PanelMass, Probs, Vector
from mollia.fusion.cross_fit import N_FOLDS, folds
from mollia.fusion.joint_kernel import MAX_LANDMARKS, JointKernel, fit_joint_kernel, log_scale, make_features
from mollia.fusion.molam import MoLAM
from mollia.fusion.observation import has_answer, probabilities
from mollia.records import PanelAnswers

TREES_FROM = 100  # human labels from which the trees are worth their second
TREES_CLASSES = 40  # at most: one tree per class and step, which have few labels each to learn from


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervised:
    """The learned views; `trees` is None where there are too few labels or no probabilities."""

    kernel: JointKernel
    scale: float
    answered: int  # LLMs that said something
    width: int  # of the text vectors
    trees: MoLAM | None

    def views(self, X: PanelAnswers, o: PanelMass, e: Matrix | None) -> list[Probs]:
        """Return each view's word on rows (n, K), taken as new; rows without a text have none."""
        text = np.zeros((len(o), self.width), np.float32) if e is None else e
        views = [self.kernel.predict(make_features(o, text, self.scale, answered=self.answered))]
        return self._with_trees(views, X)

    def views_of(self, X: PanelAnswers, o: PanelMass, words: Floats | None) -> list[Probs]:
        """Return the same for rows whose texts the kernel's linear part has read: words (n, K), None without texts."""
        features = make_features(o, None, self.scale, answered=self.answered)
        views = [self.kernel.predict_new(features, 0.0 if words is None else words)]
        return self._with_trees(views, X)

    def _with_trees(self, views: list[Probs], X: PanelAnswers) -> list[Probs]:
        return views if self.trees is None else [*views, self.trees.predict_proba(X)]


def learn_supervised(
    X: PanelAnswers,
    o: PanelMass,
    e: Matrix | None,
    y: Classes,
    *,
    rng: np.random.Generator,
    random_state: int | None,
    n_jobs: int | None,
    weight: Vector | None = None,
) -> tuple[Supervised, list[Probs]]:
    """Learn from the human rows of y (n,); return the views and their held-out words (m, K), in row order.

    `weight` (m,) is how much a human row counts, by default 1; the trees are left out where it differs.
    """
    human = np.flatnonzero(y >= 0)
    n_classes = o.shape[2]
    text = np.zeros((len(o), 0), np.float32) if e is None else e
    scale = log_scale(o)
    answered = int(has_answer(o).any(0).sum())
    features = make_features(o[human], text[human], scale, answered=answered)
    marks = np.arange(len(human))
    if len(human) > MAX_LANDMARKS:
        marks = np.sort(rng.choice(len(human), MAX_LANDMARKS, replace=False))
    kernel, left_out = fit_joint_kernel(
        features[marks], y[human][marks], n_classes, None if weight is None else weight[marks]
    )
    words = kernel.predict(features)
    words[marks] = left_out
    held_out = [words]
    trees = None
    if weight is None and len(human) >= TREES_FROM and n_classes <= TREES_CLASSES and probabilities(X).any():
        maker = MoLAM(
            learning_rate=0.1,
            max_depth=3,
            n_estimators=50,
            max_rounds=0,
            variant="normalised",
            random_state=random_state,
            n_jobs=n_jobs,
        )
        held_out.append(_out_of_fold(maker, X[human], y[human]))
        trees = maker.fit(X[human], y[human])
    return Supervised(
        kernel=kernel, scale=scale, answered=answered, width=text.shape[1], trees=trees
    ), held_out


def _out_of_fold(maker: MoLAM, X: PanelAnswers, y: Classes) -> Probs:
    """Return the trees' words (m, K) on human rows, each without its fold's labels."""
    words = np.zeros((len(y), X.n_classes))
    fold = folds(len(y))
    for j in range(N_FOLDS):
        seen = np.where(fold == j, -1, y)
        words[fold == j] = maker.fit(X, seen).predict_proba(X[fold == j])
    return words
