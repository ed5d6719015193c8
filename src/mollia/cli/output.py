"""What a command says: lines for people, or JSON for programs. Every command says it through here.

With `--json` stdout gets one object, at the end; with `--json-lines` an object per event and that one last.
Progress, notes and errors for people go to stderr. docs/json.md describes the objects.
"""

from __future__ import annotations

import functools
import inspect
import json
import math
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mollia.cli import stopped
from mollia.errors import MolliaError
from mollia.exit_codes import FAULT, INTERRUPTED, WRONG_INPUT

if TYPE_CHECKING:
    from mollia.progress import LlmProgress, Progress
    from mollia.standing import Standing, Tracker

JSON, JSON_LINES = "--json", "--json-lines"
QUIET = ("--quiet", "-q")
HELP = ("--help", "-h")
OPTIONS = {
    "quiet": Annotated[bool, typer.Option(*QUIET, help="Show no progress.")],
    "json": Annotated[bool, typer.Option(JSON, help="Write one JSON object to stdout, at the end.")],
    "json_lines": Annotated[
        bool, typer.Option(JSON_LINES, help="Write a JSON object per event to stdout, and that one last.")
    ],
}


class Output:
    """What one command says, and in which form; by itself it says nothing but what it is told to."""

    def __init__(self, command: str = "", words: Sequence[str] = QUIET) -> None:
        self.command = command
        self.quiet = any(word in words for word in QUIET)
        self.lines = JSON_LINES in words
        self.json = self.lines or JSON in words
        self._result: dict[str, object] = {}
        self._notes: list[str] = []
        self._next: list[dict[str, str]] = []
        self._tracker: Tracker | None = None
        self._writing = threading.Lock()

    def say(self, *lines: str) -> None:
        """Write lines for people to stdout; programs get `give`."""
        if not self.json:
            for line in lines:
                typer.echo(line)

    def note(self, sentence: str) -> None:
        """Write a sentence to stderr while the work goes on; programs find it under `notes`."""
        self._notes.append(sentence)
        self.event("note", text=sentence)
        if not self.lines:
            typer.echo(sentence, err=True)

    def event(self, name: str, **values: object) -> None:
        """Tell programs that listen of something as it happens."""
        if self.lines:
            self._write({"event": name, **values})

    def give(self, **values: object) -> None:
        """Add to what programs find under `result`."""
        self._result |= values

    def next(self, *steps: tuple[str, str], say: bool = True) -> None:
        """Say what to do next, as a line per step (`say`), and for programs under `next`: what it does, and the command."""
        self._next += [{"what": what, "command": line} for what, line in steps]
        if say:
            self.say(*(f"Next: {line}" for _, line in steps))

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Yield a Progress for work that has several stages: bars, plain lines, or events."""
        from mollia.progress import Several  # noqa: PLC0415  # keeps --help fast
        from mollia.usecases.progress import shown  # noqa: PLC0415  # the same

        with self._watched() as tracker, shown(silent=self.quiet or self.lines) as display:
            yield Several(display, tracker)

    @contextmanager
    def busy(self, stage: str) -> Iterator[Progress]:
        """Say what is being done, if it lasts."""
        from mollia.progress import doing  # noqa: PLC0415  # as above
        from mollia.usecases.plain_progress import write_line  # noqa: PLC0415  # the same

        with self._watched(write_line) as tracker, doing(tracker, stage):
            yield tracker

    @contextmanager
    def _watched(self, tell: Callable[[Standing], None] | None = None) -> Iterator[Tracker]:
        from mollia.standing import Tracker, looked_at  # noqa: PLC0415  # as above

        if self.lines:
            tell = self._event
        self._tracker = Tracker(tell if tell and not self.quiet else _nothing)
        with looked_at(self._tracker):
            yield self._tracker

    @property
    def llms(self) -> tuple[LlmProgress, ...]:
        """How far the LLMs are that were asked."""
        return () if self._tracker is None else self._tracker.llms

    @property
    def stage(self) -> str:
        """What was being done last, and how far it was; "" where nothing was told."""
        if self._tracker is None:
            return ""
        now = self._tracker.standing()
        return f"{now.stage}, {now.done:,} of {now.total:,}" if now.total > 1 else now.stage

    def end(self, code: int, **more: object) -> None:
        """Write the object that ends a command, where one was asked for; once."""
        if not self.json:
            return
        first = {"event": "end"} if self.lines else {}
        self._write(
            {
                **first,
                "command": self.command,
                "exit_code": code,
                **more,
                "result": self._result,
                "notes": self._notes,
                "next": self._next,
            }
        )

    def _event(self, now: Standing) -> None:
        llms = [
            {**plain(far), "per_second": far.per_second, "seconds_left": far.seconds_left} for far in now.llms
        ]
        self.event("progress", **{**plain(now), "llms": llms})

    def _write(self, values: Mapping[str, object]) -> None:
        text = json.dumps(plain(values), ensure_ascii=False, allow_nan=False)
        with self._writing:
            typer.echo(text)


_CURRENT: ContextVar[Output | None] = ContextVar("output", default=None)


def current() -> Output:
    """Return what the command that runs says its words through; outside a command it shows no progress."""
    return _CURRENT.get() or Output()


@contextmanager
def output_of(words: Sequence[str], *, ours: bool) -> Iterator[Output]:
    """Let a command that was called with these words speak, and end it with an object where one was asked for.

    `ours` is False for commands that other packages add: their words are their own.
    """
    given = list(words[1 : words.index("--") if "--" in words else len(words)])
    if not ours or any(word in HELP for word in given):
        given = []
    out = Output(words[0] if words else "", given)
    token = _CURRENT.set(out)
    try:
        yield out
    except KeyboardInterrupt:
        kept, again = stopped.lines(words, llms=out.llms, stage=out.stage)
        typer.echo(f"{kept}\n{again}", err=True)
        out.end(INTERRUPTED, error=kept, hint=again)
        raise
    except BaseException as error:
        code, said = _ending(error)
        with suppress(OSError):  # stdout itself may be what cannot be written
            out.end(code, **said)
        raise
    else:
        out.end(0)
    finally:
        _CURRENT.reset(token)


def speaking(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command with the options of `OPTIONS`, which its `Output` has read."""

    @functools.wraps(function)
    def command(*args: Any, **given: Any) -> Any:  # noqa: ANN401  # the command's own
        return function(*args, **{name: value for name, value in given.items() if name not in OPTIONS})

    signature = inspect.signature(function, eval_str=True)
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
        for name, annotation in OPTIONS.items()
    ]
    command.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *more])  # type: ignore[attr-defined]  # inspect reads it
    return command


