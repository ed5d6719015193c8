"""A figure with its interval, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its interval; `str()` is a sentence, `figure` and `interval` are its parts for others."""

    value: float
    low: float
    high: float
    level: float
    n_human: int
    n_rows: int
    method: str
    what: str = "accuracy"
    caveats: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say the figure, its interval, n and method in one sentence."""
        return ". ".join([f"{self.what} {self.figure}", *self.caveats])

    @property
    def figure(self) -> str:
        """The figure with what it rests on: `77.9%, 95% interval 66.1% to 86.3% (50 human labels, Wilson)`."""
        return f"{self.value:.1%}, {self.interval} ({self.n_human} human labels, {self.method})"

    @property
    def interval(self) -> str:
        """Its interval: `95% interval 66.1% to 86.3%`."""
        return f"{self.level:.0%} interval {self.low:.1%} to {self.high:.1%}"
