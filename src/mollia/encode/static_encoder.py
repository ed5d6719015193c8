"""Static sentence vectors (model2vec): the mean of token vectors, thousands of texts a second without a GPU."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator

from mollia.arrays import Floats, Matrix
from mollia.encode.frozen_model import FrozenModel
from mollia.errors import DataError, first_line
from mollia.optional import require
from mollia.parameters import FLAG, TEXT, Constraints, check_parameters
from mollia.stored import Stored

KIND = "static"  # its name in the registry
DEFAULT_MODEL = "minishlab/potion-base-8M"
FILES = ("model.safetensors", "tokenizer.json", "config.json")  # in a stored student


class StaticEncoder(FrozenModel, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A model2vec model, frozen: `fit` learns nothing, a student's head reads its vectors as they are.

    Parameters
    ----------
    model : str
        A folder with config.json, model.safetensors and tokenizer.json, or a hub repository's name.
    normalise : bool
        Give each vector the length 1, whatever the model's own setting is; a text without a known token
        stays a row of zeros.

    Attributes
    ----------
    name, dim : str, int
        `static-` and a hash of vectors, tokenizer and normalisation; the width d.

    Examples
    --------
    With `model` the path of a folder:

    >>> from mollia.encode.static_encoder import StaticEncoder
    >>> vectors = StaticEncoder(model).encode(["one text", "another"])
    >>> vectors.dtype, len(vectors)
    (dtype('float32'), 2)
    """

    _parameter_constraints: ClassVar[Constraints] = {"model": TEXT, "normalise": FLAG}

    def __init__(self, model: str = DEFAULT_MODEL, *, normalise: bool = True) -> None:
        self.model = model
        self.normalise = normalise

    @cached_property
    def name(self) -> str:
        """`static-` and a hash of the vectors, the tokenizer and the normalisation."""
        digest = hashlib.sha256(f"{self.normalise} {self._model.max_length}".encode())
        digest.update(self._model.tokenizer.to_str().encode())
        for part in (self._model.embedding, self._model.weights, self._model.token_mapping):
            digest.update(b"" if part is None else np.ascontiguousarray(part).tobytes())
        return f"static-{digest.hexdigest()[:16]}"

    @cached_property
    def dim(self) -> int:
        """The model's width d."""
        return int(self._model.dim)

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return float32 rows (n, d).

        Raises
        ------
        MissingExtra
            Without model2vec.
        DataError
            When the model cannot be loaded.
        """
        if not len(texts):
            return np.zeros((0, self.dim), np.float32)
        found = self._model.encode(list(texts), use_multiprocessing=False)
        vectors: Matrix = np.nan_to_num(np.asarray(found, np.float32)).reshape(len(texts), self.dim)
        if self.normalise:
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def save(self, folder: Path, /) -> Stored:
        """Write the model to `folder`, so that the student needs no other file."""
        with tempfile.TemporaryDirectory() as whole:
            self._model.save_pretrained(whole)
            for name in FILES:
                shutil.copyfile(Path(whole) / name, folder / name)
        return Stored(kind=KIND, config={"normalise": self.normalise}, files=FILES)

    @classmethod
    def load(cls, folder: Path, config: Mapping[str, Any], arrays: Mapping[str, Floats], /) -> Self:  # noqa: ARG003  # the protocol's signature
        """Rebuild a stored encoder."""
        return cls(str(folder), **config)

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401  # model2vec is optional
        check_parameters(self)
        library = require("model2vec", extra="static", purpose="The static encoder")
        try:
            return library.StaticModel.from_pretrained(self.model, force_download=False)
        except Exception as error:  # network, name and file errors come as many classes
            raise DataError(
                f"The static model {self.model} cannot be loaded: {first_line(error)}",
                hint="Give a folder that model2vec wrote, or a hub repository's name and a connection.",
            ) from error
