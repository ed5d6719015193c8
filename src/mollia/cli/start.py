"""The script `mollia`: Ctrl+C ends it without a traceback, from the first imports on."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from mollia.exit_codes import INTERRUPTED, STOPPABLE

_IMPORTING = "<frozen importlib"
# New objects until Python looks for cycles to free. What libraries define on import is no garbage: with Python's own 700
# the four hundred looks take a tenth of the time of importing them.
_NEW_OBJECTS = 50_000


def main() -> None:
    """Run the command line."""
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
    heeded = (
        signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )  # a job in the background ignores it
    if os.environ.pop(STOPPABLE, "") or heeded:
        signal.signal(signal.SIGINT, interrupted)
    try:
        from mollia.cli.main import main as run  # noqa: PLC0415  # from here on Ctrl+C is looked after

        run()
    except KeyboardInterrupt:
        _end("Stopped.\n")
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
        _end("")
    finally:
        if signal.getsignal(signal.SIGINT) is interrupted:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # what Python does at its end prints tracebacks


def _end(said: str) -> NoReturn:
    """End without waiting for threads: they may wait for a server that does not answer."""
    sys.stderr.write(said)
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(INTERRUPTED)


def interrupted(_number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt; while something is imported, end at once: libraries make other errors of it."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_IMPORTING):
            os.write(2, b"Stopped.\n")
            os._exit(INTERRUPTED)
        frame = frame.f_back
    raise KeyboardInterrupt
