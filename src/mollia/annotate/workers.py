"""Threads that answer questions, results in the order in which they finish."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator

from mollia.errors import AnnotatorError
from mollia.records import Answer, Question


def answer_all(
    questions: Iterable[Question], answer: Callable[[Question], Answer], *, threads: int
) -> Iterator[Answer]:
    """Yield the answers of `threads` workers; questions are drawn only as workers become free.

    The first exception stops the drawing; it is raised after the answers that were in flight.
    """
    source = iter(questions)
    drawing = threading.Lock()
    stopped = threading.Event()
    done: queue.SimpleQueue[Answer | BaseException | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            while not stopped.is_set():
                with drawing:
                    question = next(source, None)
                if question is None:
                    break
                done.put(answer(question))
        except BaseException as error:  # noqa: BLE001  # raised again where the answers are read
            stopped.set()
            done.put(error)
        done.put(None)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    left = threads
    failed: BaseException | None = None
    try:
        while left:
            item = done.get()
            if isinstance(item, Answer):
                yield item
            elif item is None:
                left -= 1
            else:
                failed = _joined(failed, item)
    finally:
        stopped.set()
    if failed is not None:
        raise failed


def _joined(first: BaseException | None, error: BaseException) -> BaseException:
    """Return the first error; refusals of what was in flight beside it cost requests too."""
    if isinstance(first, AnnotatorError) and isinstance(error, AnnotatorError):
        first.calls += error.calls
    return first or error
