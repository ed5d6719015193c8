"""The fine-tuned student's encoder: frozen lower layers, upper layers that learn, stored as ONNX."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from mollia.arrays import Floats
from mollia.errors import DataError
from mollia.optional import require
from mollia.progress import Progress, quiet
from mollia.stored import Stored
from mollia.student.start_weights import BATCH, TOKENIZER, USE_BERT, StartWeights, blocked_scores, through

MODEL = "encoder.onnx"  # its name in a stored student
OPSET = 18
LABELLING = "what it says of texts"


class Transformer:
    """Mean-pooled text vectors of an encoder that starts from `start` and learns in its upper layers.

    Raises
    ------
    DataError
        When the halves, run one after the other, do not give what the whole encoder gives.
    """

    def __init__(self, start: StartWeights) -> None:
        self.start = start
        self.model = start.new_model()
        self.device = start.device
        self.top = list(self.model.encoder.layer[start.n_frozen :])
        self.width = int(self.model.config.hidden_size)
        self._check_cut()

    def fit(self, texts: Sequence[str], /) -> Self:  # noqa: ARG002  # the protocol's signature
        """Return itself: `finetune` trains it."""
        return self

    def training(self, *, on: bool) -> None:
        """Let the upper layers drop out, or not; the lower ones never do."""
        for layer in self.top:
            layer.train(on)

    def trained_parameters(self) -> list[Any]:
        """Return the upper layers' parameters."""
        return [parameter for layer in self.top for parameter in layer.parameters()]

    def upper(self, states: Sequence[Any]) -> Any:  # noqa: ANN401  # a tensor (b, d)
        """Return the mean over tokens (b, d) of the upper layers' outputs, from the lower layers' states."""
        torch = _torch()
        hidden = torch.nn.utils.rnn.pad_sequence(list(states), batch_first=True)
        blocked = blocked_scores([len(each) for each in states], self.device)
        hidden = through(self.model.encoder, self.top, hidden, blocked).float()
        seen = (blocked[:, 0, 0, :] == 0).to(hidden.dtype)[:, :, None]
        return (hidden * seen).sum(1) / seen.sum(1)

    def transform(self, texts: Sequence[str], /, *, progress: Progress = quiet) -> Floats:
        """Return text vectors (n, d)."""
        torch = _torch()
        out = np.zeros((len(texts), self.width))
        states = self.start.states(texts, progress)
        order = np.argsort([len(each) for each in states], kind="stable")
        with torch.no_grad():
            for at in range(0, len(order), BATCH):
                rows = order[at : at + BATCH]
                out[rows] = self.upper([states[row] for row in rows]).cpu().numpy()
                progress(LABELLING, min(at + BATCH, len(order)), len(order))
        return out

    def save(self, folder: Path, /) -> Stored:
        """Write the encoder as ONNX (opset 18) and its tokenizer; `onnx_encoder` reads them."""
        write_hidden(self.model.to("cpu"), folder / MODEL)
        self.model.to(self.device)
        tokenizer = self.start.tokenizer
        tokenizer.save(str(folder / TOKENIZER))
        config = {"max_tokens": tokenizer.truncation["max_length"], "normalise": False}
        return Stored(kind="onnx", config=config, files=(MODEL, TOKENIZER))

    def _check_cut(self) -> None:
        torch = _torch()
        text = "a text of a few words"
        ids = torch.tensor([self.start.tokenizer.encode(text).ids], device=self.device)
        with torch.no_grad():
            whole = self.model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.mean(1)
        if not np.allclose(self.transform([text]), whole.cpu().numpy(), atol=1e-4):
            raise DataError(
                f"{self.model.config.name_or_path} cannot be cut into frozen and learning layers: "
                "its halves do not add up.",
                hint=USE_BERT,
            )


def write_hidden(model: Any, path: Path) -> None:  # noqa: ANN401  # torch is optional
    """Write a transformer on the CPU as ONNX: from token ids and mask to its last hidden states.

    Raises
    ------
    MissingExtra
        Without the exporter's library.
    """
    require("onnxscript", extra="torch", purpose="Writing a transformer as ONNX")
    torch = _torch()
    tokens = torch.tensor([[101, 2054, 102], [101, 102, 0]])
    mask = torch.tensor([[1, 1, 1], [1, 1, 0]])
    dims = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens", max=512)}
    chatty = logging.getLogger("torch.onnx._internal.exporter._registration")
    chatty.setLevel(logging.ERROR)  # it tells of every library that is not installed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        torch.onnx.export(
            _whole(torch, model),
            (tokens, mask),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["last_hidden_state"],
            dynamic_shapes=(dims, dims),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def _whole(torch: Any, model: Any) -> Any:  # noqa: ANN401  # a module
    """Return the model as a module from token ids and mask to the last hidden states, for the export."""

    class Whole(torch.nn.Module):  # type: ignore[misc]  # torch is optional
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:  # noqa: ANN401  # tensors
            return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    return Whole().eval()


def _torch() -> Any:  # noqa: ANN401  # an optional module
    return require("torch", extra="torch", purpose="Fine-tuning a student")