def plain(value: object) -> Any:  # noqa: ANN401  # a JSON value
    """Return a value as JSON takes it; a number that is not finite becomes null."""
    if hasattr(value, "tolist"):  # numpy's
        value = value.tolist()
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if is_dataclass(value):
        value = {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, Iterable):
        return [plain(each) for each in value]
    return str(value)


def _nothing(_now: Standing) -> None:
    """Tell nobody."""


def _ending(error: BaseException) -> tuple[int, dict[str, str]]:
    """Return the exit code of what ended a command, and what is said of it."""
    if isinstance(error, MolliaError):
        return error.exit_code, {"error": str(error.args[0]), "hint": error.hint}
    if isinstance(error, typer.Exit):
        return error.exit_code, {}
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else FAULT, {}
    if hasattr(error, "format_message"):  # the words on the command line are wrong
        return WRONG_INPUT, {"error": error.format_message(), "hint": ""}
    if isinstance(error, OSError):
        said, hint = of_system(error)
        return WRONG_INPUT, {"error": said, "hint": hint}
    return FAULT, {"error": f"{type(error).__name__}: {error}", "hint": "This is an error in mollia itself."}


def of_system(error: OSError) -> tuple[str, str]:
    """Return what a place says that no part of mollia looked at before it used it, and a hint."""
    named = isinstance(error.filename, str | bytes)
    place = f"{os.fsdecode(error.filename)}: " if named else ""
    return f"{place}{error.strerror or error}.", "Free some space there, or choose another place."
