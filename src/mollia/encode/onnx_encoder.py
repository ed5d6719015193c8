"""Sentence vectors from an ONNX file."""

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
from mollia.encode.frozen_model import FrozenModel
from mollia.encode.onnx_session import open_session
from mollia.errors import DataError, first_line
from mollia.optional import require
from mollia.parameters import FLAG, NONE, TEXT, Constraints, check_parameters, whole
from mollia.stored import Stored

KIND = "onnx"  # its name in the registry
DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
IN_REPOSITORY = {"model": "onnx/model.onnx", "tokenizer": "tokenizer.json"}
MODEL, TOKENIZER = "encoder.onnx", "tokenizer.json"  # names in a stored student
BATCH = 32


class OnnxEncoder(FrozenModel, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """The mean of a transformer's last hidden states over a text's tokens.

    It is a frozen encoder: `fit` learns nothing. A student's head reads its vectors as they are.

    Parameters
    ----------
    model : str
        An .onnx file with inputs `input_ids` and `attention_mask`, or the name of a hub repository
        that holds `onnx/model.onnx` and `tokenizer.json`.
    tokenizer : str, optional
        The tokenizer.json; beside the model by default.
    max_tokens : int
        A text is cut here.
    threads : int
        CPU threads; 0 uses them all, or as many as OMP_NUM_THREADS says (a Ray cluster sets it for what it runs).
    normalise : bool
        Give each vector the length 1.

    Attributes
    ----------
    name, dim : str, int
        `onnx-` and a hash of model, tokenizer and cut; the width d.

    Examples
    --------
    With the paths of an .onnx file and a tokenizer.json:

    >>> from mollia.encode.onnx_encoder import OnnxEncoder
    >>> vectors = OnnxEncoder(model, tokenizer=tokenizer).encode(["one text", "another"])
    >>> vectors.dtype, len(vectors)
    (dtype('float32'), 2)
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "model": TEXT,
        "tokenizer": TEXT | NONE,
        "max_tokens": whole(1),
        "threads": whole(0),
        "normalise": FLAG,
    }

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        tokenizer: str | None = None,
        max_tokens: int = 128,
        threads: int = 0,
        normalise: bool = True,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens
        self.threads = threads
        self.normalise = normalise

    @cached_property
    def name(self) -> str:
        """`onnx-` and a hash of the model, the tokenizer and the cut."""
        digest = hashlib.sha256(f"{self.max_tokens} {self.normalise}".encode())
        for path in self._files:
            digest.update(path.read_bytes())
        return f"onnx-{digest.hexdigest()[:16]}"

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return float32 rows (n, d) in the texts' order.

        Raises
        ------
        MissingExtra
            Without onnxruntime or tokenizers.
        DataError
            When model or tokenizer cannot be read.
        """
        if not len(texts):
            return np.zeros((0, self.dim), np.float32)
        encodings = self._tokenizer.encode_batch(list(texts))
        ids = [encoding.ids for encoding in encodings]
        order = np.argsort([len(each) for each in ids], kind="stable")  # little padding
        vectors: Matrix = np.zeros((0, 0), np.float32)
        for at in range(0, len(order), BATCH):
            rows = order[at : at + BATCH]
            pooled = self._pooled([ids[row] for row in rows])
            if not len(vectors):
                vectors = np.zeros((len(ids), pooled.shape[1]), np.float32)
            vectors[rows] = pooled
        return vectors

    def save(self, folder: Path, /) -> Stored:
        """Copy model and tokenizer to `folder`, so that the student needs nothing else."""
        for source, name in zip(self._files, (MODEL, TOKENIZER), strict=True):
            shutil.copyfile(source, folder / name)
        return Stored(
            kind=KIND,
            config={"max_tokens": self.max_tokens, "normalise": self.normalise},
            files=(MODEL, TOKENIZER),
        )

    @classmethod
    def load(cls, folder: Path, config: Mapping[str, Any], arrays: Mapping[str, Floats], /) -> Self:  # noqa: ARG003  # the protocol's signature
        """Rebuild a stored encoder."""
        return cls(str(folder / MODEL), tokenizer=str(folder / TOKENIZER), **config)

    @cached_property
    def _files(self) -> tuple[Path, Path]:
        """The model and the tokenizer, from the hub where no such file is here."""
        check_parameters(self)
        if self.model.endswith(".onnx"):
            model = Path(self.model)
            tokenizer = Path(self.tokenizer) if self.tokenizer else model.with_name("tokenizer.json")
        else:
            hub = require("huggingface_hub", extra="onnx", purpose=f"Loading {self.model} from the hub")
            model, tokenizer = (
                Path(_from_hub(hub, self.model, IN_REPOSITORY[part])) for part in ("model", "tokenizer")
            )
        for path, what in ((model, "model"), (tokenizer, "tokenizer")):
            if not path.is_file():
                raise DataError(
                    f"The encoder's {what} {path} does not exist.",
                    hint="Give an .onnx file and its tokenizer.json, or a hub repository's name.",
                )
        return model, tokenizer

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401  # tokenizers is optional
        module = require("tokenizers", extra="onnx", purpose="The onnx encoder")
        try:
            tokenizer = module.Tokenizer.from_file(str(self._files[1]))
        except Exception as error:  # the library raises a bare Exception
            raise DataError(f"{self._files[1]} is not a tokenizer.json: {error}.") from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.max_tokens)
        return tokenizer

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401  # onnxruntime is optional and ships no types
        return open_session(self._files[0], threads=self.threads, purpose="The onnx encoder")

    def _pooled(self, ids: list[list[int]]) -> Matrix:
        """Return the mean hidden states (b, d) of token lists."""
        width = max(map(len, ids))
        tokens = np.zeros((len(ids), width), np.int64)
        mask = np.zeros((len(ids), width), np.int64)
        for row, each in enumerate(ids):
            tokens[row, : len(each)] = each
            mask[row, : len(each)] = 1
        feeds = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        wanted = {each.name for each in self._session.get_inputs()}
        hidden = self._session.run(None, {k: v for k, v in feeds.items() if k in wanted})[0]  # (b, t, d)
        mean = (hidden * mask[:, :, None]).sum(1) / np.maximum(mask.sum(1), 1)[:, None]
        if self.normalise:
            mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)
        pooled: Matrix = mean.astype(np.float32)
        return pooled


def _from_hub(hub: Any, repository: str, file: str) -> str:  # noqa: ANN401  # an optional module
    try:
        return str(hub.hf_hub_download(repository, file))
    except Exception as error:  # network, name and disk errors come as many classes
        raise DataError(
            f"{file} of {repository} cannot be loaded from the hub: {first_line(error)}",
            hint="Check the name and the connection, or give the path of an .onnx file.",
        ) from error
