"""Writing a student to a folder: manifest.json, weights.safetensors and the features' own files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from safetensors.numpy import save_file

from mollia.arrays import Classes
from mollia.errors import DataError
from mollia.student.features import HeadFeatures
from mollia.student.softmax_head import Head

FORMAT = 1
MANIFEST, WEIGHTS = "manifest.json", "weights.safetensors"


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
        When the class names do not fit the student, or its encoder cannot be stored.
    """
    if len(classes) != len(student.classes_):
        raise DataError(
            f"The student has {len(student.classes_)} classes, but {len(classes)} names were given."
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)  # it comes last: a half-written student is not a student
    stored = student.features_.save(folder)
    arrays = {f"features.{name}": values for name, values in stored.arrays.items()}
    arrays["head.coef"] = student.head_.coef.astype(np.float32)
    arrays["head.intercept"] = student.head_.intercept.astype(np.float32)
    # safetensors writes memory as it lies: a transposed matrix would come back scrambled.
    save_file({name: np.ascontiguousarray(values) for name, values in arrays.items()}, folder / WEIGHTS)
    manifest = {
        "format": FORMAT,
        "classes": list(classes),
        "features": {"kind": stored.kind, "config": stored.config},
        "sha256": {name: digest(folder / name) for name in (WEIGHTS, *stored.files)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
    return folder


def digest(path: Path) -> str:
    """Return a file's sha256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
