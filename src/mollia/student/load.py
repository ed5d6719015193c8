"""Reading a student back from its folder, without pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from mollia.arrays import Floats, Probs
from mollia.errors import DataError, StoreError, TaskError
from mollia.invocation import pip_install
from mollia.registry import find
from mollia.student.export import FORMAT, MANIFEST, WEIGHTS, digest
from mollia.student.features import HeadFeatures
from mollia.student.softmax_head import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedStudent:
    """A student that predicts; columns are `classes` in their order."""

    classes: tuple[str, ...]
    features: HeadFeatures
    head: Head

    def predict_proba(self, texts: Sequence[str]) -> Probs:
        """Return class probabilities (n, K)."""
        return self.head.predict_proba(self.features.transform(texts))

    def predict(self, texts: Sequence[str]) -> list[str]:
        """Return the most probable class name of each text."""
        return [self.classes[k] for k in self.predict_proba(texts).argmax(1)]


def load_student(folder: str | Path) -> LoadedStudent:
    """Read what `export.save` wrote; it predicts as the trained student does.

    Raises
    ------
    DataError
        When the folder holds no student.
    StoreError
        When the student is damaged or was written by a newer mollia.
    """
    folder = Path(folder)
    manifest = _manifest(folder)
    for name, expected in manifest["sha256"].items():
        path = folder / Path(name).name  # a name in a manifest never leads out of the folder
        if not path.is_file():
            raise StoreError(f"The student in {folder} is incomplete: {name} is missing.", hint=_again())
        if digest(path) != expected:
            raise StoreError(f"The student in {folder} is damaged: {name} has changed.", hint=_again())
    try:
        return _assembled(folder, manifest)
    except (KeyError, ValueError, TypeError, TaskError, SafetensorError) as error:
        raise StoreError(f"The student in {folder} is damaged: {error}.", hint=_again()) from error


def _again() -> str:
    return "Run its task again, which writes it again, or copy the folder again from where it came."


def _manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest, checked as far as its files."""
    path = folder / MANIFEST
    if not path.is_file():
        raise DataError(
            f"{folder} holds no student: it has no {MANIFEST}.",
            hint="A run writes its student to the folder `student` of its output.",
        )
    try:
        manifest = json.loads(path.read_text("utf-8"))
        version, files = manifest["format"], manifest["sha256"]
    except (UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"The student in {folder} is damaged: {MANIFEST} is unreadable.", hint=_again()
        ) from error
    if version != FORMAT:
        raise StoreError(
            f"The student in {folder} has format {version}; this mollia reads format {FORMAT}.",
            hint=f"Update mollia: {pip_install('--upgrade', 'mollia')}",
        )
    if not isinstance(files, Mapping) or WEIGHTS not in files:
        raise StoreError(f"The student in {folder} is damaged: {MANIFEST} names no {WEIGHTS}.", hint=_again())
    return dict(manifest)


def _assembled(folder: Path, manifest: dict[str, Any]) -> LoadedStudent:
    arrays = {name: np.asarray(values, np.float64) for name, values in load_file(folder / WEIGHTS).items()}
    kind = find("features", manifest["features"]["kind"])
    own: dict[str, Floats] = {
        name.removeprefix("features."): values
        for name, values in arrays.items()
        if name.startswith("features.")
    }
    features = kind.load(folder, manifest["features"]["config"], own)
    head = Head(coef=arrays["head.coef"], intercept=arrays["head.intercept"])
    classes = tuple(str(name) for name in manifest["classes"])
    probs = head.predict_proba(features.transform([""]))
    if probs.shape != (1, len(classes)):
        raise ValueError(f"weights for {probs.shape[1]} classes, names for {len(classes)}")
    return LoadedStudent(classes=classes, features=features, head=head)
