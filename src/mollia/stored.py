"""What a stored student keeps of its features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mollia.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """How features are stored: JSON settings, arrays, and the files written beside them.

    `kind` is the name in the registry under which `load(folder, config, arrays)` is found.
    """

    kind: str
    config: Mapping[str, object]
    arrays: Mapping[str, Floats] = field(default_factory=dict)
    files: tuple[str, ...] = ()
