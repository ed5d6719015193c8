"""Label text with a panel of LLMs and a few dozen human labels."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOMES = {
    "PanelAnswers": "mollia.records",
}
__all__ = ["PanelAnswers", "__version__"]

if TYPE_CHECKING:
    from mollia.records import PanelAnswers


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `import mollia` stays light."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'mollia' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
