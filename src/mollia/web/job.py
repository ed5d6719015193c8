"""A command of mollia started from the page, one at a time, in a process of its own: labelling stays as quick as it was."""

from __future__ import annotations

import os
import re
import signal
import subprocess  # our own command line, with fixed words
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mollia.exit_codes import STOPPABLE

LINES, LONGEST = 12, 300  # of what the command said
LAST_WORDS = 1.0  # seconds that what an ended command said is waited for
PATIENCE = 30.0  # seconds a command gets to end by itself when the page is closed
Command = Literal["run", "report"]
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """What was started last: `code` None while it goes on, `lines` the last that it said."""

    what: Command
    seconds: float
    code: int | None
    stopped: bool
    lines: Sequence[str]

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.code is None


class Jobs:
    """Starts `mollia run` or `mollia report` on a task file, and stops it as Ctrl+C would: what was answered is kept."""

    def __init__(self, task_file: Path) -> None:
        self._file = task_file
        self._turn = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._what: Command = "run"
        self._began = self._ended = 0.0
        self._stopped = False
        self._lines: deque[str] = deque(maxlen=LINES)

    def start(self, what: Command) -> bool:
        """Start a command; False when one goes on already."""
        with self._turn:
            if self._process is not None and self._process.poll() is None:
                return False
            self._lines.clear()
            self._what, self._stopped, self._began = what, False, time.monotonic()
            self._process = subprocess.Popen(  # noqa: S603  # no word comes from a request
                [sys.executable, "-m", "mollia", what, str(self._file)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", STOPPABLE: "1"},
                # Ctrl+C in the terminal is the page's; it passes it on once.
                start_new_session=os.name != "nt",
            )
            self._reader = threading.Thread(
                target=self._read, args=(self._process,), name=f"mollia {what}", daemon=True
            )
            self._reader.start()
            return True

    def stop(self) -> None:
        """Ask the command to end; it keeps what it has."""
        process = self._process
        if process is not None and process.poll() is None:
            if os.name == "nt":
                process.terminate()
            else:
                process.send_signal(signal.SIGINT)
            self._stopped = True  # not before: the page says that it is stopping

    def state(self) -> JobState | None:
        """Return how what was started last stands, None before anything was."""
        process = self._process
        if process is None:
            return None
        code = process.poll()
        if code is not None and self._reader is not None:
            self._reader.join(LAST_WORDS)
        end = time.monotonic() if code is None else (self._ended or time.monotonic())
        return JobState(
            what=self._what,
            seconds=end - self._began,
            code=code,
            stopped=self._stopped,
            lines=tuple(self._lines),
        )

    def close(self) -> None:
        """End what goes on, with the page."""
        self.stop()
        process = self._process
        if process is None:
            return
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _read(self, process: subprocess.Popen[str]) -> None:
        self._ended = 0.0
        if process.stdout is not None:
            with process.stdout as said:
                for line in said:
                    shown = _CONTROL.sub(
                        "", line.rpartition("\r")[2] if "\r" in line.rstrip("\r\n") else line
                    ).strip()
                    if shown:
                        self._lines.append(shown[:LONGEST])
        process.wait()
        self._ended = time.monotonic()
