"""Work side by side in this process, for what spends its time outside Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

from mollia.processes import cores

MOST = 8  # threads; each holds its own arrays

T = TypeVar("T")
R = TypeVar("R")


def at_once(work: Callable[[T], R], parts: Iterable[T], *, many: bool = True) -> Iterator[R]:
    """Yield what `work` makes of each part, in order: on all cores where there is much to do, else one by one.

    Numerical libraries get one thread for each part, so the numbers are those of one by one.
    """
    if not many:
        yield from map(work, parts)
        return
    with threadpool_limits(1), ThreadPoolExecutor(min(MOST, cores())) as threads:
        yield from threads.map(work, parts)


def both(first: Callable[[], T], second: Callable[[], R], *, many: bool = True) -> tuple[T, R]:
    """Return what two pieces of work give, side by side where there is much to do, the first in this thread; numbers as in `at_once`."""
    if not many:
        return first(), second()
    with threadpool_limits(1), ThreadPoolExecutor(1) as thread:
        later = thread.submit(second)
        return first(), later.result()
