"""Fusers: from a panel's answers and human labels to a posterior."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from mollia.fusion.fuse_panel import fuse

_HOMES = {
    "DawidSkene": "mollia.fusion.dawid_skene",
    "Mean": "mollia.fusion.mean",
    "Mixture": "mollia.fusion.mixture",
    "MoLAM": "mollia.fusion.molam",
    "Vote": "mollia.fusion.vote",
}
__all__ = ["DawidSkene", "Mean", "Mixture", "MoLAM", "Vote", "fuse"]

if TYPE_CHECKING:
    from mollia.fusion.dawid_skene import DawidSkene
    from mollia.fusion.mean import Mean
    from mollia.fusion.mixture import Mixture
    from mollia.fusion.molam import MoLAM
    from mollia.fusion.vote import Vote


def __getattr__(name: str) -> object:
    """Import an estimator, and with it scikit-learn, when it is first used."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'mollia.fusion' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
