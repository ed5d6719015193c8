"""A progress display: bars in a terminal (on stderr) and in Jupyter, plain lines anywhere else."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mollia.progress import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

PLAIN_EVERY = 10.0  # seconds between two plain lines of one stage
SHOWN_EVERY = 0.2  # seconds between two pictures in Jupyter
WIDE = 100  # characters of the bars in Jupyter


@contextmanager
def shown(*, silent: bool = False) -> Iterator[Progress]:
    """Yield a Progress to pass to the loop."""
    if silent:
        yield lambda _stage, _done, _total: None
    elif in_jupyter():
        yield from _in_notebook()
    elif sys.stderr.isatty():
        from rich.console import Console  # noqa: PLC0415  # heavy, only for a terminal

        with _bars(console=Console(stderr=True)) as bars:
            yield _into(bars)
    else:
        yield _plain()


def in_jupyter() -> bool:
    """Tell whether this is the kernel of a notebook."""
    shell = sys.modules.get("IPython")
    running: Any = None if shell is None else shell.get_ipython()
    return running is not None and hasattr(running, "kernel")


def _bars(**options: Any) -> Bars:  # noqa: ANN401  # rich's own
    from rich import progress as rich  # noqa: PLC0415  # the same

    return rich.Progress(
        rich.TextColumn("{task.description:<32}"),
        rich.BarColumn(24),
        rich.MofNCompleteColumn(),
        rich.TimeElapsedColumn(),
        **options,
    )


def _into(bars: Bars, after: Callable[[], None] = lambda: None) -> Progress:
    """Return a Progress that moves bars, one per stage."""
    tasks: dict[str, Any] = {}

    def show(stage: str, done: int, total: int, /) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage, total=total)
        bars.update(tasks[stage], completed=done, total=total)
        after()

    return show


def _in_notebook() -> Iterator[Progress]:
    """Yield a Progress whose bars are one output that is drawn again: rich's own display needs ipywidgets, this nothing."""
    from IPython.display import HTML, display  # noqa: PLC0415  # there in a kernel
    from rich.console import Console  # noqa: PLC0415  # heavy

    bars = _bars(disable=True)  # drawn here, not by its own thread
    place: Any = None
    last = 0.0

    def picture() -> object:
        console = Console(
            record=True, width=WIDE, file=io.StringIO(), force_jupyter=False, color_system="truecolor"
        )
        console.print(bars.get_renderable())
        return HTML(console.export_html(inline_styles=True, code_format=PICTURE))  # type: ignore[no-untyped-call]  # the same

    def draw(*, whole: bool = False) -> None:
        nonlocal place, last
        now = time.monotonic()
        if not whole and now - last < SHOWN_EVERY:
            return
        last = now
        if place is None:
            place = display(picture(), display_id=True)  # type: ignore[no-untyped-call]  # IPython ships no types
        else:
            place.update(picture())

    try:
        yield _into(bars, draw)
    finally:
        if bars.tasks:
            draw(whole=True)


PICTURE = '<pre style="line-height: 1.3; overflow-x: auto">{code}</pre>'


def _plain() -> Progress:
    last: dict[str, float] = {}

    def show(stage: str, done: int, total: int, /) -> None:
        now = time.monotonic()
        if done >= total or now - last.get(stage, -PLAIN_EVERY) >= PLAIN_EVERY:
            last[stage] = now
            sys.stderr.write(f"{stage}: {done} of {total}\n")

    return show
