"""The errors a person can meet, as one tree.

MolliaError
├── TaskError            task.toml is wrong (the key path is named)
├── DataError            a file or frame is wrong (file:line and column are named)
├── ParameterError       an estimator's parameter cannot have that value
├── MissingExtra         an optional dependency is not installed
├── AnnotatorError       an LLM could not be asked
│   ├── ServerUnreachable    (retryable)
│   ├── ServerCannot         the server lacks what the task needs
│   └── AnswerRefused        the server refuses: key, model
│       └── QuotaReached         the quota is used up for hours; what was answered is kept
├── StoreError           the ledger is damaged, newer, or in use
├── NotEnoughLabels      too few human labels for what was asked
└── LeakRefused          a row that trained or chose is asked to score

Message: what is wrong, where, expected, found, "did you mean"; then `.hint`, one action.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, ClassVar

from mollia.exit_codes import LLM_FAILED, PARTIAL, UNSURE, WRONG_INPUT

if TYPE_CHECKING:
    from collections.abc import Iterable


class MolliaError(Exception):
    """What is wrong and where; `.hint` says the one thing to do about it."""

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = WRONG_INPUT

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        """Return the message and, on its own line, the hint."""
        return f"{self.args[0]}\n{self.hint}" if self.hint else str(self.args[0])


class TaskError(MolliaError):
    """The task file is wrong; the message names the key path."""


class DataError(MolliaError):
    """A file or frame is wrong; the message names file, line and column."""


class ParameterError(MolliaError, ValueError):
    """An estimator's parameter cannot have that value; also a ValueError, as in scikit-learn."""


class MissingExtra(MolliaError):
    """An optional library is not installed; the hint is the pip command."""


class AnnotatorError(MolliaError):
    """An LLM could not be asked; `calls` counts requests whose cost no answer holds."""

    exit_code = LLM_FAILED
    calls = 0


class ServerUnreachable(AnnotatorError):
    """Nobody answers at the server's address, for now."""

    retryable = True


class ServerCannot(AnnotatorError):
    """The server answers but lacks something the task needs."""


class AnswerRefused(AnnotatorError):
    """The server refuses to answer: key or model name."""


class QuotaReached(AnswerRefused):
    """The quota is used up for hours; what was answered is kept."""

    exit_code = PARTIAL


class StoreError(MolliaError):
    """The ledger is damaged, written by a newer mollia, or in use."""


class NotEnoughLabels(MolliaError):
    """Too few human labels for what was asked."""

    exit_code = UNSURE


class LeakRefused(MolliaError):
    """A row that trained or chose something is asked to score it."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` Did you mean "x"?` for the closest of `known`, or nothing."""
    options = list(known)
    close = difflib.get_close_matches(word, options, n=1, cutoff=0.6)
    if not close:
        lowered = {option.lower(): option for option in options}
        close = [lowered[c] for c in difflib.get_close_matches(word.lower(), lowered, n=1)]
    return f' Did you mean "{close[0]}"?' if close else ""


def a_kind(value: object) -> str:
    """Return what a value is, with its article: an int, a list."""
    name = type(value).__name__
    return f"an {name}" if name[0].lower() in "aeiou" else f"a {name}"


def first_line(error: Exception) -> str:
    """Return what another library's error says, on one line; its class's name where it says nothing."""
    return (str(error) or type(error).__name__).splitlines()[0]
