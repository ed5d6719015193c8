"""vLLM's offline engine in this process (extra `vllm`): many texts read together, label probabilities from the labels' own tokens."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from mollia.annotate.label_probs import NextTokens
from mollia.annotate.model_here import ModelTokens, answered, described, fingerprint, probed
from mollia.annotate.retry import Cost
from mollia.annotate.scoring import LISTED
from mollia.annotate.workers import answer_all
from mollia.errors import ServerCannot, first_line
from mollia.optional import require
from mollia.records import Answer, Probe, Question
from mollia.settings import Filled, Number, PanelMember, PromptForm, Share

SERVER = "vLLM in process"
TOGETHER = 64  # texts
MEMORY = 0.9  # of a graphics card
SETTINGS = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # the model is in this process, so the card is free when it ends, however it ends
    "VLLM_NO_USAGE_STATS": "1",  # nothing is sent to vLLM's makers
    "VLLM_LOGGING_LEVEL": "ERROR",
}


class VLLM:
    """Asks a model that vLLM has loaded; what the questions of `concurrency` texts want to know is read together.

    Every label is scored as tokens on a trie, from the LISTED likeliest next tokens; what prompts share is read once.

    Parameters
    ----------
    name : the LLM's name on the panel.
    model : a folder with weights and tokenizer, or a name vLLM can resolve.
    chat : False for base models: the prompt is continued instead of answered.
    max_tokens : of one sampled answer.
    context : tokens that a prompt and its reply may have; by default as many as the model reads.
    concurrency : texts that are asked about at the same time.
    gpu_memory : share of the graphics card's memory that vLLM takes.

    Raises
    ------
    MissingExtra
        From `annotate`, when vLLM is not installed.
    ServerCannot
        From `annotate`, when the model cannot be loaded, or vLLM ends.
    """

    live = True

    def __init__(
        self,
        name: str,
        model: str,
        *,
        chat: bool = True,
        max_tokens: int = 16,
        context: int | None = None,
        concurrency: int = TOGETHER,
        gpu_memory: float = MEMORY,
    ) -> None:
        self.name = name
        self.model = str(model)
        self.chat = chat
        self.max_tokens = max_tokens
        self.context = context
        self.parallel = concurrency
        self.gpu_memory = gpu_memory
        self._loaded: _Reader | None = None

    def __repr__(self) -> str:
        return f"VLLM({self.name!r}, {self.model!r})"

    def fingerprint(self) -> str:
        """Return a hash of the model (a folder's file sizes and times) and the settings."""
        return fingerprint("vllm", self.model, self.chat, self.max_tokens, self.context)

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
        """Yield an Answer for each question, in the order in which they finish."""
        answer = partial(answered, self._reader, llm=self.name, max_tokens=self.max_tokens)
        return answer_all(questions, answer, threads=self.parallel)

    def close(self) -> None:
        """Unload the model."""
        if self._loaded is not None:
            self._loaded.close()
        self._loaded = None


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    """What is to be read after some tokens, and where the result goes."""

    tokens: Sequence[int]
    how: Any  # SamplingParams
    found: Future[Any] = field(default_factory=Future)


class _Reader:
    """The loaded model, in a thread of its own: what was asked for while it read is read together next."""

    def __init__(self, asked: VLLM) -> None:
        for name, value in SETTINGS.items():
            os.environ.setdefault(name, value)
        self._vllm = require("vllm", extra="vllm", purpose=f"The panel member {asked.name!r} (vllm)")
        self._asked = asked
        self._wanted: queue.SimpleQueue[_Wanted | None] = queue.SimpleQueue()
        loaded: Future[Any] = Future()
        self._thread = threading.Thread(
            target=self._work, args=(loaded,), name=f"vLLM {asked.name}", daemon=True
        )
        self._thread.start()
        engine = loaded.result()
        self.tokens = ModelTokens(engine.get_tokenizer(), chat=asked.chat)
        model = engine.llm_engine.model_config
        self.limit: int | None = model.max_model_len
        self._listed = min(
            LISTED, model.get_vocab_size()
        )  # vLLM ends where more are asked for than there are

    def next(self, tokens: Sequence[int], cost: Cost, /) -> NextTokens:
        """Return the log-probabilities of the likeliest next tokens."""
        how = self._vllm.SamplingParams(
            max_tokens=1, temperature=0.0, logprobs=self._listed, detokenize=False
        )
        (read,) = self._read(tokens, how, cost).outputs
        (listed,) = read.logprobs
        return {int(token): float(each.logprob) for token, each in listed.items()}

    def sampled(self, question: Question, prompt: Sequence[int], cost: Cost, /) -> tuple[str, ...]:
        """Return replies, drawn together."""
        several = question.temperature > 0
        how = self._vllm.SamplingParams(
            n=question.samples if several else 1,
            temperature=question.temperature,
            top_p=question.top_p,
            max_tokens=self._asked.max_tokens,
            stop=None if self._asked.chat else ["\n\n"],
        )
        replies = sorted(self._read(prompt, how, cost).outputs, key=lambda each: each.index)
        cost.reply_tokens += sum(len(each.token_ids) for each in replies)
        texts = tuple(str(each.text) for each in replies)
        return texts if several else texts * question.samples

    def close(self) -> None:
        """End the thread, which holds the model."""
        self._wanted.put(None)
        self._thread.join()

    def _read(self, tokens: Sequence[int], how: Any, cost: Cost) -> Any:  # noqa: ANN401  # vLLM ships no types here
        wanted = _Wanted(list(tokens), how)
        self._wanted.put(wanted)
        found = wanted.found.result()
        cost.prompt_tokens += len(tokens) - (found.num_cached_tokens or 0)
        return found

    def _load(self) -> Any:  # noqa: ANN401  # the same
        asked = self._asked
        try:
            return self._vllm.LLM(
                asked.model,
                max_model_len=asked.context,
                max_logprobs=LISTED,
                gpu_memory_utilization=asked.gpu_memory,
                enable_prefix_caching=True,
                use_tqdm_on_load=False,
                # Compiling takes minutes on a processor, where vLLM is only tried out.
                enforce_eager=self._vllm.platforms.current_platform.is_cpu(),
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise ServerCannot(
                f"{asked.name}: vLLM cannot load {asked.model}: {first_line(error)}",
                hint="Give model as a folder with weights and tokenizer, or as a name that can be downloaded; where memory lacks, "
                "a smaller context, or another gpu_memory.",
            ) from error

    def _work(self, loaded: Future[Any]) -> None:
        try:
            engine = self._load()
        except BaseException as error:  # noqa: BLE001  # raised where the model is wanted
            loaded.set_exception(error)
            return
        loaded.set_result(engine)
        ended = False
        while not ended and (first := self._wanted.get()) is not None:
            together = [first]
            while not ended and not self._wanted.empty():
                more = self._wanted.get()
                ended = more is None
                together += [] if more is None else [more]
            self._read_together(engine, together)

    def _read_together(self, engine: Any, together: Sequence[_Wanted]) -> None:  # noqa: ANN401  # the same
        prompts = [{"prompt_token_ids": each.tokens} for each in together]
        try:
            found = engine.generate(prompts, [each.how for each in together], use_tqdm=False)
        except Exception as error:  # noqa: BLE001  # raised where the results are wanted
            for each in together:
                ended = ServerCannot(
                    f"{self._asked.name}: vLLM has ended: {first_line(error)}",
                    hint="What was answered is kept. Look at the memory of the graphics card.",
                )
                each.found.set_exception(ended)
            return
        for each, read in zip(together, found, strict=True):
            each.found.set_result(read)


class VLLMMember(PanelMember):
    """`[[panel]]` of kind "vllm": a model that vLLM's offline engine loads into this process."""

    here: ClassVar[bool] = True
    kind: Literal["vllm"]
    """How it is asked."""
    model: Filled
    """A folder with weights and tokenizer, or a name that vLLM can resolve."""
    prompt: PromptForm = "chat"
    """`plain`: a base model that continues a text instead of answering."""
    concurrency: Number = TOGETHER
    """Texts that it is asked about at the same time."""
    gpu_memory: Annotated[Share, Field(gt=0)] = MEMORY
    """Share of the graphics card's memory that it takes; those of one card's members add up to less than 1."""

    def open(self) -> VLLM:
        """Return the annotator these settings describe."""
        return VLLM(
            self.name,
            self.model,
            chat=self.prompt == "chat",
            max_tokens=self.max_tokens,
            context=self.context,
            concurrency=self.concurrency,
            gpu_memory=self.gpu_memory,
        )
