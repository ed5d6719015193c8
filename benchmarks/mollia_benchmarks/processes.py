"""Work on batches in other processes, results as they are finished."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import chain, islice
from multiprocessing import get_context
from typing import TypeVar

AHEAD = 2  # batches that wait for each process: they are in memory
B = TypeVar("B")
T = TypeVar("T")
R = TypeVar("R")


def in_processes(
    work: Callable[[T], R], batches: Iterable[tuple[B, T]], *, processes: int = 1
) -> Generator[tuple[B, R]]:
    """Yield each batch with what `work` makes of its second part, as they are finished; a single one is worked on here."""
    batches = iter(batches)
    first = list(islice(batches, 2))
    batches = chain(first, batches)
    if processes == 1 or len(first) <= 1:
        yield from ((kept, work(sent)) for kept, sent in batches)
        return
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # read by the children when they import numpy
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running: dict[Future[R], B] = {}
        try:
            for kept, sent in batches:
                running[pool.submit(work, sent)] = kept
                if len(running) > AHEAD * processes:
                    yield from _finished(running)
            while running:
                yield from _finished(running)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _finished(running: dict[Future[R], B]) -> Generator[tuple[B, R]]:
    """Wait for one more; take what is finished out of what is running."""
    finished, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in finished:
        yield running.pop(future), future.result()
