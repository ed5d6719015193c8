"""The priors a task or a file of answers starts from: read, and matched with its LLMs and classes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from mollia.fusion.known_llms import KnownLLMs
from mollia.priors.file import read_priors
from mollia.priors.gather import Identity, identity
from mollia.priors.match import known_llms
from mollia.task.config import Task


def task_priors(task: Task) -> tuple[KnownLLMs | None, tuple[str, ...]]:
    """Return what the task's priors file says of its panel, and a sentence where it says nothing.

    Raises
    ------
    DataError
        When the file is wrong.
    """
    path = task.fuse.priors
    if path is None:
        return None, ()
    return read_known(path, [identity(member) for member in task.panel], task.labels)


def read_known(
    path: Path, llms: Sequence[Identity], classes: Sequence[Sequence[str]]
) -> tuple[KnownLLMs | None, tuple[str, ...]]:
    """Return what a priors file says of LLMs on classes (names and aliases each), and a sentence where it says nothing.

    Raises
    ------
    DataError
        When the file is wrong.
    """
    known = known_llms(read_priors(path), llms, classes)
    return known, () if known is not None else (f"Priors: {path.name} knows none of the LLMs of this panel.",)


def priors_mark(known: KnownLLMs | None) -> list[str]:
    """Return a hash of what is known, nothing where there is none: rounds that rest on it belong to it."""
    if known is None:
        return []
    return [hashlib.sha256(known.skill.tobytes() + known.confusion.tobytes()).hexdigest()]
