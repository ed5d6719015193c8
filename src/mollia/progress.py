"""How work tells what it is doing, and how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

# Stages that several parts have.
ASKING = "answers of the panel"
FUSING = "fusing the answers"
CHECKING = "cross-fitting the human labels"
LLMS_WORTH = "worth of each LLM"
WRITING = "writing labels and report"


class Progress(Protocol):
    """Called with a stage in plain words, how much of it is done, and its total."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Take note of the progress."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmProgress:
    """How far the asking of one LLM is, in different texts.

    Of `total`, `done` have an answer or a failure, `before` of them since before this asking began, `more` since
    this was told last; `failures` and `money` are those of this asking, `seconds` how long it has gone on.
    """

    llm: str
    done: int
    total: int
    before: int = 0
    more: int = 0
    failures: int = 0
    money: float = 0.0
    seconds: float = 0.0

    @property
    def kept(self) -> int:
        """Usable answers; failures are asked again."""
        return self.done - self.failures

    @property
    def per_second(self) -> float:
        """Answers per second of this asking, 0 while none has come."""
        return (self.done - self.before) / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until all are answered at this pace, None where it is not known."""
        return (self.total - self.done) / self.per_second if self.per_second else None


@runtime_checkable
class HearsOfLlms(Protocol):
    """A Progress that also wants to know how far each LLM is."""

    def of_llm(self, far: LlmProgress, /) -> None:
        """Take note of it."""
        ...


class Several:
    """A Progress that tells several."""

    def __init__(self, *hear: Progress) -> None:
        self._hear = hear

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Tell all of them."""
        for each in self._hear:
            each(stage, done, total)

    def of_llm(self, far: LlmProgress, /) -> None:
        """Tell those that want to know."""
        for each in self._hear:
            if isinstance(each, HearsOfLlms):
                each.of_llm(far)


def quiet(_stage: str, _done: int, _total: int, /) -> None:
    """Say nothing."""


@contextmanager
def doing(progress: Progress, stage: str) -> Iterator[None]:
    """Tell that a stage begins, and that it is over."""
    progress(stage, 0, 1)
    yield
    progress(stage, 1, 1)
