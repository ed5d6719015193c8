"""Files and folders that appear whole or not at all, and are on the disk when they do."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mollia.errors import DataError, a_kind
from mollia.leftovers import sweep, unfinished_beside

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def as_path(given: object, name: str) -> Path:
    """Return a path that a caller in Python gave.

    Raises
    ------
    DataError
        When it is something else.
    """
    if not isinstance(given, (str, os.PathLike)):
        raise DataError(f"{name} is {a_kind(given)}.", hint="Expected a path: a string or a pathlib.Path.")
    return Path(given)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a file beside `path` to write to; it takes `path`'s place when all went well.

    A link stays a link: the file it leads to is replaced. A device or a pipe is written to as it is.

    Raises
    ------
    DataError
        When the place cannot be written to.
    """
    with _said(path):
        if path.exists() and not (path.is_file() or path.is_dir()):
            yield path
            return
        place = Path(os.path.realpath(path)) if path.is_symlink() else path
        _check_file(path)
        _make(place.parent)
        with unfinished_beside(place) as unfinished:
            yield unfinished
            if place.exists():
                shutil.copymode(place, unfinished)
            _to_disk(unfinished)
            unfinished.replace(place)
            _to_disk(place.parent)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text; the file appears whole or not at all.

    Raises
    ------
    DataError
        When the place cannot be written to.
    """
    with replacing(path) as unfinished:
        unfinished.write_text(text, "utf-8")


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder beside `folder` to write to; it takes that name when all went well.

    Raises
    ------
    DataError
        When `folder` is a file, holds anything, or the place cannot be written to.
    """
    with _said(folder):
        _check_folder(folder)
        _make(folder.parent)
        with unfinished_beside(folder) as unfinished:
            unfinished.mkdir()
            yield unfinished
            if folder.exists():
                folder.rmdir()
            settle(unfinished, folder)


def settle(unfinished: Path, folder: Path) -> None:
    """Give a finished folder the name `folder`, which nothing has yet, once all of it is on the disk.

    Raises
    ------
    OSError
        When that cannot be done.
    """
    for below in [*unfinished.rglob("*"), unfinished]:
        _to_disk(below)
    unfinished.rename(folder)
    _to_disk(folder.parent)


def keep_inputs(out: Path, inputs: Iterable[Path | None], *, hint: str = "Give --out another name.") -> None:
    """Refuse to write over a file that the same command reads, however the two are spelled or linked.

    Raises
    ------
    DataError
        Naming both.
    """
    for each in inputs:
        if each is not None and _is_same(out, each):
            same = "" if str(out) == str(each) else f" (the same file as {each})"
            raise DataError(f"{out}{same} is read by this command, so it is not written over.", hint=hint)


def _is_same(out: Path, other: Path) -> bool:
    try:
        return out.samefile(other)
    except (OSError, ValueError):  # one of them is not there, and so not the other
        return False


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise DataError(f"{path} cannot be written: it is a folder.", hint="Name a file in it.")
    if path.exists() and not os.access(path, os.W_OK):
        raise DataError(
            f"{path} cannot be written: it is read-only.",
            hint="Choose another place, or allow writing to it.",
        )


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} cannot be written: it is a file.", hint="Choose another place.")
    if folder.exists() and any(folder.iterdir()):
        raise DataError(
            f"{folder} exists and is not empty.", hint="Choose another place, or remove it first."
        )


def _make(folder: Path) -> None:
    """Make a folder and those above it, and remove what killed processes left in it."""
    lacking = [each for each in [folder, *folder.parents] if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in lacking:
        _to_disk(each.parent)
    sweep(folder)


def _to_disk(path: Path) -> None:
    """Wait until a file's content, or a folder's names, are on the disk."""
    is_folder = path.is_dir()
    if is_folder and sys.platform == "win32":  # which does it by itself
        return
    handle = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as error:
        if not is_folder or error.errno != errno.EINVAL:  # some file systems do it by themselves too
            raise
    finally:
        os.close(handle)


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Turn the system's errors into one that says which place, and what to do."""
    try:
        yield
    except OSError as error:
        above = next((folder for folder in path.parents if folder.is_file()), None)
        if above is not None:
            raise DataError(
                f"{path} cannot be written: {above} is a file, not a folder.", hint="Choose another place."
            ) from None
        full = error.errno in FULL
        raise DataError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Free some disk space and run the same command again."
            if full
            else "Close it if another program has it open, or choose another place.",
        ) from None
