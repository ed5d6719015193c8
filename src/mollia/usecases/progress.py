"""A progress display: bars in a terminal (on stderr) and in Jupyter, plain lines anywhere else."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mollia.progress import ASKING, LlmProgress, Progress, quiet
from mollia.report.numbers import duration
from mollia.standing import Tracker, looked_at
from mollia.usecases.plain_progress import further, pace, write_line

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

SHOWN_EVERY = 0.2  # seconds between two pictures in Jupyter
WIDE = 100  # characters of the bars in Jupyter


@contextmanager
def shown(*, silent: bool = False) -> Iterator[Progress]:
    """Yield a Progress to pass to the loop."""
    if silent:
        yield quiet
    elif in_jupyter():
        yield from _in_notebook()
    elif sys.stderr.isatty():
        from rich.console import Console  # noqa: PLC0415  # heavy, only for a terminal

        with _bars(console=Console(stderr=True)) as bars:
            yield _Shown(bars)
    else:
        tracker = Tracker(write_line)
        with looked_at(tracker):
            yield tracker


def in_jupyter() -> bool:
    """Tell whether this is the kernel of a notebook."""
    shell = sys.modules.get("IPython")
    running: Any = None if shell is None else shell.get_ipython()
    return running is not None and hasattr(running, "kernel")


def _bars(**options: Any) -> Bars:  # noqa: ANN401  # rich's own
    from rich import progress as rich  # noqa: PLC0415  # the same

    return rich.Progress(
        rich.TextColumn("{task.description:<32}", markup=False),
        rich.BarColumn(24),
        rich.MofNCompleteColumn(),
        rich.TimeElapsedColumn(),
        rich.TextColumn("{task.fields[more]}", markup=False),
        **options,
    )


class _Shown:
    """A Progress that moves bars: one per stage, and one per LLM."""

    def __init__(self, bars: Bars, after: Callable[[], None] = lambda: None) -> None:
        self._bars = bars
        self._after = after
        self._tasks: dict[str, Any] = {}

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        self._move(stage, done, total)

    def of_llm(self, far: LlmProgress, /) -> None:
        """Move the LLM's bar."""
        if ASKING not in self._tasks:  # above those of the LLMs
            self._move(ASKING, 0, far.total)
        left = [f"{duration(far.seconds_left)} left"] if far.seconds_left else []
        self._move(f"  {far.llm}", far.done, far.total, more=", ".join([*further(far), *left]))

    def _move(self, name: str, done: int, total: int, more: str | None = None) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total, more="")
        task = self._tasks[name]
        if more is None:
            more = self._pace(task, done, total)
        self._bars.update(task, completed=done, total=total, more=more)
        self._after()

    def _pace(self, task: Any, done: int, total: int) -> str:  # noqa: ANN401  # rich's own
        """Return how long a stage of several steps will go on."""
        elapsed = self._bars.tasks[self._bars.task_ids.index(task)].elapsed
        if not elapsed or elapsed < 1 or not 0 < done < total:
            return ""
        return f"{pace(done / elapsed)}, {duration((total - done) * elapsed / done)} left"


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
        yield _Shown(bars, draw)
    finally:
        if bars.tasks:
            draw(whole=True)


PICTURE = '<pre style="line-height: 1.3; overflow-x: auto">{code}</pre>'
