"""How this mollia is called in a shell: what a message prints works when it is pasted."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

_ENDING = ".exe" if os.name == "nt" else ""
NAME = "mollia"


def command(*words: str | Path) -> str:
    """Return the line that calls mollia with these words, each quoted where a shell would split it."""
    return " ".join([program(), *(quoted(word) for word in words)])


def options(given: Mapping[str, str | Path | None]) -> list[str | Path]:
    """Return the words of those options, by name, that have a value."""
    return [word for name, value in given.items() if value for word in (name, value)]


def program() -> str:
    """Return what calls this installation of mollia: its name, the path of its script, or Python and -m."""
    script = _script()
    if script is None:
        return f"{_python()} -m {NAME}"
    found = shutil.which(NAME)
    if found is not None and Path(found).resolve() == script.resolve():
        return NAME
    return quoted(_short(script))


def pip_install(*words: str) -> str:
    """Return the line that installs something where this mollia is installed, quoted as every shell reads it."""
    return " ".join([_python(), "-m pip install", *(f'"{word}"' if "[" in word else word for word in words)])


def quoted(word: str | Path) -> str:
    """Return `word` as one word of this system's shell; a path never begins like an option."""
    if isinstance(word, Path):
        word = os.path.join(".", word) if str(word).startswith("-") else str(word)  # noqa: PTH118  # Path drops the dot
    if os.name == "nt":
        return f'"{word}"' if not word or set(word) & set(" \t&()[]{}^=;!'+,`~") else word
    return shlex.quote(word)


def _script() -> Path | None:
    """Return the script that was called, or else the one beside this Python."""
    called = Path(sys.argv[0])
    beside = Path(sys.executable).with_name(NAME + _ENDING)
    for path in (called, called.with_suffix(_ENDING), beside):
        if path.name == NAME + _ENDING and path.is_file():
            return path
    return None


def _python() -> str:
    for name in ("python", "python3"):
        found = shutil.which(name)
        # Not resolved: the python of a virtual environment is a link to another's.
        if found is not None and Path(found).absolute() == Path(sys.executable).absolute():
            return name
    return quoted(_short(Path(sys.executable)))


def _short(path: Path) -> str:
    """Return the path as seen from the working directory, where it lies below that."""
    path = path.absolute()
    here = Path.cwd()
    if not path.is_relative_to(here):
        return str(path)
    below = str(path.relative_to(here))
    return below if os.sep in below else os.path.join(".", below)  # noqa: PTH118  # a bare name is looked up on the PATH
