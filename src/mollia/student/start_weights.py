"""Where fine-tuning starts: a Hugging Face encoder whose lower layers stay, their outputs kept by text."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from mollia.errors import DataError, a_kind, first_line
from mollia.loading_bars import no_loading_bars
from mollia.optional import is_installed, require
from mollia.progress import Progress, quiet

CONFIG, TOKENIZER = "config.json", "tokenizer.json"
FILES = (CONFIG, "model.safetensors", TOKENIZER)  # that weights are made of
BATCH = 64
HIDDEN = -1e9  # added to the attention scores of padding
MOST_BYTES = 2**29  # of the lower layers' outputs, kept from one fit to the next
READING = "reading the texts"
PURPOSE = "Fine-tuning a student"
USE_BERT = "Use a BERT, RoBERTa, MPNet or MiniLM encoder."


class StartWeights:
    """A BERT-like encoder (modules `embeddings` and `encoder.layer`) before it learns.

    Embeddings and the lowest `n_frozen` layers are the same for every student that starts here, so
    what they make of a text is computed once.
    """

    def __init__(self, model: Any, tokenizer: Any, *, n_frozen: int, device: Any) -> None:  # noqa: ANN401  # torch is optional
        self.model = model
        self.tokenizer = tokenizer
        self.n_frozen = n_frozen
        self.device = device
        self._states: dict[str, Any] = {}
        self._room = MOST_BYTES

    def new_model(self) -> Any:  # noqa: ANN401  # a module
        """Return the encoder with upper layers of its own; what does not learn is shared."""
        shared = [self.model.embeddings, *self.model.encoder.layer[: self.n_frozen]]
        model = copy.deepcopy(self.model, {id(each): each for each in shared})
        for layer in model.encoder.layer[self.n_frozen :]:
            for parameter in layer.parameters():
                parameter.requires_grad_(requires_grad=True)
        return model

    def states(self, texts: Sequence[str], progress: Progress = quiet) -> list[Any]:
        """Return each text's states (t, d) after the frozen layers."""
        new = [text for text in dict.fromkeys(texts) if text not in self._states]
        made = dict(zip(new, self._computed(new, progress), strict=True))
        for text, state in made.items():
            size = state.numel() * state.element_size()
            if size <= self._room:
                self._room -= size
                self._states[text] = state
        return [self._states[text] if text in self._states else made[text] for text in texts]

    def _computed(self, texts: Sequence[str], progress: Progress) -> list[Any]:
        torch = _torch()
        ids = [each.ids for each in self.tokenizer.encode_batch(list(texts))]
        states: list[Any] = [None] * len(ids)
        order = np.argsort([len(each) for each in ids], kind="stable")  # little padding
        with torch.no_grad():
            for at in range(0, len(order), BATCH):
                rows = order[at : at + BATCH].tolist()
                few = [torch.tensor(ids[row], device=self.device) for row in rows]
                tokens = torch.nn.utils.rnn.pad_sequence(few, batch_first=True)
                hidden = self.model.embeddings(tokens)
                blocked = blocked_scores([len(each) for each in few], self.device)
                hidden = through(
                    self.model.encoder, self.model.encoder.layer[: self.n_frozen], hidden, blocked
                )
                for row, state, each in zip(rows, hidden, few, strict=True):
                    states[row] = state[: len(each)].clone()
                progress(READING, min(at + BATCH, len(order)), len(order))
        return states


