"""Servers that are asked by name: where they listen or are reached, and what their panel members need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mollia.annotate.dialects import LLAMA_CPP, LM_STUDIO, OLLAMA, SGLANG, VLLM

VOTES = {"votes_only": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownServer:
    """A server that speaks the OpenAI protocol.

    `keys` are further keys of its panel members, as TOML writes them. `address_env` names the environment variable
    that holds the address of one's own resource, to which `url` is the end.
    """

    title: str
    url: str
    api_key_env: str | None = None
    address_env: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def local(self) -> bool:
        """Whether it runs on this machine."""
        return self.api_key_env is None


# In the order in which they are looked for. A title only says who usually listens there.
SERVERS: Mapping[str, KnownServer] = {
    "ollama": KnownServer(title=OLLAMA, url="http://127.0.0.1:11434/v1", keys={"timeout": "300.0"}),
    "llama.cpp": KnownServer(title=LLAMA_CPP, url="http://127.0.0.1:8080/v1"),
    "lmstudio": KnownServer(
        title=LM_STUDIO, url="http://127.0.0.1:1234/v1", keys={**VOTES, "timeout": "300.0"}
    ),
    "vllm": KnownServer(title=VLLM, url="http://127.0.0.1:8000/v1"),
    "sglang": KnownServer(title=SGLANG, url="http://127.0.0.1:30000/v1"),
    "jan": KnownServer(title="Jan", url="http://127.0.0.1:1337/v1", keys=VOTES),
    "koboldcpp": KnownServer(title="KoboldCpp", url="http://127.0.0.1:5001/v1", keys=VOTES),
    "openai": KnownServer(title="OpenAI", url="https://api.openai.com/v1", api_key_env="OPENAI_API_KEY"),
    "anthropic": KnownServer(
        title="Anthropic", url="https://api.anthropic.com/v1", api_key_env="ANTHROPIC_API_KEY", keys=VOTES
    ),
    "gemini": KnownServer(
        title="Gemini",
        url="https://generativelanguage.googleapis.com/v1beta/openai",
        api_key_env="GEMINI_API_KEY",
        keys={**VOTES, "extra": '{ reasoning_effort = "none" }'},
    ),
    "openrouter": KnownServer(
        title="OpenRouter", url="https://openrouter.ai/api/v1", api_key_env="OPENROUTER_API_KEY", keys=VOTES
    ),
    "groq": KnownServer(
        title="Groq", url="https://api.groq.com/openai/v1", api_key_env="GROQ_API_KEY", keys=VOTES
    ),
    "azure": KnownServer(
        title="Azure",
        url="/openai/v1",
        api_key_env="AZURE_OPENAI_API_KEY",
        address_env="AZURE_OPENAI_ENDPOINT",
    ),
    "mistral": KnownServer(
        title="Mistral", url="https://api.mistral.ai/v1", api_key_env="MISTRAL_API_KEY", keys=VOTES
    ),
    "deepseek": KnownServer(
        title="DeepSeek",
        url="https://api.deepseek.com/v1",
        api_key_env="DEEPSEEK_API_KEY",
        keys={"extra": '{ thinking = { type = "disabled" } }'},
    ),
}
