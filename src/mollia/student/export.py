"""Writing a student to a folder: manifest.json, and a folder with weights.safetensors and the features' own files.

The manifest names that folder. A new student is written beside the old one and is there once the manifest is
replaced, which is one step: at every moment the folder holds a valid student, the old or the new one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from safetensors.numpy import save as serialised

from mollia.arrays import Classes
from mollia.errors import DataError
from mollia.leftovers import remove, unfinished_beside
from mollia.student.features import HeadFeatures
from mollia.student.softmax_head import Head
from mollia.whole_files import replacing, settle

FORMAT = 2  # format 1 had all files beside the manifest
MANIFEST, WEIGHTS = "manifest.json", "weights.safetensors"
VERSION = re.compile("[0-9a-f]{16}")


class Trained(Protocol):
    """A fitted student: features of its own and a softmax head on them."""

    classes_: Classes
    features_: HeadFeatures
    head_: Head


def save(student: Trained, folder: str | Path, classes: Sequence[str]) -> Path:
    """Write a fitted student and its class names; `mollia.load_student` reads it without pickle.

    Only the head's weights and what turns a text into features are written, no training text
    beyond the grams of the vocabulary.

    Raises
    ------
    DataError
        When the class names do not fit the student, its encoder cannot be stored, or the place cannot be written to.
    """
    if len(classes) != len(student.classes_):
        raise DataError(
            f"The student has {len(student.classes_)} classes, but {len(classes)} names were given."
        )
    folder = Path(folder)
    before = _files_before(folder)
    with replacing(folder / MANIFEST) as unfinished:  # makes the folder, and comes last into its place
        version = _write_version(student, folder)
        manifest = {"format": FORMAT, "classes": list(classes), **version}
        unfinished.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
    for path in folder.iterdir():
        if path.name != version["version"] and (path.name in before or VERSION.fullmatch(path.name)):
            remove(path)
    return folder


def _write_version(student: Trained, folder: Path) -> dict[str, object]:
    """Write weights and features to a folder of their own, and return what the manifest says of it.

    It lies in `folder` beside those of the student that is there now, and is called by its content.
    """
    with unfinished_beside(folder / MANIFEST) as beside:
        beside.mkdir()
        stored = student.features_.save(beside)
        arrays = {f"features.{name}": values for name, values in stored.arrays.items()}
        arrays["head.coef"] = student.head_.coef.astype(np.float32)
        arrays["head.intercept"] = student.head_.intercept.astype(np.float32)
        # safetensors writes memory as it lies: a transposed matrix would come back scrambled.
        flat = {name: np.ascontiguousarray(values) for name, values in arrays.items()}
        (beside / WEIGHTS).write_bytes(serialised(flat))
        digests = {name: digest(beside / name) for name in (WEIGHTS, *stored.files)}
        version = hashlib.sha256(json.dumps(digests).encode()).hexdigest()[:16]
        place = folder / version
        if place.exists() and not is_whole(place, digests):
            remove(place)
        if not place.exists():
            settle(beside, place)
    return {
        "version": version,
        "features": {"kind": stored.kind, "config": stored.config},
        "sha256": digests,
    }


def _files_before(folder: Path) -> set[str]:
    """Return the files of a student of format 1, which lie beside its manifest."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        return {Path(name).name for name in manifest["sha256"]} if manifest["format"] == 1 else set()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set()


def is_whole(folder: Path, digests: Mapping[str, str]) -> bool:
    """Tell whether a folder holds all files of a version as they were written."""
    return all((folder / name).is_file() and digest(folder / name) == has for name, has in digests.items())


def digest(path: Path) -> str:
    """Return a file's sha256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
