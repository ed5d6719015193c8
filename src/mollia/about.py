"""What a strategy or a fuser says of itself; `registry.about` reads it.

@about(needs=("vectors",), sources=("Sener and Savarese (2018). ...",))
def coreset(view, n, rng, /): ...
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
VECTORS_OF = 100_000  # rows that are turned into vectors, or judged several times, in a round
JUDGED_ONCE = 100_000  # rows that the student judges once in a round
BY_STUDENT = frozenset({"probs", "passes", "deviations"})  # what a view has only where a student was trained


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Without a word a strategy needs the student's probabilities, and nothing is cited.

    needs: what a strategy reads of its view, by name. method: how the methods paragraph puts it, a fuser's as a
    sentence without its stop, a strategy's after "rows were picked"; "" = its name is given. sources: what that cites.
    most: how many rows a strategy looks at in a round; of a larger pool as many are drawn, and the run says so. None = all.
    """

    needs: frozenset[str] = frozenset({"probs"})
    most: int | None = None
    method: str = ""
    sources: tuple[str, ...] = ()

    @property
    def needs_student(self) -> bool:
        """Whether it can only pick where a student was trained."""
        return bool(self.needs & BY_STUDENT)


def about(
    *,
    needs: Collection[str] = ("probs",),
    method: str = "",
    sources: tuple[str, ...] = (),
    most: int | None = None,
) -> Callable[[T], T]:
    """Return a decorator that gives a function or class its attribute `about`."""
    said = About(needs=frozenset(needs), method=method, sources=sources, most=most)

    def decorate(implementation: T) -> T:
        implementation.about = said  # type: ignore[attr-defined]  # functions and classes take attributes
        return implementation

    return decorate
