"""When to stop: the budget's rounds, a student that no longer changes its mind, a flat accuracy.

Each rule looks at the rounds so far and says why to stop, or "".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mollia.arrays import Classes
from mollia.estimate import Estimate
from mollia.kappa import cohen_kappa

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundBudget:
    """Stop after so many rounds or asked rows; None sets no limit."""

    rounds: int | None = None
    rows: int | None = None

    def reason(self, rounds: int, rows: int) -> str:
        """Say why to stop after `rounds` rounds with `rows` rows asked, or ""."""
        if self.rounds is not None and rounds >= self.rounds:
            return f"The budget of {self.rounds} rounds is spent."
        if self.rows is not None and rows >= self.rows:
            return f"The budget of {self.rows} rows is spent."
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StablePredictions:
    """Stop when consecutive students agree on a stop set (Bloodgood and Vijay-Shanker, CoNLL 2009).

    The last `patience` agreements, Cohen's kappa of each round's labels with the round before, must
    all reach `threshold`. A student that predicts one class for all rows leaves kappa undefined:
    that never stops, and `warn` is told.
    """

    threshold: float = 0.99
    patience: int = 3

    def reason(self, said: Sequence[Classes], *, warn: Say = lambda _sentence: None) -> str:
        """Say why to stop, from each round's predicted class numbers (r,) on the stop set, or ""."""
        agreement = [cohen_kappa(before, after) for before, after in pairwise(said)]
        return self.reason_of(agreement, warn=warn)

    def reason_of(self, agreement: Sequence[float], *, warn: Say = lambda _sentence: None) -> str:
        """Say why to stop, from the agreements of consecutive rounds (NaN = undefined), or ""."""
        last = list(agreement[-self.patience :])
        if last and np.isnan(last[-1]):
            warn(
                "Constant predictions: the student gives every row of the stop set the same class, so "
                "its stability says nothing. More labels of other classes are needed."
            )
            return ""
        if len(last) == self.patience and all(each >= self.threshold for each in last):
            return (
                f"The student no longer changes its mind: agreement with the round before was at least "
                f"{self.threshold:g} in {self.patience} rounds (kappa {last[-1]:.3f})."
            )
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatAccuracy:
    """Stop when the predicted accuracy has not risen by more than its interval can tell.

    Over the last `patience` rounds no estimate's value exceeds the value before them by more than
    `gain`, and all of them lie inside that earlier estimate's interval.
    """

    gain: float = 0.005
    patience: int = 3

    def reason(self, estimates: Sequence[Estimate]) -> str:
        """Say why to stop, from each round's estimate, or ""."""
        if len(estimates) <= self.patience:
            return ""
        before, last = estimates[-self.patience - 1], estimates[-self.patience :]
        risen = max(each.value for each in last) - before.value
        inside = all(before.low <= each.value <= before.high for each in last)
        if risen > self.gain or not inside:
            return ""
        return (
            f"The predicted {before.what} is flat: {last[-1].value:.3f} after {before.value:.3f} "
            f"{self.patience} rounds earlier ({before.level:.0%} interval {before.low:.3f} to {before.high:.3f})."
        )
