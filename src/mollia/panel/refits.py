"""Sub-panels, each refitted from scratch, and what labelling with them instead of all is expected to lose.

    loss of a sub-panel = mean over the rows of F[x, label of all] - F[x, label of the sub-panel]

F is the posterior of the whole panel, calibrated on the human rows by cross-fitting. Where F means
what it says, this is the accuracy lost, known from thousands of rows without a label; on 50 human
rows alone a difference of half a point is out of sight (docs/panel.md compares the criteria).
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
        Copied for each refit; a quick one will do, since only its labels count.
    X, y, texts
        The panel, human labels (n,) with -1, and texts.
    reference : (n, K)
        F, from the calibrated fuser on the whole panel.
    """

    fuser: Fuser
    X: PanelAnswers
    y: Classes
    texts: Sequence[str] | None
    reference: Probs
    _labels: dict[frozenset[Part], Classes] = field(default_factory=dict)

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
        return len(self._labels)

    def labels(self, parts: Collection[Part]) -> Classes:
        """Return the labels (n,) of a sub-panel refitted from scratch: F's own of all parts, its commonest of none."""
        key = frozenset(parts)
        if not key:
            return np.full(len(self.y), int(self.reference.mean(0).argmax()))
        if key == frozenset(self.parts):
            own: Classes = self.reference.argmax(1)
            return own
        if key not in self._labels:
            posterior = posterior_of(self.fuser, restricted(self.X, key), self.y, self.texts)
            self._labels[key] = posterior.argmax(1)
        return self._labels[key]

    def losses(self, parts: Collection[Part]) -> Vector:
        """Return F[x, label of all] - F[x, label of the parts] of the judged rows."""
        F, own = self.reference[self.judged], self.labels(parts)[self.judged]
        lost: Vector = F.max(1) - F[np.arange(len(own)), own]
        return lost

    def loss(self, parts: Collection[Part]) -> Loss:
        """Return the expected loss of a sub-panel against the reference's own labels."""
        lost = self.losses(parts)
        mean = float(lost.mean())
        half = NORMAL_95 * float(lost.std()) / np.sqrt(len(lost))
        changed = float((lost > 0).mean())
        return Loss(
            value=mean,
            low=max(mean - half, 0.0),
            high=mean + half,
            changed=changed,
            at_most=at_most(mean, changed, len(lost)),
        )

    @property
    def accuracy(self) -> float:
        """The whole panel's accuracy as F states it."""
        return float(self.reference[self.judged].max(1).mean())
