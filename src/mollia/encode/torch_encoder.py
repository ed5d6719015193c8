"""Sentence vectors from a sentence-transformers model, on a GPU where there is one."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator

from mollia.arrays import Floats, Matrix
from mollia.encode.frozen_model import FrozenModel
from mollia.errors import DataError, first_line
from mollia.loading_bars import no_loading_bars
from mollia.optional import require
from mollia.parameters import FLAG, NONE, TEXT, Constraints, check_parameters, whole
from mollia.stored import Stored

KIND = "torch"  # its name in the registry
DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
PACKED = "encoder.zip"  # in a stored student: the model's folder
BATCH = 32
PURPOSE = "The torch encoder"


class TorchEncoder(FrozenModel, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A sentence-transformers model, frozen: `fit` learns nothing, a head reads its vectors as they are.

    Parameters
    ----------
    model : str
        A folder that sentence-transformers or transformers wrote, or a hub repository's name.
    max_tokens : int, optional
        A text is cut here; the model's own length by default.
    normalise : bool
        Give each vector the length 1.

    Attributes
    ----------
    name, dim : str, int
        `torch-` and a hash of weights, vocabulary, cut and normalisation; the width d.

    Examples
    --------
    With `model` the path of a folder:

    >>> from mollia.encode.torch_encoder import TorchEncoder
    >>> vectors = TorchEncoder(model).encode(["one text", "another"])
    >>> vectors.dtype, len(vectors)
    (dtype('float32'), 2)
    """

    uses_card: ClassVar[bool] = True  # a graphics card, where it finds one
    _parameter_constraints: ClassVar[Constraints] = {
        "model": TEXT,
        "max_tokens": whole(1) | NONE,
        "normalise": FLAG,
    }

    def __init__(
        self, model: str = DEFAULT_MODEL, *, max_tokens: int | None = None, normalise: bool = True
    ) -> None:
        self.model = model
        self.max_tokens = max_tokens
        self.normalise = normalise

    @cached_property
    def name(self) -> str:
        """`torch-` and a hash of the weights, the vocabulary, the cut and the normalisation."""
        torch = require("torch", extra="torch", purpose=PURPOSE)
        model = self._model
        digest = hashlib.sha256(f"{model} {model.max_seq_length} {self.normalise}".encode())
        digest.update(json.dumps(model.tokenizer.get_vocab(), sort_keys=True).encode())
        for name, weights in model.state_dict().items():
            digest.update(name.encode())
            digest.update(weights.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
        return f"torch-{digest.hexdigest()[:16]}"

    @property
    def module(self) -> Any:  # noqa: ANN401  # sentence-transformers is optional
        """The model itself."""
        return self._model

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return float32 rows (n, d).

        Raises
        ------
        MissingExtra
            Without sentence-transformers.
        DataError
            When the model cannot be loaded.
        """
        if not len(texts):
            return np.zeros((0, self.dim), np.float32)
        found = self._model.encode(
            list(texts),
            batch_size=BATCH,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=self.normalise,
        )
        vectors: Matrix = np.asarray(found, np.float32)
        return vectors

    def save(self, folder: Path, /) -> Stored:
        """Write the model to `folder` as one archive, so that the student needs no other file."""
        with (
            tempfile.TemporaryDirectory() as whole,
            zipfile.ZipFile(folder / PACKED, "w", zipfile.ZIP_STORED) as archive,
        ):
            with no_loading_bars(PURPOSE):
                self._model.save(whole, create_model_card=False)
            for path in sorted(Path(whole).rglob("*")):
                archive.write(path, path.relative_to(whole))
        config = {"max_tokens": self.max_tokens, "normalise": self.normalise}
        return Stored(kind=KIND, config=config, files=(PACKED,))

    @classmethod
    def load(cls, folder: Path, config: Mapping[str, Any], arrays: Mapping[str, Floats], /) -> Self:  # noqa: ARG003  # the protocol's signature
        """Rebuild a stored encoder."""
        with tempfile.TemporaryDirectory() as whole:
            with zipfile.ZipFile(folder / PACKED) as archive:
                archive.extractall(whole)
            new = cls(whole, **config)
            new._model  # noqa: B018  # loaded while the files are there
        return new

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401  # sentence-transformers is optional
        check_parameters(self)
        library = require("sentence_transformers", extra="torch", purpose=PURPOSE)
        try:
            with no_loading_bars(PURPOSE):
                model = library.SentenceTransformer(self.model)
        except Exception as error:  # network, name and file errors come as many classes
            raise DataError(
                f"The model {self.model} cannot be loaded: {first_line(error)}",
                hint="Give a folder that sentence-transformers wrote, or a hub repository's name and a "
                "connection.",
            ) from error
        if self.max_tokens is not None:
            model.max_seq_length = min(self.max_tokens, model.max_seq_length or self.max_tokens)
        return model
