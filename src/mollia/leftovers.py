"""Unfinished files: what they are called, and which of them a killed process has left behind."""

from __future__ import annotations

import hashlib
import itertools
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:8]  # a folder may be shared by machines
_NAME = re.compile(r"\.mollia-([0-9a-f]{8})-(\d{1,9})-\d+\.part")
_numbers = itertools.count()
_in_use: set[Path] = set()  # by this process
_swept: set[Path] = set()


@contextmanager
def unfinished_beside(path: Path) -> Iterator[Path]:
    """Yield the name of a file or folder beside `path` that nobody uses; what is there in the end is removed."""
    unfinished = path.with_name(f".mollia-{_HOST}-{os.getpid()}-{next(_numbers)}.part")
    _in_use.add(unfinished)
    try:
        yield unfinished
    finally:
        remove(unfinished)
        _in_use.discard(unfinished)


def sweep(folder: Path) -> None:
    """Remove what killed processes of this machine left unfinished in a folder; once per process and folder."""
    if folder in _swept:
        return
    _swept.add(folder)
    with suppress(OSError):  # whoever writes here next says what is wrong with it
        for path in folder.iterdir():
            found = _NAME.match(path.name)
            if found and found[1] == _HOST and path not in _in_use and not _lives(int(found[2])):
                remove(path)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    with suppress(OSError):  # its folder may be what failed
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    """Whether another process of that number exists; a container's processes have the same few again and again."""
    return process != os.getpid() and _exists(process)


if sys.platform == "win32":
    import ctypes

    _LIMITED_INFORMATION, _NO_SUCH_PROCESS = 0x1000, 87

    def _exists(process: int) -> bool:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        handle = kernel.OpenProcess(_LIMITED_INFORMATION, 0, process)
        if handle:
            kernel.CloseHandle(handle)
        return bool(handle) or ctypes.get_last_error() != _NO_SUCH_PROCESS

else:

    def _exists(process: int) -> bool:
        try:
            os.kill(process, 0)  # sends nothing
        except ProcessLookupError:
            return False
        except OSError:
            pass
        return True
