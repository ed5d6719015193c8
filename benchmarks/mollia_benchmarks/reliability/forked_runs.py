"""A process that imports mollia once and forks a `mollia run` for each line it reads, to be killed at a counted point.

`python -m mollia_benchmarks.reliability.forked_runs` reads lines of JSON, `[task file, folder, kind, point]`, and answers each
with `[exit code, calls, events]`. A call is one that Python makes or returns from, in any thread; an event is a file below the
folder that is about to be opened for writing, renamed, removed or brought to the disk (fsync), or an SQL statement that
writes, COMMIT included. Point 0 kills nothing; the kind `warm` runs in this process; a killed run's exit code is -9 and its counts are 0.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

CALLS, EVENTS, WARM = "calls", "events", "warm"
CHANGES = frozenset(
    {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "shutil.rmtree"}
)
READS = ("SELECT", "PRAGMA", "EXPLAIN", "--")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Counted:
    """Counts calls and events, and kills this process with SIGKILL before the one that is given."""

    def __init__(self, folder: str, kind: str, point: int) -> None:
        self._folder = folder
        self.counts = {CALLS: 0, EVENTS: 0}
        self._last = {kind: point}
        self._last_call = self._last.get(CALLS, 0)

    def step(self, kind: str) -> None:
        """Count one."""
        self.counts[kind] += 1
        if self.counts[kind] == self._last.get(kind, 0):
            os.kill(os.getpid(), signal.SIGKILL)

    def called(self, *_: object) -> None:
        """Count a call; a profile function, and so short."""
        counts = self.counts
        counts[CALLS] += 1
        if counts[CALLS] == self._last_call:
            os.kill(os.getpid(), signal.SIGKILL)

    def audited(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Count what changes files below the folder; an audit hook."""
        opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
        if (opened or event in CHANGES) and self._folder in str(arguments[0]):
            self.step(EVENTS)

    def stated(self, statement: str) -> None:
        """Count an SQL statement that writes; a trace callback."""
        if not statement.lstrip().upper().startswith(READS):
            self.step(EVENTS)

    def start(self, *, calls: bool) -> None:
        """Begin to count; calls cost time, so they are counted only where they are wanted."""
        connect, fsync = sqlite3.connect, os.fsync

        def connected(*arguments: Any, **options: Any) -> sqlite3.Connection:  # noqa: ANN401  # sqlite3's own
            db: sqlite3.Connection = connect(*arguments, **options)
            db.set_trace_callback(self.stated)
            return db

        def synced(handle: int) -> None:
            self.step(EVENTS)
            fsync(handle)

        sqlite3.connect = connected  # type: ignore[assignment]
        os.fsync = synced  # type: ignore[assignment]
        sys.addaudithook(self.audited)
        if calls:
            threading.setprofile(self.called)
            sys.setprofile(self.called)


def _run(task: str, folder: str, kind: str, point: int, told: int) -> int:
    import typer  # noqa: PLC0415  # imported before the fork

    from mollia.cli.run import run_and_write  # noqa: PLC0415  # the same

    counted = Counted(folder, kind, point)
    code = 0
    counted.start(calls=kind == CALLS)
    try:
        run_and_write(Path(task), ask=True)
    except typer.Exit as end:
        code = end.exit_code
    sys.setprofile(None)
    os.write(told, json.dumps([counted.counts[CALLS], counted.counts[EVENTS]]).encode())
    return code


def _warm(task: str) -> None:
    """Run once in this process: forked runs then pay for no import, no compiled pattern and no template."""
    import typer  # noqa: PLC0415  # as above

    from mollia.cli.run import run_and_write  # noqa: PLC0415  # the same

    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.suppress(typer.Exit),
    ):
        run_and_write(Path(task), ask=True)
    gc.freeze()  # a collection in a forked run would copy all that is here


def _forked(task: str, folder: str, kind: str, point: int) -> list[int]:
    told, tell = os.pipe()
    run = os.fork()
    if run == 0:
        code = 70  # an exception that escapes
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            code = _run(task, folder, kind, point, tell)
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        said = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(run, 0)[1])
    calls, events = json.loads(said) if said else (0, 0)
    return [code, calls, events]


def main(told: Callable[[str], object] = print) -> None:
    """Fork a run for each line."""
    for line in sys.stdin:
        task, folder, kind, point = json.loads(line)
        if kind == WARM:
            _warm(task)
        told(json.dumps([0, 0, 0] if kind == WARM else _forked(task, folder, kind, point)))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
