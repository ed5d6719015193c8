"""How a run tells what it is doing."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with a stage in plain words, how much of it is done, and its total."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Take note of the progress."""
        ...


def quiet(_stage: str, _done: int, _total: int, /) -> None:
    """Say nothing."""
