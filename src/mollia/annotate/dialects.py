"""What kind of server answers, and how a question is put to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mollia.annotate.failures import RowFailed
from mollia.annotate.retry import SHOWN, Client, Json, number_of_tokens
from mollia.errors import DataError
from mollia.images import sent
from mollia.records import Prompt

LLAMA_CPP, VLLM, SGLANG, OLLAMA, LM_STUDIO, TGI = "llama.cpp", "vLLM", "SGLang", "Ollama", "LM Studio", "TGI"
OTHER = "OpenAI-compatible"
MAX_TOKENS, MAX_COMPLETION_TOKENS, LOGPROBS = "max_tokens", "max_completion_tokens", "logprobs"
NO_IMAGE = "image cannot be read"
DROP = "drop"  # as the value of a field in [panel.extra]
KEPT = {"model", "messages", "prompt", "stream"}  # fields that [panel.extra] cannot change
_OWNERS = {
    "llamacpp": LLAMA_CPP,
    "vllm": VLLM,
    "sglang": SGLANG,
    "library": OLLAMA,
    "organization_owner": LM_STUDIO,
}
_TEMPLATED = {LLAMA_CPP, VLLM, SGLANG}  # servers that pass settings on to the chat template
REMEDIES = {
    LLAMA_CPP: "Update llama-server: every release since 2024 gives log-probabilities.",
    VLLM: "Start vLLM with --max-logprobs 20 or more.",
    OLLAMA: "Update Ollama to 0.12.11 or newer.",
    LM_STUDIO: "LM Studio drops logprobs in chat completions: serve the same GGUF file with llama-server.",
    TGI: "Serve the model with vLLM or llama-server.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What a server says about itself."""

    kind: str = OTHER
    version: str = ""
    models: tuple[str, ...] = ()
    context: int | None = None

    @property
    def extra(self) -> Json:
        """Fields that keep reasoning models from thinking aloud before the label."""
        return {"chat_template_kwargs": {"enable_thinking": False}} if self.kind in _TEMPLATED else {}

    @property
    def remedy(self) -> str:
        """What helps where it gives no log-probabilities."""
        return REMEDIES.get(
            self.kind, "Serve the model with llama-server or vLLM, which give log-probabilities."
        )


