"""Fusers: from a panel's answers and human labels to a posterior."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mollia.fusion.fuse_panel import fuse
from mollia.optional import lazily

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


__getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
