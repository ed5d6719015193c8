"""Reading a student back from its folder, without pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from safetensors.numpy import load_file

from mollia.arrays import Floats, Probs
from mollia.errors import DataError, MissingExtra, StoreError, first_line
from mollia.invocation import pip_install
from mollia.registry import find
from mollia.student.export import FORMAT, MANIFEST, VERSION, WEIGHTS, digest
from mollia.student.features import HeadFeatures
from mollia.student.softmax_head import Head
from mollia.whole_files import as_path

REPLACED = 3  # times that a student may be replaced while it is read


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedStudent:
    """A student that predicts; columns are `classes` in their order."""

    classes: tuple[str, ...]
    features: HeadFeatures
    head: Head

    def predict_proba(self, texts: Sequence[str] | Floats) -> Probs:
        """Return class probabilities (n, K) of texts, of images by their paths, or of vectors (n, d)."""
        return self.head.predict_proba(self.features.transform(cast("Sequence[str]", texts)))

    def predict(self, texts: Sequence[str] | Floats) -> list[str]:
        """Return the most probable class name of each row."""
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
    folder = as_path(folder, "folder")
    for _ in range(REPLACED):
        text = _text(folder)
        try:
            return _loaded(folder, text)
        except StoreError:
            if _text(folder) == text:  # otherwise a run has replaced the student meanwhile
                raise
    return _loaded(folder, _text(folder))


def _text(folder: Path) -> bytes:
    path = folder / MANIFEST
    try:
        if path.is_file():
            return path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"The student in {folder} cannot be read: {MANIFEST}: {error.strerror}.",
            hint="Allow reading all files of that folder.",
        ) from None
    raise DataError(
        f"{folder} holds no student: it has no {MANIFEST}.",
        hint="A run writes its student to the folder `student` of its output.",
    )


def _loaded(folder: Path, text: bytes) -> LoadedStudent:
    manifest = _manifest(folder, text)
    place = folder / manifest["version"] if manifest["format"] > 1 else folder
    try:
        _check_files(folder, place, manifest["sha256"])
        return _assembled(place, manifest)
    except (MissingExtra, StoreError):
        raise
    except OSError as error:
        raise StoreError(
            f"The student in {folder} cannot be read: {error.strerror or first_line(error)}.", hint=_again()
        ) from error
    except Exception as error:  # each kind of features reads files of its own, by its own library
        raise StoreError(
            f"The student in {folder} is damaged: {first_line(error)}.", hint=_again()
        ) from error


def _check_files(folder: Path, place: Path, digests: Mapping[str, str]) -> None:
    for name, expected in digests.items():
        path = place / Path(name).name  # a name in a manifest never leads out of the folder
        if not path.is_file():
            raise StoreError(f"The student in {folder} is incomplete: {name} is missing.", hint=_again())
        if digest(path) != expected:
            raise StoreError(f"The student in {folder} is damaged: {name} has changed.", hint=_again())


def _again() -> str:
    return "Run its task again, which writes it again, or copy the folder again from where it came."


def _manifest(folder: Path, text: bytes) -> dict[str, Any]:
    """Return the manifest, checked as far as its files."""
    try:
        manifest = json.loads(text.decode("utf-8"))
        version, files, place = manifest["format"], manifest["sha256"], manifest.get("version", "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        version, files, place = None, {}, ""
    if not isinstance(version, int):
        raise StoreError(f"The student in {folder} is damaged: {MANIFEST} is unreadable.", hint=_again())
    if version not in {1, FORMAT}:
        raise StoreError(
            f"The student in {folder} has format {version}; this mollia reads formats up to {FORMAT}.",
            hint=f"Update mollia: {pip_install('--upgrade', 'mollia')}",
        )
    if version > 1 and not (isinstance(place, str) and VERSION.fullmatch(place)):
        raise StoreError(f"The student in {folder} is damaged: {MANIFEST} names no version.", hint=_again())
    if not isinstance(files, Mapping) or WEIGHTS not in files:
        raise StoreError(f"The student in {folder} is damaged: {MANIFEST} names no {WEIGHTS}.", hint=_again())
    return dict(manifest)


def _assembled(folder: Path, manifest: dict[str, Any]) -> LoadedStudent:
    arrays = {name: np.asarray(values, np.float64) for name, values in load_file(folder / WEIGHTS).items()}
    for name, values in arrays.items():
        if not np.isfinite(values).all():
            raise ValueError(f"{WEIGHTS} holds numbers that are not finite ({name})")
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
