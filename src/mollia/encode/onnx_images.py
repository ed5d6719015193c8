"""Vectors of images from an ONNX model with its preprocessing: EfficientNet, ViT, CLIP's vision part, DINOv2."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator

from mollia.arrays import Floats, Matrix
from mollia.content import content_bytes
from mollia.encode.frozen_model import FrozenModel
from mollia.encode.image_preparation import FILE, Preparation, read_preparation
from mollia.encode.onnx_session import open_session
from mollia.errors import DataError, first_line
from mollia.parameters import NONE, TEXT, Constraints, check_parameters, whole
from mollia.stored import Stored

KIND = "onnx_image"  # its name in the registry
PURPOSE = "The encoder onnx_image"
IN_FOLDER = ("vision_model.onnx", "model.onnx")  # in this order, in the folder or in its folder onnx
WANTED = ("image_embeds", "pooler_output")  # outputs that are taken before the first one
TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
RANK, COLOURS = 4, 3  # of the input: rows, colours, height, width
BATCH = 16


class OnnxImages(FrozenModel, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """An image model's output, as vectors of length 1 (protocol Encoder); a row is a reference (`mollia.content`) or a path.

    It is a frozen encoder: `fit` learns nothing. The output `image_embeds` or `pooler_output` is taken where the model has
    one, else its first; of a map (n, d, h, w) or of tokens (n, t, d) the mean. A row without an image has zeros.

    Parameters
    ----------
    model : str
        An .onnx file, or a folder that holds one (`model.onnx` or `vision_model.onnx`, or in its folder `onnx`), with
        `preprocessor_config.json` beside the file or in the folder (`encode.image_preparation`).
    threads : int
        CPU threads; 0 uses them all.

    Attributes
    ----------
    name, dim : str, int
        `onnx_image-` and a hash of model and preprocessing; the width d.

    Examples
    --------
    With the path of a folder:

    >>> from mollia.encode.onnx_images import OnnxImages
    >>> vectors = OnnxImages(image_model).encode([picture, ""])
    >>> vectors.dtype, len(vectors)
    (dtype('float32'), 2)
    """

    _parameter_constraints: ClassVar[Constraints] = {"model": TEXT | NONE, "threads": whole(0)}
    reads = "image"

    def __init__(self, model: str | None = None, *, threads: int = 0) -> None:
        self.model = model
        self.threads = threads

    @cached_property
    def name(self) -> str:
        """`onnx_image-` and a hash of the model and its preprocessing."""
        digest = hashlib.sha256(repr(self._preparation).encode())
        for path in _parts(self._files[0]):
            digest.update(path.read_bytes())
        return f"{KIND}-{digest.hexdigest()[:16]}"

    @cached_property
    def dim(self) -> int:
        """The model's width d."""
        return int(self._vectors(np.zeros((1, *self._preparation.shape, COLOURS))).shape[1])

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return float32 rows (n, d) in the references' order; zeros for a row without an image.

        Raises
        ------
        MissingExtra
            Without onnxruntime or Pillow.
        DataError
            When the model, its preprocessing or an image cannot be read.
        """
        out: Matrix = np.zeros((len(texts), self.dim), np.float32)
        rows = [row for row, reference in enumerate(texts) if reference.strip()]
        for at in range(0, len(rows), BATCH):
            few = rows[at : at + BATCH]
            out[few] = self._vectors(
                np.stack([self._preparation.of(content_bytes(texts[row])) for row in few])
            )
        return out

    def save(self, folder: Path, /) -> Stored:
        """Copy the model and its preprocessing to `folder`, so that the student needs nothing else."""
        model, preparation = self._files
        names = []
        for source in (*_parts(model), preparation):
            name = FILE if source == preparation else source.name
            shutil.copyfile(source, folder / name)
            names.append(name)
        return Stored(kind=KIND, config={"model": model.name}, files=tuple(names))

    @classmethod
    def load(cls, folder: Path, config: Mapping[str, Any], arrays: Mapping[str, Floats], /) -> Self:  # noqa: ARG003  # the protocol's signature
        """Rebuild a stored encoder."""
        return cls(str(folder / Path(config["model"]).name))

    @cached_property
    def _files(self) -> tuple[Path, Path]:
        """The model and its preprocessing."""
        check_parameters(self)
        if self.model is None:
            raise DataError(
                f'The encoder "{KIND}" needs an image model, and none is built in.',
                hint=f'Name a folder or an .onnx file after a colon: encoder = "{KIND}:models/clip".',
            )
        given = Path(self.model)
        found = (
            [given]
            if given.suffix == ".onnx"
            else [given / part / name for part in ("", "onnx") for name in IN_FOLDER]
        )
        model = next((path for path in found if path.is_file()), None)
        if model is None:
            raise DataError(
                f"There is no image model {given}{'' if given.suffix == '.onnx' else ' with ' + ' or '.join(IN_FOLDER)}.",
                hint=f"Give an .onnx file or a folder with one, and {FILE} beside it.",
            )
        beside = (
            model.with_name(FILE),
            model.parent.parent / FILE if model.parent.name == "onnx" else model.with_name(FILE),
        )
        return model, next((path for path in beside if path.is_file()), beside[0])

    @cached_property
    def _preparation(self) -> Preparation:
        return read_preparation(self._files[1])

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401  # onnxruntime is optional and ships no types
        return open_session(self._files[0], threads=self.threads, purpose=PURPOSE)

    @cached_property
    def _input(self) -> Any:  # noqa: ANN401  # the same
        """The one input, checked: pixels of the size that images get."""
        given = self._session.get_inputs()
        pixels = [each for each in given if len(each.shape) == RANK and each.type in TYPES]
        if len(given) != 1 or not pixels:
            named = ", ".join(f"{each.name} {each.type}" for each in given)
            raise DataError(
                f"{self._files[0]} takes {named}; an image model takes one input of four axes in floats.",
                hint="Of a model of texts and images, export the part that reads images (vision_model.onnx).",
            )
        (only,) = pixels
        height, width = only.shape[1:3] if _colours_last(only.shape) else only.shape[2:]
        for model_s, ours in zip((height, width), self._preparation.shape, strict=True):
            if isinstance(model_s, int) and model_s != ours:
                raise DataError(
                    f"{self._files[0]} reads images of {width} x {height} pixels, and {FILE} makes them "
                    f"{' x '.join(map(str, self._preparation.shape[::-1]))}.",
                    hint=f"Mend size or crop_size in {self._files[1]}.",
                )
        return only

    def _vectors(self, pixels: Floats) -> Matrix:
        """Return the vectors (b, d) of prepared images (b, height, width, 3)."""
        given = self._input
        last = _colours_last(given.shape)
        rows = (pixels if last else pixels.transpose(0, 3, 1, 2)).astype(TYPES[given.type])
        outputs = [each.name for each in self._session.get_outputs()]
        name = next((each for each in WANTED if each in outputs), outputs[0])
        step = given.shape[0] if isinstance(given.shape[0], int) else len(rows)
        try:
            parts = [
                np.atleast_1d(self._session.run([name], {given.name: _filled(rows[at : at + step], step)})[0])
                for at in range(0, len(rows), step)
            ]
        except Exception as error:  # onnxruntime has a dozen unrelated exception classes
            raise DataError(f"{self._files[0]} cannot read images: {first_line(error)}") from error
        found = np.asarray(np.concatenate(parts)[: len(rows)], np.float64)
        if found.ndim == RANK:
            found = found.mean((1, 2)) if last else found.mean((2, 3))
        elif found.ndim == RANK - 1:
            found = found.mean(1)
        if found.ndim != 2 or not np.isfinite(found).all():  # noqa: PLR2004  # (b, d)
            raise DataError(
                f"{self._files[0]} gives no vectors of finite numbers: its output {name} is {found.shape}."
            )
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
        vectors: Matrix = found.astype(np.float32)
        return vectors


def _colours_last(shape: Sequence[object]) -> bool:
    return shape[3] == COLOURS and shape[1] != COLOURS


def _filled(rows: Floats, step: int) -> Floats:
    """Return rows for a model of a fixed number of them, with zeros behind the last."""
    lacking = step - len(rows)
    return np.concatenate([rows, np.zeros((lacking, *rows.shape[1:]), rows.dtype)]) if lacking else rows


def _parts(model: Path) -> list[Path]:
    """Return a model's file, and those beside it that hold its weights where they are not in it."""
    return sorted(path for path in model.parent.iterdir() if path.name.startswith(model.name))
