"""When a stream of rows leaves what a classifier knows, and when it comes back: said once per change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from mollia.arrays import Probs
from mollia.honest.drift import Drift, drift

WINDOW = 100  # rows that are compared at a time
Kind = Literal["left", "back", "changed"]
LEFT: Kind = "left"
BACK: Kind = "back"
CHANGED: Kind = "changed"
MOST = 2000  # rows that later ones are compared with


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed with the rows `first` to `last` of the stream, from 1: "left" what is known, came "back" to it, "changed" again.

    `confidence` is the mean confidence of these rows, `known` that of the rows they are compared with.
    """

    kind: Kind
    first: int
    last: int
    drift: Drift
    confidence: float
    known: float


@dataclass(slots=True)
class DriftWatch:
    """Compares each window of a stream with rows that are known, by `drift`, as random parts of both together.

    After an alarm the rows that caused it are what later ones are compared with too: a further alarm needs a further change.

    Parameters
    ----------
    known : (n, K), optional
        What the classifier says of rows of the kind it knows. Without it the first two windows of the stream serve.
    """

    known: Probs | None = None
    size: int = WINDOW
    seen: int = 0
    _away: Probs | None = None
    _settling: bool = False  # the window in which a change was found may hold rows from before it
    _open: list[Probs] = field(default_factory=list)

    def add(self, probs: Probs) -> list[Change]:
        """Take further rows (m, K) of the stream, NaN where there is no prediction; return what changed."""
        found = []
        for row in probs:
            self.seen += 1
            if not np.isfinite(row).all():
                continue
            self._open.append(row)
            if self.known is None and len(self._open) >= 2 * self.size:
                self.known, self._open = np.stack(self._open), []
            elif self.known is not None and len(self._open) >= self.size:
                window, self._open = np.stack(self._open), []
                found += self._compare(window, self.known)
        return found

    def _compare(self, window: Probs, known: Probs) -> list[Change]:
        from_known = _difference(window, known)
        if from_known is None:
            return []
        if not from_known.alarming:
            was_away, self._away = self._away is not None, None
            return [self._change(BACK, window, known, from_known)] if was_away else []
        if self._away is None:
            self._away, self._settling = window, True
            return [self._change(LEFT, window, known, from_known)]
        return self._compare_again(window, self._away)

    def _compare_again(self, window: Probs, away: Probs) -> list[Change]:
        """Compare a window that is not like the known rows with those before it that were not."""
        if self._settling:
            self._away, self._settling = window, False
            return []
        again = _difference(window, away)
        if again is not None and again.alarming:
            self._away, self._settling = window, True
            return [self._change(CHANGED, window, away, again)]
        self._away = np.concatenate([away, window])[-MOST:]
        return []

    def _change(self, kind: Kind, window: Probs, known: Probs, found: Drift) -> Change:
        return Change(
            kind=kind,
            first=self.seen - len(window) + 1,
            last=self.seen,
            drift=found,
            confidence=float(window.max(1).mean()),
            known=float(known.max(1).mean()),
        )


def _difference(window: Probs, known: Probs) -> Drift | None:
    """Compare a window with known rows: were they one population, it would be a random part of both together."""
    found = drift(window, np.concatenate([known[-MOST:], window]))
    return found and Drift(
        p=found.p,
        widest=found.widest,
        in_seed=found.in_seed,
        in_pool=float(known[-MOST:, found.widest].mean()),
    )
