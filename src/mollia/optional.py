"""Optional libraries: imported where they are used, missed with a sentence."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING

from mollia.errors import MissingExtra
from mollia.invocation import pip_install

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import and return `module`.

    Raises
    ------
    MissingExtra
        When it is not installed; the hint is the pip command.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and not module.startswith(error.name):
            raise
        raise MissingExtra(
            f"{purpose} needs the library {module}, which is not installed.",
            hint=f"Install it with: {pip_install(f'mollia[{extra}]')}",
        ) from None


def is_installed(module: str) -> bool:
    """Tell whether `module` could be imported, without importing it."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def lazily(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return a module's `__getattr__` that imports its public names when they are first used.

    `homes` maps a name to the module that defines it; a package with heavy parts stays light.
    """

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(homes[name]), name)

    return get
