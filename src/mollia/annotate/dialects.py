"""What kind of server answers, and how a question is put to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mollia.annotate.failures import RowFailed
from mollia.annotate.label_probs import Position
from mollia.annotate.retry import Client, Json
from mollia.annotate.tokens import DECODED, token_form, token_text
from mollia.records import Prompt

LLAMA_CPP, VLLM, SGLANG, OLLAMA, LM_STUDIO, TGI = "llama.cpp", "vLLM", "SGLang", "Ollama", "LM Studio", "TGI"
OTHER = "OpenAI-compatible"
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
    entries = [entry for entry in listed.get("data") or [] if isinstance(entry, dict)]
    owners = [str(entry.get("owned_by", "")).lower() for entry in entries]
    kind = next((_OWNERS[owner] for owner in owners if owner in _OWNERS), OTHER)
    if headers.get("server", "").lower() == "llama.cpp":
        kind = LLAMA_CPP
    mine = next((entry for entry in entries if entry.get("id") == model), entries[0] if entries else {})
    context = mine.get("max_model_len") or (mine.get("meta") or {}).get("n_ctx")
    version = ""
    if kind == LLAMA_CPP:
        props, _ = _look(client, "/props", root=True)
        version = str(props.get("build_info", ""))
        context = (props.get("default_generation_settings") or {}).get("n_ctx") or context
    elif kind in {VLLM, SGLANG}:
        version = str(_look(client, "/version", root=True)[0].get("version", ""))
    elif kind == OLLAMA:
        version = str(_look(client, "/api/version", root=True)[0].get("version", ""))
    models = tuple(str(entry.get("id")) for entry in entries)
    return Server(kind=kind, version=version, models=models, context=int(context) if context else None)


def _look(client: Client, path: str, *, root: bool = False) -> tuple[Json, Mapping[str, str]]:
    try:
        return client.look(path, root=root)
    except RowFailed:
        return {}, {}


def messages(prompt: Prompt, *, merged: bool = False) -> list[dict[str, str]]:
    """Return a prompt as chat messages; `merged` puts all into the user's turn."""
    if merged or not prompt.system:
        return [{"role": "user", "content": "\n\n".join(filter(None, [prompt.system, prompt.user]))}]
    return [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]


def plain(prompt: Prompt) -> str:
    """Return a prompt for models that continue text."""
    return "\n\n".join(filter(None, [prompt.system, prompt.user]))


@dataclass(slots=True, kw_only=True)
class Manner:
    """How a server is spoken to; found out as the first question is asked."""

    chat: bool = True
    merged: bool = False  # whether the system prompt goes into the user's turn
    extra: Json = field(default_factory=dict)  # fields only some servers know

    @property
    def path(self) -> str:
        """Where questions go."""
        return "/chat/completions" if self.chat else "/completions"

    def body(self, prompt: Prompt) -> Json:
        """Return the fields that hold the prompt."""
        if self.chat:
            return {"messages": messages(prompt, merged=self.merged), **self.extra}
        return {"prompt": plain(prompt)}

    def listing(self, alternatives: int) -> Json:
        """Return the fields that ask for log-probabilities, none for 0."""
        if not alternatives:
            return {}
        return {"logprobs": True, "top_logprobs": alternatives} if self.chat else {"logprobs": alternatives}


def choices(reply: Json) -> list[Json]:
    """Return the choices of a reply.

    Raises
    ------
    RowFailed
        When there are none.
    """
    found = reply.get("choices")
    if not isinstance(found, list) or not found or not all(isinstance(choice, dict) for choice in found):
        raise RowFailed("no answer in the reply", "the field choices is missing or empty")
    return found


def text_of(choice: Json) -> str:
    """Return a choice's text, "" where the model said nothing."""
    message = choice.get("message")
    content = message.get("content") if isinstance(message, dict) else choice.get("text")
    return content if isinstance(content, str) else ""


def positions_of(choice: Json) -> list[Position] | None:
    """Return the first positions' log-probabilities, None where the server gave none.

    Two shapes are met: chat (`content`, a list with `top_logprobs`) and the older
    completions (`tokens` and `top_logprobs`, lists side by side).
    """
    given = choice.get("logprobs")
    if not isinstance(given, dict):
        return None
    if isinstance(given.get("content"), list):
        listed = [(entry.get("token", ""), _pairs(entry.get("top_logprobs"))) for entry in given["content"]]
    else:
        tokens, tops = given.get("tokens"), given.get("top_logprobs")
        if not isinstance(tokens, list) or not isinstance(tops, list):
            return None
        listed = [(token, _pairs(top)) for token, top in zip(tokens, tops, strict=False)]
    if not listed or not any(top for _, top in listed):
        return None
    form = next((f for _, top in listed if (f := token_form([t for t, _ in top])) != DECODED), DECODED)
    return [Position(token_text(token, form), _by_text(top, form)) for token, top in listed]


def _pairs(top: Any) -> list[tuple[str, float]]:  # noqa: ANN401  # whatever a server sends
    if isinstance(top, dict):
        return [(str(token), float(logprob)) for token, logprob in top.items() if logprob is not None]
    entries = top if isinstance(top, list) else []
    return [(str(e.get("token", "")), float(e["logprob"])) for e in entries if e.get("logprob") is not None]


def _by_text(top: Sequence[tuple[str, float]], form: str) -> dict[str, float]:
    """Return log-probabilities by text; different tokens of one text keep the likeliest."""
    out: dict[str, float] = {}
    for token, logprob in top:
        text = token_text(token, form)
        out[text] = max(logprob, out.get(text, logprob))
    return out
