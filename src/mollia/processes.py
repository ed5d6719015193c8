"""Work on batches in other processes, results in the order of the batches."""

from __future__ import annotations

import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from mollia.errors import MolliaError

IDLE = 30.0  # seconds after which a helper without work, or without its parent, ends
AHEAD = 2  # batches that wait for each helper

B = TypeVar("B")
T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(
    work: Callable[[T], R], batches: Iterable[tuple[B, T]], *, helpers: int
) -> Generator[tuple[B, R]]:
    """Yield each batch with what `work` makes of its second part, in the order of the batches.

    `work` is pickled once and runs in `helpers` processes (0 = here), a few batches ahead of the caller, who keeps the
    first part.

    Raises
    ------
    MolliaError
        When a helper is ended from outside.
    """
    if not helpers:
        yield from ((kept, work(sent)) for kept, sent in batches)
        return
    from joblib.externals.loky import ProcessPoolExecutor  # noqa: PLC0415  # only for many rows

    # Unlike the standard library's, these helpers do not run the caller's script again as they start.
    pool: Any = ProcessPoolExecutor(helpers, timeout=IDLE, initializer=_take, initargs=(pickle.dumps(work),))
    waiting: deque[tuple[B, Any]] = deque()
    try:
        for kept, sent in batches:
            waiting.append((kept, pool.submit(_do, sent)))
            if len(waiting) > AHEAD * helpers:
                yield _finished(*waiting.popleft())
        while waiting:
            yield _finished(*waiting.popleft())
    except BrokenProcessPool as error:
        raise MolliaError(
            "A helper process was ended from outside, perhaps because the machine ran out of memory.",
            hint="Close other programs and try again.",
        ) from error
    finally:
        pool.shutdown(wait=True, kill_workers=bool(waiting))


def _finished(kept: B, future: Any) -> tuple[B, Any]:  # noqa: ANN401  # loky ships no types
    return kept, future.result()


_work: Callable[[Any], Any]


def _take(pickled: bytes) -> None:
    """Remember, in a helper, what is to be done; the keyboard interrupts the caller alone."""
    global _work  # noqa: PLW0603  # a helper does one thing
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _work = pickle.loads(pickled)  # noqa: S301  # from the caller


def _do(batch: T) -> Any:  # noqa: ANN401  # what `work` returns
    return _work(batch)
