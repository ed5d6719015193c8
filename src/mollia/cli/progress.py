"""A progress display on stderr; plain lines where stderr is not a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mollia.progress import Progress

PLAIN_EVERY = 10.0  # seconds between two plain lines of one stage


@contextmanager
def shown(*, silent: bool = False) -> Iterator[Progress]:
    """Yield a Progress to pass to the loop."""
    if silent:
        yield lambda _stage, _done, _total: None
    elif sys.stderr.isatty():
        with _bars() as bars:
            yield bars
    else:
        yield _plain()


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich import progress as rich  # noqa: PLC0415  # the same
    from rich.console import Console  # noqa: PLC0415  # heavy, only for a terminal

    columns = (
        rich.TextColumn("{task.description:<32}"),
        rich.BarColumn(24),
        rich.MofNCompleteColumn(),
        rich.TimeElapsedColumn(),
    )
    with rich.Progress(*columns, console=Console(stderr=True)) as display:
        tasks: dict[str, rich.TaskID] = {}

        def show(stage: str, done: int, total: int, /) -> None:
            if stage not in tasks:
                tasks[stage] = display.add_task(stage, total=total)
            display.update(tasks[stage], completed=done, total=total)

        yield show


def _plain() -> Progress:
    last: dict[str, float] = {}

    def show(stage: str, done: int, total: int, /) -> None:
        now = time.monotonic()
        if done >= total or now - last.get(stage, -PLAIN_EVERY) >= PLAIN_EVERY:
            last[stage] = now
            sys.stderr.write(f"{stage}: {done} of {total}\n")

    return show
