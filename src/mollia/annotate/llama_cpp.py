"""A GGUF file in this process, through llama.cpp (extra `llama`)."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from mollia.annotate.openai_server import OpenAIServer, Scoring
from mollia.annotate.probe import probe
from mollia.annotate.retry import Endpoint
from mollia.errors import AnnotatorError, MissingExtra, ServerCannot
from mollia.optional import require
from mollia.records import Answer, Probe, Question
from mollia.settings import FromFolder, PanelMember, PromptForm

ENDS = 2**20  # bytes at a file's start and end that identify it
QUIET = -1
CONTEXT = 4096
KEY_NAME = "MOLLIA_LLAMA_CPP_{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """How llama.cpp holds a model.

    Parameters
    ----------
    context : tokens a prompt and its reply may have.
    threads : processor cores to use; half of the machine's by default.
    gpu_layers : layers put on a graphics card where the wheel supports one; -1 as many as fit.
    exact : compute attention and keep its cache in 32 bits. With half precision z depends on how
        a prompt was split between cache and reading: up to .05 was seen with Gemma 3 270M, .003 so.
    """

    context: int = CONTEXT
    threads: int | None = None
    gpu_layers: int = -1
    exact: bool = True


class LlamaCpp:
    """Asks a model loaded from a GGUF file; label probabilities come from the labels' own tokens.

    llama.cpp's own server runs inside this process, on an address only this machine reaches
    and with a key of its own, so that one piece of code asks it and a llama-server elsewhere.
    The cache of sliding-window models is kept whole: else nothing of the shared prompt is reused.

    Parameters
    ----------
    name : the LLM's name on the panel.
    path : the .gguf file.
    chat : False for base models: the prompt is continued instead of answered.
    loading : how the model is held.
    max_tokens : of one sampled answer.
    timeout : seconds before a request is tried again.

    Raises
    ------
    MissingExtra
        From `annotate`, when xllamacpp is not installed.
    ServerCannot
        From `annotate`, when the file is not there or cannot be loaded.
    """

    live = True
    parallel = 1

    def __init__(
        self,
        name: str,
        path: str | Path,
        *,
        chat: bool = True,
        loading: Loading = Loading(),
        max_tokens: int = 16,
        timeout: float = 600.0,
    ) -> None:
        self.name = name
        self.path = Path(path)
        self.chat = chat
        self.loading = loading
        self.max_tokens = max_tokens
        self.timeout = timeout
        self._running: Any = None
        self._address: str | None = None
        self._inner: OpenAIServer | None = None
        self._key_name = KEY_NAME.format(secrets.token_hex(4).upper())

    def __repr__(self) -> str:
        return f"LlamaCpp({self.name!r}, {self.path.name!r})"

    def fingerprint(self) -> str:
        """Return a hash of the file (its size, start and end) and the settings."""
        content = hashlib.blake2b(digest_size=16)
        content.update(
            json.dumps(
                ["llama_cpp", self.chat, self.loading.context, self.max_tokens, self.loading.exact]
            ).encode()
        )
        size = self._size()
        with self.path.open("rb") as file:
            content.update(str(size).encode() + file.read(ENDS))
            file.seek(max(0, size - ENDS))
            content.update(file.read(ENDS))
        return content.hexdigest()

    def describe(self) -> Mapping[str, object]:
        """Return what the run's manifest should say."""
        described = self._inner.describe() if self._inner is not None else {}
        return {**described, "server": "llama.cpp in process", "model": self.path.name}

    def join(self, described: Mapping[str, object], /) -> None:
        """Help another process that has loaded the model and has had an answer of it."""
        self.asked.join(described)

    def probe(self, questions: Sequence[Question], /) -> Probe:
        """Load the model and find out what it can do."""
        try:
            return probe(self.asked, questions, here=True)
        except (MissingExtra, AnnotatorError) as error:
            return Probe(llm=self.name, address=str(self.path), problem=str(error.args[0]), hint=error.hint)

    def annotate(self, questions: Iterable[Question], /) -> Iterator[Answer]:
        """Yield an Answer for each question as it finishes."""
        return self.asked.annotate(questions)

    @property
    def asked(self) -> OpenAIServer:
        """The client of the model, which is loaded when it is first needed."""
        if self._inner is None:
            self._address = self._load()
            self._inner = self.client(self.name)
        return self._inner

    def client(self, name: str, *, scoring: Scoring = "auto") -> OpenAIServer:
        """Return another client of the loaded model, to be closed before the model is."""
        if self._address is None:
            self._address = self._load()
        here = Endpoint(
            llm=name,
            urls=[self._address + "/v1"],
            api_key_env=self._key_name,
            timeout=self.timeout,
            concurrency=1,
        )
        return OpenAIServer(
            here, model=self.path.name, chat=self.chat, scoring=scoring, max_tokens=self.max_tokens
        )

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise ServerCannot(
                f"{self.name}: the model file {self.path} cannot be read: {error.strerror}.",
                hint="Give path as a .gguf file; relative paths count from the task file's folder.",
            ) from None

    def _load(self) -> str:
        """Start llama.cpp's server in this process and return its address."""
        xllamacpp = require("xllamacpp", extra="llama", purpose=f"The panel member {self.name!r} (llama_cpp)")
        self._size()
        key = secrets.token_urlsafe(24)
        params = _params(xllamacpp, self.path, self.loading)
        params.api_keys = [key]
        try:
            self._running = xllamacpp.Server(params)
        except (RuntimeError, ValueError) as error:
            raise ServerCannot(
                f"{self.name}: llama.cpp cannot load {self.path}: {error}.",
                hint="Is it a complete .gguf file, and does it fit the memory?",
            ) from None
        os.environ[self._key_name] = key  # the client reads keys from there alone
        return str(self._running.listening_address)

    def close(self) -> None:
        """Unload the model."""
        if self._inner is not None:
            self._inner.close()
        self._inner = self._running = self._address = None
        os.environ.pop(self._key_name, None)


def _params(xllamacpp: Any, path: Path, loading: Loading) -> Any:  # noqa: ANN401  # an optional module
    """Return what llama.cpp's server is started with, but for the key."""
    threads = loading.threads or max(1, (os.cpu_count() or 2) // 2)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = loading.context
    params.n_parallel = 1
    params.n_gpu_layers = loading.gpu_layers
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.swa_full = True
    if loading.exact:
        params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    params.warmup = False
    params.verbosity = QUIET
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.ui = False
    return params


class LlamaCppMember(PanelMember):
    """`[[panel]]` of kind "llama_cpp": a GGUF file."""

    here: ClassVar[bool] = True
    kind: Literal["llama_cpp"]
    """How it is asked."""
    path: FromFolder
    """The .gguf file."""
    prompt: PromptForm = "chat"
    """`plain`: a base model that continues a text instead of answering."""

    def open(self) -> LlamaCpp:
        """Return the annotator these settings describe."""
        return LlamaCpp(
            self.name,
            self.path,
            chat=self.prompt == "chat",
            loading=Loading(context=self.context or CONTEXT),
            max_tokens=self.max_tokens,
        )
