"""What a stored student keeps of its features; files of it in a folder."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

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


def unpacked(files: Mapping[str, bytes], *, prefix: str, owner: object) -> Path:
    """Write files, by their names, to a folder that goes when its `owner` does; return the folder."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return folder
