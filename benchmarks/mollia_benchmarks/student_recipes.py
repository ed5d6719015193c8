"""Ways to train a student on fused labels: each takes one draw's labels and fits one student.

Human rows weigh 1, have no Y- and are never left out. What a recipe learns, it learns from labels of
people through fusers and students that did not see them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Protocol

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Rows, Vector, most_probable, one_hot
from mollia.protocols import Student
from mollia.robust.meta_weights import learned_alpha, learned_lambda, out_of_fold_probs, trust_weights
from mollia.robust.negative_learning import LAMBDA_END, LAMBDA_START
from mollia.student.frozen import FrozenStudent
from mollia_benchmarks import student_peers as peers
from mollia_benchmarks.student_labels import Labels


class Predicts(Protocol):
    """What is scored."""

    def predict_proba(self, X: Sequence[str]) -> Probs:
        """Return class probabilities (n, K)."""
        ...


@dataclass(frozen=True)
class Lesson:
    """A draw's pool rows as one recipe sees them: the h human rows first, then those of the panel."""

    texts: Sequence[str]
    labels: Labels
    rows: Rows  # (m,) of the pool
    gold: Classes  # (m,)
    new_student: Callable[[], Student]
    draw: int

    @cached_property
    def soft(self) -> Probs:
        """The fused posterior (m, K)."""
        return self.labels.posterior[self.rows]

    @cached_property
    def label(self) -> Classes:
        """y+ (m,)."""
        return most_probable(self.soft)

    @cached_property
    def hard(self) -> Probs:
        """y+ as rows of zeros and a one, (m, K)."""
        return one_hot(self.label, self.soft.shape[1])

    @cached_property
    def human(self) -> Mask:
        """Rows a person labelled, (m,)."""
        human: Mask = self.labels.y[self.rows] >= 0
        return human

    @cached_property
    def judged(self) -> Probs:
        """Out-of-fold probabilities (m, K) of the lexical student, whichever student is taught."""
        return out_of_fold_probs(FrozenStudent(), self.texts, self.soft, random_state=self.draw)

    @cached_property
    def differ(self) -> Mask:
        """Rows (m,) where a student that did not learn from them and y+ differ."""
        differ: Mask = self.judged.argmax(1) != self.label
        return differ

    @cached_property
    def alpha(self) -> float:
        """Alpha, learned from the human rows."""
        fused = self.labels.held_out.argmax(1)
        right = fused == self.labels.y[self.labels.human]
        said = self.judged[: len(fused)].argmax(1)
        return learned_alpha(right, said != fused)

    @cached_property
    def lambda_(self) -> float:
        """Lambda, learned from the human rows and shrunk from the paper's last value."""
        y = self.labels.y[self.labels.human]
        return learned_lambda(y, self.labels.held_out_negative, LAMBDA_END)

    @cached_property
    def share(self) -> float:
        """The share of the panel's labels that the fuser believes to be right."""
        return float(self.soft[~self.human].max(1).mean())

    def fit(
        self, target: Probs, *, weight: Vector | float = 1.0, lambda_: float = 0.0, rows: Rows | None = None
    ) -> Student:
        """Fit a student on `rows` (all by default) of the target (m, K)."""
        rows = np.arange(len(self.rows)) if rows is None else rows
        weights = np.where(self.human, 1.0, weight)
        negative = self.labels.negative[self.rows] & ~self.human[:, None]
        return self.new_student().fit(
            [self.texts[row] for row in rows.tolist()],
            target[rows],
            sample_weight=weights[rows],
            negative=negative[rows],
            negative_weight=lambda_,
        )


def _discrepancy(c: Lesson, alpha: float) -> Vector:
    return np.where(c.differ, alpha, 1.0)


def _small_loss(c: Lesson) -> Predicts:
    loss = -np.log(np.maximum(c.judged[np.arange(len(c.label)), c.label], 1e-12))
    return c.fit(c.soft, rows=peers.small_loss(loss, c.human, c.share))


def _co_taught(c: Lesson) -> Predicts:
    rng = np.random.default_rng(c.draw)
    return peers.co_taught(
        lambda rows: c.fit(c.soft, rows=rows), c.texts, c.label, c.human, share=c.share, rng=rng
    )


RECIPES: Mapping[str, Callable[[Lesson], Predicts]] = MappingProxyType(
    {
        "soft": lambda c: c.fit(c.soft),
        "hard": lambda c: c.fit(c.hard),
        "soft, alpha .5": lambda c: c.fit(c.soft, weight=_discrepancy(c, 0.5)),
        "soft, alpha .25": lambda c: c.fit(c.soft, weight=_discrepancy(c, 0.25)),
        "soft, learned alpha": lambda c: c.fit(c.soft, weight=_discrepancy(c, c.alpha)),
        "soft, trust": lambda c: c.fit(c.soft, weight=trust_weights(c.soft, c.judged)),
        "soft, lambda .4": lambda c: c.fit(c.soft, lambda_=LAMBDA_START),
        "soft, lambda 1": lambda c: c.fit(c.soft, lambda_=LAMBDA_END),
        "soft, learned lambda": lambda c: c.fit(c.soft, lambda_=c.lambda_),
        "soft, alpha and lambda learned": lambda c: c.fit(
            c.soft, weight=_discrepancy(c, c.alpha), lambda_=c.lambda_
        ),
        "hard, alpha .5, lambda 1 (paper)": lambda c: c.fit(
            c.hard, weight=_discrepancy(c, 0.5), lambda_=LAMBDA_END
        ),
        "small loss": _small_loss,
        "co-teaching": _co_taught,
        "confident learning": lambda c: c.fit(c.soft, rows=peers.confident(c.label, c.judged, c.human)),
        "human labels alone": lambda c: c.fit(c.hard, rows=np.flatnonzero(c.human)),
        "gold": lambda c: c.fit(one_hot(c.gold, c.soft.shape[1])),
    }
)
WHOLE: Mapping[str, Callable[[Lesson], Predicts]] = MappingProxyType(
    {
        "soft, whole pool": RECIPES["soft"],
        "gold, whole pool": RECIPES["gold"],
    }
)
NAMES = (*RECIPES, *WHOLE)


def taught(name: str, some: Lesson, whole: Lesson) -> Predicts:
    """Return the student a recipe leads to, on a few hundred rows or on the whole pool."""
    return WHOLE[name](whole) if name in WHOLE else RECIPES[name](some)
