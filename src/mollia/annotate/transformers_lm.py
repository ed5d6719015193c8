"""A transformers model in this process (extra `torch`): label probabilities exact, shared text read once."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from mollia.annotate.label_probs import NextTokens
from mollia.annotate.model_here import ModelTokens, answered, described, fingerprint, probed
from mollia.annotate.retry import Cost
from mollia.errors import ServerCannot, first_line
from mollia.loading_bars import no_loading_bars
from mollia.optional import require
from mollia.records import Answer, Probe, Question
from mollia.settings import Filled, PanelMember, PromptForm

if TYPE_CHECKING:
    from mollia.arrays import Vector

SERVER = "transformers in process"


class TransformersLM:
    """Asks a causal language model through transformers, one text after the other.

    Every label is scored as tokens on a trie, after one reading of the text; what a prompt
    shares with the one before it is not read again.

    Parameters
    ----------
    name : the LLM's name on the panel.
    model : a folder with weights and tokenizer, or a name transformers can resolve.
    chat : False for base models: the prompt is continued instead of answered.
    max_tokens : of one sampled answer.
    device : where the model runs; a graphics card if there is one, by default.

    Raises
    ------
    MissingExtra
        From `annotate`, when torch or transformers is not installed.
    ServerCannot
        From `annotate`, when the model cannot be loaded.
    """

    live = True
    parallel = 1

    def __init__(
        self,
        name: str,
        model: str | Path,
        *,
        chat: bool = True,
        max_tokens: int = 16,
        device: str | None = None,
    ) -> None:
        self.name = name
        self.model = str(model)
        self.chat = chat
        self.max_tokens = max_tokens
        self.device = device
        self._loaded: _Reader | None = None

    def __repr__(self) -> str:
        return f"TransformersLM({self.name!r}, {self.model!r})"

    def fingerprint(self) -> str:
        """Return a hash of the model (a folder's file sizes and times) and the settings."""
        return fingerprint("transformers", self.model, self.chat, self.max_tokens)

    def describe(self) -> Mapping[str, object]:
        """Return what the run's manifest should say."""
        return described(SERVER, self.model)

    def probe(self, questions: Sequence[Question], /) -> Probe:
        """Load the model and put up to two questions to it, the first one twice."""
        return probed(self, questions, address=self.model, server=SERVER, limit=lambda: self._reader.limit)

    @property
    def _reader(self) -> _Reader:
        if self._loaded is None:
            self._loaded = _Reader(self)
        return self._loaded

    def annotate(self, questions: Iterable[Question], /) -> Iterator[Answer]:
        """Yield an Answer for each question, in order."""
        answer = partial(answered, self._reader, llm=self.name, max_tokens=self.max_tokens)
        return map(answer, questions)

    def close(self) -> None:
        """Unload the model."""
        self._loaded = None


class _Reader:
    """The loaded model and what it has in its cache."""

    def __init__(self, asked: TransformersLM) -> None:
        purpose = f"The panel member {asked.name!r} (transformers)"
        self._torch = require("torch", extra="torch", purpose=purpose)
        transformers = require("transformers", extra="torch", purpose=purpose)
        self._asked = asked
        device = asked.device or ("cuda" if self._torch.cuda.is_available() else "cpu")
        try:
            self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(asked.model)
            with no_loading_bars(purpose):
                model = transformers.AutoModelForCausalLM.from_pretrained(asked.model, dtype="auto")
            self._model = model.to(device)
        except (OSError, ValueError) as error:
            raise ServerCannot(
                f"{asked.name}: transformers cannot load {asked.model}: {first_line(error)}",
                hint="Give model as a folder with weights and tokenizer, or as a name that can be downloaded.",
            ) from None
        self._model.eval()
        self.tokens = ModelTokens(self._tokenizer, chat=asked.chat)
        self.limit: int | None = getattr(self._model.config, "max_position_embeddings", None)
        self._cache: Any = transformers.DynamicCache()
        takes = inspect.signature(self._model.forward).parameters
        self._cache_name = "cache" if "cache" in takes else "past_key_values"  # renamed in 5.x
        self._read: list[int] = []

    def next(self, tokens: Sequence[int], cost: Cost, /) -> NextTokens:
        """Return the log-probabilities of the next token, reading only what is not in the cache."""
        known = next(
            (i for i, (a, b) in enumerate(zip(self._read, tokens, strict=False)) if a != b),
            min(len(self._read), len(tokens)),
        )
        known = min(known, len(tokens) - 1)  # the last token is read for its output
        if known < len(self._read):
            self._cache.crop(known - len(self._read))
        new = self._torch.tensor([list(tokens[known:])], device=self._model.device)
        with self._torch.inference_mode():
            out = self._model(input_ids=new, use_cache=True, **{self._cache_name: self._cache})
            logprobs = self._torch.log_softmax(out.logits[0, -1].float(), -1)
        self._read = list(tokens)
        cost.prompt_tokens += len(tokens) - known
        listed: Vector = logprobs.cpu().numpy().astype(np.float64)
        return _Listed(listed)

    def sampled(self, question: Question, prompt: Sequence[int], cost: Cost, /) -> tuple[str, ...]:
        """Return replies, drawn together."""
        ids = self._torch.tensor([list(prompt)], device=self._model.device)
        with self._torch.inference_mode():
            out = self._model.generate(
                input_ids=ids,
                attention_mask=self._torch.ones_like(ids),
                do_sample=question.temperature > 0,
                temperature=question.temperature or None,
                top_p=question.top_p,
                top_k=0,
                max_new_tokens=self._asked.max_tokens,
                num_return_sequences=question.samples if question.temperature > 0 else 1,
                pad_token_id=self._tokenizer.eos_token_id or 0,
            )
        cost.prompt_tokens += len(prompt)
        cost.reply_tokens += int(out.shape[0] * (out.shape[1] - len(prompt)))
        said = self._tokenizer.batch_decode(out[:, len(prompt) :], skip_special_tokens=True)
        texts = tuple(str(reply) if self._asked.chat else str(reply).split("\n\n")[0] for reply in said)
        return texts if len(texts) == question.samples else texts * question.samples


class _Listed:
    """Log-probabilities by token, as `from_sequences` asks for them."""

    def __init__(self, logprobs: Vector) -> None:
        self._logprobs = logprobs

    def get(self, token: int, default: float, /) -> float:
        return float(self._logprobs[token]) if 0 <= token < len(self._logprobs) else default


class TransformersMember(PanelMember):
    """`[[panel]]` of kind "transformers": a folder, or a name transformers can resolve."""

    here: ClassVar[bool] = True
    kind: Literal["transformers"]
    """How it is asked."""
    model: Filled
    """A folder with weights and tokenizer, or a name that transformers can resolve."""
    prompt: PromptForm = "chat"
    """`plain`: a base model that continues a text instead of answering."""

    def open(self) -> TransformersLM:
        """Return the annotator these settings describe."""
        return TransformersLM(self.name, self.model, chat=self.prompt == "chat", max_tokens=self.max_tokens)
