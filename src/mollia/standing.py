"""Where work stands: what is being done, how fast and for how long, told at intervals from a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mollia.progress import ASKING, LlmProgress

TELL_EVERY = 8.0  # seconds between two tellings, with LOOK_EVERY under ten
LOOK_EVERY = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One stage: `done` of `total`, begun `seconds` ago; `llms` while LLMs are asked.

    `per_second` and `seconds_left` are None where they are not known.
    """

    stage: str
    done: int
    total: int
    seconds: float
    per_second: float | None = None
    seconds_left: float | None = None
    llms: tuple[LlmProgress, ...] = ()

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.done >= self.total


Tell = Callable[[Standing], None]


class Tracker:
    """A Progress that keeps where work stands, and tells it every few seconds, whether or not anything is done meanwhile.

    Stages of several steps are told when they begin and end too, those of one step only if they last.
    """

    def __init__(self, tell: Tell, *, every: float = TELL_EVERY, steps: bool = True) -> None:
        self._tell = tell
        self._every = every
        self._steps = steps
        self._lock = threading.RLock()
        self._open: dict[str, _Stage] = {}
        self._llms: dict[str, LlmProgress] = {}
        self._told = time.monotonic()
        self._last = _Stage(name="work", done=0, total=1, begun=self._told, before=0)
        self._shown = self._last

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Take note of a stage; the one that was noted last is the one that is told."""
        with self._lock:
            begun = self._open.pop(stage, None)
            now = begun or _Stage(name=stage, done=done, total=total, begun=time.monotonic(), before=done)
            now.done, now.total = done, total
            self._last = now
            if done < total:
                self._open[stage] = now
            if self._steps and total > 1 and (begun is None or done >= total):
                self._say(now)

    def of_llm(self, far: LlmProgress, /) -> None:
        """Take note of an LLM."""
        with self._lock:
            self._llms[far.llm] = far

    @property
    def llms(self) -> tuple[LlmProgress, ...]:
        """How far each LLM is."""
        with self._lock:
            return tuple(self._llms.values())

    def standing(self) -> Standing:
        """Return the stage that goes on, or the one that ended last."""
        with self._lock:
            return self._of(self._present())

    def look(self) -> None:
        """Tell where work stands, if nothing was told for a while, or a stage lasts that was not told."""
        with self._lock:
            stage, now = self._present(), time.monotonic()
            new = stage is not self._shown and now - stage.begun >= LOOK_EVERY and stage.done < stage.total
            if now - self._told >= self._every or (self._steps and new):
                self._say(stage)

    def _present(self) -> _Stage:
        return next(reversed(self._open.values()), self._last)

    def _say(self, stage: _Stage) -> None:
        self._told, self._shown = time.monotonic(), stage
        self._tell(self._of(stage))

    def _of(self, stage: _Stage) -> Standing:
        seconds, came = time.monotonic() - stage.begun, stage.done - stage.before
        llms = tuple(self._llms.values()) if stage.name == ASKING else ()
        pace: float | None = came / seconds if came > 0 and seconds > 0 and stage.total > 1 else None
        left = None if pace is None else (stage.total - stage.done) / pace
        if llms:  # what the ledger held before is no pace
            pace = sum(far.per_second for far in llms) or None
            lasting = [far.seconds_left for far in llms if far.done < far.total]
            left = None if pace is None else max((each for each in lasting if each is not None), default=None)
        return Standing(
            stage=stage.name,
            done=stage.done,
            total=stage.total,
            seconds=seconds,
            per_second=pace,
            seconds_left=left,
            llms=llms,
        )


@dataclass(slots=True, kw_only=True)
class _Stage:
    name: str
    done: int
    total: int
    begun: float
    before: int  # what was done when it began


@contextmanager
def looked_at(tracker: Tracker) -> Iterator[None]:
    """Let a thread look at the tracker until the end, so that a long step is told too."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY):
            tracker.look()

    thread = threading.Thread(target=look, daemon=True, name="mollia-progress")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
