"""A Hugging Face encoder cut in two: lower layers that stay, upper layers that learn."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from mollia.arrays import Floats
from mollia.errors import DataError
from mollia.optional import require
from mollia.records import Stored

MODEL, TOKENIZER = "encoder.onnx", "tokenizer.json"  # names in a stored student
OPSET = 18
BATCH = 64
HIDDEN = -1e9  # added to the attention scores of padding


class Transformer:
    """Mean-pooled text vectors of a BERT-like encoder (its modules `embeddings` and `encoder.layer`)."""

    def __init__(self, model: Any, tokenizer: Any, *, n_frozen: int, device: Any) -> None:  # noqa: ANN401  # torch is optional
        self.model = model
        self.tokenizer = tokenizer
        self.device = device
        self.lower = list(model.encoder.layer[:n_frozen])
        self.top = list(model.encoder.layer[n_frozen:])
        self.width = int(model.config.hidden_size)
        self.training(on=False)

    def fit(self, texts: Sequence[str], /) -> Self:  # noqa: ARG002  # the protocol's signature
        """Return itself: `finetune` trains it."""
        return self

    def training(self, *, on: bool) -> None:
        """Let the upper layers drop out, or not; the lower ones never do."""
        self.model.eval()
        for layer in self.top:
            layer.train(on)

    def trained_parameters(self) -> list[Any]:
        """Return the upper layers' parameters."""
        return [parameter for layer in self.top for parameter in layer.parameters()]

    def lower_states(self, texts: Sequence[str]) -> list[Any]:
        """Return each text's states (t, d) after the frozen layers."""
        torch = _torch()
        ids = [each.ids for each in self.tokenizer.encode_batch(list(texts))]
        states: list[Any] = [None] * len(ids)
        order = np.argsort([len(each) for each in ids], kind="stable")
        with torch.no_grad():
            for at in range(0, len(order), BATCH):
                rows = order[at : at + BATCH].tolist()
                few = [torch.tensor(ids[row], device=self.device) for row in rows]
                tokens = torch.nn.utils.rnn.pad_sequence(few, batch_first=True)
                hidden = self.model.embeddings(tokens)
                blocked = _blocked(torch, [len(each) for each in few], tokens.shape[1], self.device)
                for layer in self.lower:
                    hidden = _first(layer(hidden, blocked))
                for row, state, each in zip(rows, hidden, few, strict=True):
                    states[row] = state[: len(each)].clone()
        return states

    def upper(self, states: Sequence[Any]) -> Any:  # noqa: ANN401  # a tensor (b, d)
        """Return the mean over tokens (b, d) of the upper layers' outputs."""
        torch = _torch()
        lengths = [len(each) for each in states]
        hidden = torch.nn.utils.rnn.pad_sequence(list(states), batch_first=True)
        blocked = _blocked(torch, lengths, hidden.shape[1], self.device)
        for layer in self.top:
            hidden = _first(layer(hidden, blocked))
        seen = (blocked[:, 0, 0, :] == 0).to(hidden.dtype)[:, :, None]
        return (hidden * seen).sum(1) / seen.sum(1)

    def transform(self, texts: Sequence[str], /) -> Floats:
        """Return text vectors (n, d)."""
        torch = _torch()
        out = np.zeros((len(texts), self.width))
        states = self.lower_states(texts)
        order = np.argsort([len(each) for each in states], kind="stable")
        with torch.no_grad():
            for at in range(0, len(order), BATCH):
                rows = order[at : at + BATCH]
                out[rows] = self.upper([states[row] for row in rows]).cpu().numpy()
        return out

    def save(self, folder: Path, /) -> Stored:
        """Write the encoder as ONNX (opset 18) and its tokenizer; `onnx_encoder` reads them."""
        require("onnxscript", extra="torch", purpose="Writing a fine-tuned student as ONNX")
        torch = _torch()
        tokens = torch.tensor([[101, 2054, 102], [101, 102, 0]])
        mask = torch.tensor([[1, 1, 1], [1, 1, 0]])
        names = ["input_ids", "attention_mask"]
        whole = _whole(torch, self.model.to("cpu"))
        dims = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens", max=512)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter's own deprecations
            torch.onnx.export(
                whole,
                (tokens, mask),
                str(folder / MODEL),
                input_names=names,
                output_names=["last_hidden_state"],
                dynamic_shapes=(dims, dims),
                opset_version=OPSET,
                dynamo=True,
                external_data=False,
                verbose=False,
            )
        self.model.to(self.device)
        self.tokenizer.save(str(folder / TOKENIZER))
        config = {"max_tokens": self.tokenizer.truncation["max_length"], "normalise": False}
        return Stored(kind="onnx", config=config, files=(MODEL, TOKENIZER))