@lru_cache(maxsize=1)  # a run's students, or a cross-fitting's, start from the same weights
def load_start(weights: str, *, frozen: float, max_tokens: int) -> StartWeights:
    """Load an encoder from a folder or the hub; of its layers the share `frozen` stays as it is.

    Raises
    ------
    MissingExtra
        Without torch, transformers or tokenizers.
    DataError
        When it cannot be loaded, or is not a BERT-like encoder.
    """
    torch = _torch()
    transformers = require("transformers", extra="torch", purpose=PURPOSE)
    tokenizers = require("tokenizers", extra="torch", purpose=PURPOSE)
    try:
        with no_loading_bars(PURPOSE):
            model = transformers.AutoModel.from_pretrained(weights, add_pooling_layer=False)
        tokenizer = tokenizers.Tokenizer.from_file(str(_tokenizer_file(weights)))
    except Exception as error:  # the libraries raise many unrelated classes
        raise DataError(
            f"The encoder {weights} cannot be loaded: {first_line(error)}",
            hint="Give a folder with config.json, model.safetensors and tokenizer.json, or the name of a "
            "hub repository that can be reached from here.",
        ) from error
    layers = getattr(getattr(model, "encoder", None), "layer", None)
    if layers is None or not hasattr(model, "embeddings"):
        raise DataError(
            f"{weights} is {a_kind(model)}; fine-tuning takes BERT-like encoders only.",
            hint=USE_BERT,
        )
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    model.eval()
    for parameter in model.parameters():
        parameter.requires_grad_(requires_grad=False)
    device = torch.device("cuda" if has_card() else "cpu")
    return StartWeights(model.to(device), tokenizer, n_frozen=round(frozen * len(layers)), device=device)


def at_hand(weights: str) -> bool:
    """Tell whether the weights are a folder, or in the hub's cache on this machine."""
    if Path(weights).is_dir():
        return True
    hub = require("huggingface_hub", extra="torch", purpose="Looking for weights")
    try:
        return all(isinstance(hub.try_to_load_from_cache(weights, name), str) for name in FILES)
    except hub.errors.HFValidationError:  # a path that is not there
        return False


def config_file(weights: str) -> Path:
    """Return where the configuration of weights on this machine is; a file that is not there if they are not."""
    if Path(weights).is_dir() or not is_installed("huggingface_hub"):  # without it no repository is here
        return Path(weights) / CONFIG
    hub = require("huggingface_hub", extra="torch", purpose="Looking for weights")
    return Path(str(hub.try_to_load_from_cache(weights, CONFIG)))


def has_card() -> bool:
    """Tell whether PyTorch is here and finds a graphics card."""
    return is_installed("torch") and bool(_torch().cuda.is_available())


def has_amx() -> bool:
    """Tell whether PyTorch is here and the processor multiplies matrices in bfloat16 by itself (AMX)."""
    if not is_installed("torch"):
        return False
    able: dict[str, object] = getattr(_torch().cpu, "get_capabilities", dict)()  # PyTorch 2.6 does not tell
    return bool(able.get("amx_bf16"))


def _tokenizer_file(weights: str) -> Path:
    folder = Path(weights)
    if folder.is_dir():
        return folder / TOKENIZER
    hub = require("huggingface_hub", extra="torch", purpose=f"Loading {weights} from the hub")
    return Path(hub.hf_hub_download(weights, TOKENIZER))


def blocked_scores(lengths: Sequence[int], device: Any) -> Any:  # noqa: ANN401  # a tensor
    """Return what is added to attention scores (b, 1, 1, t): 0 at tokens, a large negative at padding."""
    torch = _torch()
    at = torch.arange(max(lengths), device=device)
    seen = at[None, :] < torch.tensor(lengths, device=device)[:, None]  # (b, t)
    return (~seen).to(torch.float32)[:, None, None, :] * HIDDEN


def through(encoder: Any, layers: Sequence[Any], hidden: Any, blocked: Any) -> Any:  # noqa: ANN401  # modules and tensors
    """Return the states (b, t, d) that some of an encoder's layers, in order, make of the states `hidden`."""
    relative = getattr(encoder, "compute_position_bias", None)  # MPNet's, the same for all its layers
    bias = {} if relative is None else {"position_bias": relative(hidden)}
    for layer in layers:
        output = layer(hidden, blocked, **bias)
        hidden = output[0] if isinstance(output, tuple) else output  # some versions wrap it
    return hidden


def _torch() -> Any:  # noqa: ANN401  # an optional module
    return require("torch", extra="torch", purpose=PURPOSE)
