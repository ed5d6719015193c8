"""Memory of a page's threads: what a request has freed, the next one takes."""

from __future__ import annotations

import ctypes
from contextlib import suppress

ARENA_MAX = -8  # glibc's name for the setting
HEAPS = 2


def few_heaps() -> bool:
    """Let threads that start from now on take memory from the same few heaps; False where the C library offers no such thing.

    glibc gives each thread that answers requests a heap of its own, and keeps in it what a request has freed: with ten people
    at the page it held 20 MB more after ten minutes of that, none of them in use.
    """
    with suppress(
        AttributeError, OSError, TypeError
    ):  # macOS and musl have no mallopt, Windows no such library
        return bool(ctypes.CDLL(None).mallopt(ARENA_MAX, HEAPS))
    return False