def identify(client: Client, model: str) -> Server:
    """Ask a server what it is; a server that will not say is `OTHER`.

    Raises
    ------
    AnnotatorError
        When nobody answers, or the key is refused.
    """
    listed, headers = _look(client, "/models")
    found = listed.get("data")
    entries = [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []
    owners = [_text(entry.get("owned_by")).lower() for entry in entries]
    kind = next((_OWNERS[owner] for owner in owners if owner in _OWNERS), OTHER)
    if headers.get("server", "").lower() == "llama.cpp":
        kind = LLAMA_CPP
    mine = next((entry for entry in entries if entry.get("id") == model), entries[0] if entries else {})
    context = _tokens(mine.get("max_model_len")) or _tokens(_object(mine.get("meta")).get("n_ctx"))
    version = ""
    if kind == LLAMA_CPP:
        props, _ = _look(client, "/props", root=True)
        version = _text(props.get("build_info"))
        context = _tokens(_object(props.get("default_generation_settings")).get("n_ctx")) or context
    elif kind in {VLLM, SGLANG}:
        version = _text(_look(client, "/version", root=True)[0].get("version"))
    elif kind == OLLAMA:
        version = _text(_look(client, "/api/version", root=True)[0].get("version"))
    models = tuple(name for entry in entries if (name := _text(entry.get("id"))))
    return Server(kind=kind, version=version, models=models, context=context)


def _text(value: object) -> str:
    """Return what a server says of itself if it is a text."""
    return value[:SHOWN] if isinstance(value, str) else ""


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _tokens(value: object) -> int | None:
    return number_of_tokens(value) or None


def _look(client: Client, path: str, *, root: bool = False) -> tuple[Json, Mapping[str, str]]:
    try:
        return client.look(path, root=root)
    except RowFailed:
        return {}, {}


def messages(prompt: Prompt, *, merged: bool = False) -> list[Json]:
    """Return a prompt as chat messages; `merged` puts all into the user's turn, where an image always stands.

    Raises
    ------
    RowFailed
        When the image's file is gone or has changed.
    """
    alone = merged or not prompt.system
    said = "\n\n".join(filter(None, [prompt.system, prompt.user])) if alone else prompt.user
    user: Json = {"role": "user", "content": _with_image(said, prompt.image) if prompt.image else said}
    return [user] if alone else [{"role": "system", "content": prompt.system}, user]


def _with_image(text: str, image: str) -> list[Json]:
    """Return the parts of a turn that shows an image, which vision models read before the question."""
    try:
        address = sent(image)
    except DataError as error:
        raise RowFailed(NO_IMAGE, str(error.args[0])) from None
    return [{"type": "image_url", "image_url": {"url": address}}, {"type": "text", "text": text}]


def plain(prompt: Prompt) -> str:
    """Return a prompt for models that continue text."""
    return "\n\n".join(filter(None, [prompt.system, prompt.user]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one request asks for, before the server's manner is looked at."""

    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    n: int = 1
    alternatives: int = 0
    stop: str | None = None


@dataclass(slots=True, kw_only=True)
class Manner:
    """How a server is spoken to; found out as the first question is asked, and remembered in the ledger."""

    chat: bool = True
    merged: bool = False  # whether the system prompt goes into the user's turn
    extra: Json = field(default_factory=dict)  # fields only some servers know
    limit: str = MAX_TOKENS  # the name of the field that limits the reply
    without: set[str] = field(default_factory=set)  # fields that the server refuses
    most: int | None = None  # alternatives it gives at most
    own: Mapping[str, Any] = field(default_factory=dict)  # the task's fields; DROP drops one

    @property
    def path(self) -> str:
        """Where questions go."""
        return "/chat/completions" if self.chat else "/completions"

    @property
    def logprobs(self) -> bool:
        """Whether log-probabilities may be asked for."""
        return LOGPROBS not in self.without and self.own.get(LOGPROBS) != DROP

    @property
    def several(self) -> bool:
        """Whether several replies may be asked for at once."""
        return "n" not in self.without and self.own.get("n") != DROP

    def body(self, prompt: Prompt) -> Json:
        """Return the fields that hold the prompt."""
        if self.chat:
            return {"messages": messages(prompt, merged=self.merged)}
        return {"prompt": plain(prompt)}

    def request(self, model: str, prompt: Prompt, wanted: Wanted) -> Json:
        """Return the body of a request."""
        body: Json = {
            "model": model,
            self.limit: wanted.max_tokens,
            "temperature": wanted.temperature,
            "top_p": wanted.top_p,
        }
        body |= {"seed": wanted.seed} if wanted.seed is not None else {}
        body |= {"n": wanted.n} if wanted.n > 1 else {}
        body |= {"stop": [wanted.stop]} if wanted.stop is not None else {}
        body |= self.extra | self.body(prompt) | self._listing(wanted.alternatives)
        body |= {name: value for name, value in self.own.items() if name not in KEPT}
        dropped = self.without | {name for name, value in self.own.items() if value == DROP}
        return {name: value for name, value in body.items() if name not in dropped and value != DROP}

    def _listing(self, alternatives: int) -> Json:
        """Return the fields that ask for log-probabilities, none for 0."""
        if not alternatives or not self.logprobs:
            return {}
        asked = min(alternatives, self.most or alternatives)
        return {LOGPROBS: True, "top_logprobs": asked} if self.chat else {LOGPROBS: asked}

    def found(self) -> Json:
        """Return what was found out, as JSON."""
        return {
            "merged": self.merged,
            "limit": self.limit,
            "without": sorted(self.without),
            "most": self.most,
            "extra": bool(self.extra),
        }

    def recall(self, found: Mapping[str, Any]) -> None:
        """Take over what an earlier run found out."""
        self.merged = found.get("merged") is True
        self.limit = _text(found.get("limit")) or MAX_TOKENS
        without = found.get("without")
        self.without = {_text(name) for name in without} if isinstance(without, list) else set()
        self.most = _tokens(found.get("most"))
        self.extra = self.extra if found.get("extra") else {}

    def notes(self) -> list[str]:
        """Return what differs from a plain request, in sentences."""
        out = []
        if self.merged:
            out.append("The server takes no system prompt: it is put into the user's turn.")
        if self.limit != MAX_TOKENS:
            out.append(f"The server wants {self.limit} instead of max_tokens.")
        if self.without:
            out.append(f"The server refuses {', '.join(sorted(self.without))}: asked without.")
        return out