def load_transformer(weights: str, *, frozen: float, max_tokens: int) -> Transformer:
    """Load an encoder from a folder or the hub and freeze its embeddings and lower layers.

    Raises
    ------
    MissingExtra
        Without torch, transformers or tokenizers.
    DataError
        When it cannot be loaded, or is no BERT-like encoder.
    """
    torch = _torch()
    transformers = require("transformers", extra="torch", purpose="Fine-tuning a student")
    tokenizers = require("tokenizers", extra="torch", purpose="Fine-tuning a student")
    try:
        model = transformers.AutoModel.from_pretrained(weights, add_pooling_layer=False)
        tokenizer = tokenizers.Tokenizer.from_file(str(_tokenizer_file(weights)))
    except Exception as error:  # the libraries raise many unrelated classes
        raise DataError(
            f"The encoder {weights} cannot be loaded: {str(error).splitlines()[0]}",
            hint="Give a folder with config.json, model.safetensors and tokenizer.json, or a hub name.",
        ) from error
    layers = getattr(getattr(model, "encoder", None), "layer", None)
    if layers is None or not hasattr(model, "embeddings"):
        raise DataError(
            f"{weights} is a {type(model).__name__}; fine-tuning takes BERT-like encoders only.",
            hint="Use a BERT, RoBERTa, MPNet or MiniLM encoder.",
        )
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    for parameter in model.parameters():
        parameter.requires_grad_(requires_grad=False)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    body = Transformer(model.to(device), tokenizer, n_frozen=round(frozen * len(layers)), device=device)
    for parameter in body.trained_parameters():
        parameter.requires_grad_(requires_grad=True)
    _check_cut(torch, body, weights)
    return body


def _check_cut(torch: Any, body: Transformer, weights: str) -> None:  # noqa: ANN401  # an optional module
    """Refuse a model whose halves, run one after the other, do not give what the whole gives."""
    text = "a text of a few words"
    ids = torch.tensor([body.tokenizer.encode(text).ids], device=body.device)
    with torch.no_grad():
        whole = body.model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.mean(1)
    if not np.allclose(body.transform([text]), whole.cpu().numpy(), atol=1e-4):
        raise DataError(
            f"{weights} cannot be cut into frozen and learning layers: its halves do not add up.",
            hint="Use a BERT, RoBERTa, MPNet or MiniLM encoder.",
        )


def _tokenizer_file(weights: str) -> Path:
    folder = Path(weights)
    if folder.is_dir():
        return folder / TOKENIZER
    hub = require("huggingface_hub", extra="torch", purpose=f"Loading {weights} from the hub")
    return Path(hub.hf_hub_download(weights, TOKENIZER))


def _blocked(torch: Any, lengths: Sequence[int], width: int, device: Any) -> Any:  # noqa: ANN401  # a tensor
    """Return what is added to attention scores (b, 1, 1, t): 0 at tokens, a large negative at padding."""
    seen = torch.arange(width, device=device)[None, :] < torch.tensor(lengths, device=device)[:, None]
    return (~seen).to(torch.float32)[:, None, None, :] * HIDDEN


def _first(output: Any) -> Any:  # noqa: ANN401  # a tensor
    """Return a layer's hidden states; some versions wrap them in a tuple."""
    return output[0] if isinstance(output, tuple) else output


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
