"""Sub-panels, each refitted from scratch, and what labelling with them instead of all is expected to lose.

    loss of a sub-panel = mean over the rows of F[x, label of all] - F[x, label of the sub-panel]

F is the posterior of the whole panel, calibrated on the human rows by cross-fitting. Where F means
what it says, this is the accuracy lost, known from thousands of rows without a label; on 50 human
rows alone a difference of half a point is out of sight (docs/panel.md compares the criteria).

A search fits hundreds of sub-panels with a quick fuser, and compares like with like: the labels of all are the quick
fuser's own. What is promised of one sub-panel comes from fits with the fuser that will label (`confirmed`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

import numpy as np
from sklearn.base import clone

from mollia.arrays import Classes, Mask, Probs, Rows, Vector
from mollia.fitting import fitted_posterior
from mollia.panel.parts import Part, parts_of, restricted
from mollia.panel.promise import at_most
from mollia.protocols import Fuser
from mollia.randomness import generator
from mollia.records import PanelAnswers

NORMAL_95 = 1.959964


def posterior_of(fuser: Fuser, X: PanelAnswers, y: Classes, texts: Sequence[str] | None) -> Probs:
    """Fit a fresh copy of the fuser; return the posterior (n, K) of the same rows."""
    return fitted_posterior(cast("Fuser", clone(fuser)), X, y, texts=texts)


def sample_rows(y: Classes, most: int, random_state: int | None) -> Rows:
    """Return the rows a search works on: all human rows, and others up to `most`, in order."""
    others = np.flatnonzero(y < 0)
    room = max(most - int((y >= 0).sum()), 0)
    if len(others) > room:
        others = generator(random_state, "panel", "rows").choice(others, room, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(y >= 0), others]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Expected accuracy lost against the whole panel, with a 95 % interval over the rows.

    `changed` is the share of the rows whose label is another one, `at_most` the accuracy lost at most, in 9 of 10 panels.
    """

    value: float
    low: float
    high: float
    changed: float
    at_most: float


@dataclass(kw_only=True)
class Refits:
    """Fits of one panel's parts, each set of parts once.

    Parameters
    ----------
    fuser : Fuser
        Copied for each refit; a quick one will do for a search.
    X, y, texts
        The panel, human labels (n,) with -1, and texts.
    reference : (n, K)
        F, from the calibrated fuser on the whole panel.
    final : Fuser, optional
        The calibrated fuser, where `fuser` is a quicker one.
    """

    fuser: Fuser
    X: PanelAnswers
    y: Classes
    texts: Sequence[str] | None
    reference: Probs
    final: Fuser | None = None
    _labels: dict[frozenset[Part], Classes] = field(default_factory=dict)
    _final: dict[frozenset[Part], Classes] = field(default_factory=dict)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """All parts."""
        return parts_of(self.X)

    @property
    def judged(self) -> Mask:
        """The rows that count (n,): those nobody labelled, or all where people labelled everything."""
        open_rows = self.y < 0
        return open_rows if open_rows.any() else np.ones(len(self.y), bool)

    @property
    def n_refits(self) -> int:
        """How many sets of parts were fitted."""
        return len(self._labels) + len(self._final)

    def labels(self, parts: Collection[Part]) -> Classes:
        """Return the labels (n,) of a sub-panel refitted from scratch; of none, F's commonest."""
        key = frozenset(parts)
        if not key:
            return np.full(len(self.y), int(self.reference.mean(0).argmax()))
        if key == frozenset(self.parts) and self.final is None:
            own: Classes = self.reference.argmax(1)
            return own
        if key not in self._labels:
            posterior = posterior_of(self.fuser, restricted(self.X, key), self.y, self.texts)
            self._labels[key] = posterior.argmax(1)
        return self._labels[key]

    def loss(self, parts: Collection[Part]) -> Loss:
        """Return the expected loss of a sub-panel against all parts, both refitted with the search's fuser."""
        return self._loss(self.labels(self.parts), self.labels(parts))

    def confirmed(self, parts: Collection[Part]) -> Loss:
        """Return the expected loss of a sub-panel against F's own labels, refitted with the fuser that will label.

        The quick fuser's labels are others than F's in 2 to 26 % of the rows, so its losses order sub-panels but promise nothing.
        """
        return self._loss(self.reference.argmax(1), self.final_labels(parts))

    def final_labels(self, parts: Collection[Part]) -> Classes:
        """Return the labels (n,) of a sub-panel refitted with the fuser that will label; of all parts, F's own."""
        key = frozenset(parts)
        if key == frozenset(self.parts):
            of_all: Classes = self.reference.argmax(1)
            return of_all
        if self.final is None:
            return self.labels(key)
        if key not in self._final:
            P = posterior_of(self.final, restricted(self.X, key), self.y, self.texts)
            self._final[key] = P.argmax(1)
        return self._final[key]

    def _loss(self, of_all: Classes, own: Classes) -> Loss:
        F, rows = self.reference[self.judged], np.arange(int(self.judged.sum()))
        of_all, own = of_all[self.judged], own[self.judged]
        lost: Vector = F[rows, of_all] - F[rows, own]
        mean = float(lost.mean())
        half = NORMAL_95 * float(lost.std()) / np.sqrt(len(lost))
        changed = float((own != of_all).mean())
        return Loss(
            value=mean,
            low=mean - half,
            high=mean + half,
            changed=changed,
            at_most=at_most(mean, changed, len(lost)),
        )

    @property
    def accuracy(self) -> float:
        """The whole panel's accuracy as F states it."""
        return float(self.reference[self.judged].max(1).mean())
