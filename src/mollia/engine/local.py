"""The engine of one machine: LLMs are asked from this process, batches are worked on by helper processes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

from mollia.errors import ParameterError
from mollia.processes import in_order
from mollia.protocols import Annotator, Opens

B = TypeVar("B")
T = TypeVar("T")
R = TypeVar("R")


class Local:
    """Works on this machine (protocol Engine).

    Raises
    ------
    ParameterError
        On construction, when it is given the address or the workers of a cluster.
    """

    def __init__(self, *, address: str | None = None, workers: int | None = None) -> None:
        if address is not None or workers is not None:
            given = "--address" if address is not None else "--workers"
            raise ParameterError(
                f"{given} is for a cluster, and the engine is local.",
                hint="Add --engine ray, or leave it out.",
            )

    def place(self, annotator: Annotator, member: Opens, /) -> Annotator:  # noqa: ARG002  # the protocol's signature
        """Return the annotator as it is."""
        return annotator

    def map(
        self,
        work: Callable[[T], R],
        batches: Iterable[tuple[B, T]],
        /,
        *,
        helpers: int,
        ordered: bool = True,  # noqa: ARG002  # the protocol's signature
        card: bool = False,  # noqa: ARG002  # the same
    ) -> Generator[tuple[B, R]]:
        """Yield each batch with what `work` makes of its second part, in order; see `processes.in_order`."""
        return in_order(work, batches, helpers=helpers)

    def close(self) -> None:
        """Nothing is held open."""
