"""What a task file says about an LLM behind a server that speaks the OpenAI protocol."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from mollia.annotate.address import checked_url
from mollia.annotate.dialects import KEPT
from mollia.annotate.failures import Retry
from mollia.annotate.openai_server import OpenAIServer
from mollia.annotate.retry import Endpoint
from mollia.settings import Cap, Number, PanelMember, PromptForm


class OpenAIMember(PanelMember):
    """`[[panel]]` of kind "openai": a model behind one server, or several that serve the same model."""

    kind: Literal["openai"]
    """How it is asked."""
    url: str | None = None
    """Base URL of the server, usually ending in `/v1`."""
    urls: tuple[str, ...] = ()
    """Base URLs of several servers of one model, in place of `url`."""
    model: str = ""
    """The name of the model on the server."""
    api_key_env: Annotated[str | None, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=80)] = None
    """Name of the environment variable that holds the key (never the key itself)."""
    prompt: PromptForm = "chat"
    """`plain`: a base model that continues a text instead of answering."""
    votes_only: Annotated[bool, Field(strict=True)] = False
    """Without label probabilities, let samples stand in."""
    timeout: Annotated[Cap, Field(gt=0)] = 60.0
    """Seconds that a request may take as a whole before it is tried again."""
    concurrency: Annotated[Number, Field(le=1000)] = 8
    """Requests at the same time."""
    attempts: Annotated[Number, Field(le=100)] = 8
    """Tries of one request, for failures that pass (busy, out of time)."""
    extra: Mapping[str, Any] = {}
    """Fields for every request, as `[panel.extra]`: `reasoning_effort = "none"` adds one, `seed = "drop"` drops one."""

    @field_validator("url", "urls")
    @classmethod
    def _an_address(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        for url in (value,) if isinstance(value, str) else value or ():
            checked_url(url)
        return value

    @field_validator("extra")
    @classmethod
    def _are_fields(cls, value: Mapping[str, Any]) -> Mapping[str, Any]:
        if fixed := sorted(KEPT & set(value)):
            raise ValueError(f"{', '.join(fixed)} cannot be changed here: mollia writes the prompt")
        try:
            json.dumps(value)
        except (TypeError, ValueError):
            raise ValueError("dates and numbers that are none cannot be sent as JSON") from None
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.url is not None and self.urls:
            raise ValueError("give url (one server) or urls (several that serve the same model), not both")
        lacking = [key for key, value in (("url", self.addresses), ("model", self.model)) if not value]
        if lacking:
            raise ValueError(f'kind "openai" needs {" and ".join(lacking)}')
        return self

    @property
    def reads(self) -> frozenset[str]:
        """Texts, and images where the model is chatted with; whether it sees them, its server says."""
        return frozenset({"text", "image"} if self.prompt == "chat" else {"text"})

    @property
    def addresses(self) -> tuple[str, ...]:
        """The servers' base URLs."""
        return self.urls or ((self.url,) if self.url else ())

    def open(self) -> OpenAIServer:
        """Return the annotator these settings describe."""
        return OpenAIServer(
            Endpoint(
                llm=self.name,
                urls=self.addresses,
                api_key_env=self.api_key_env,
                timeout=self.timeout,
                concurrency=self.concurrency,
                retry=Retry(attempts=self.attempts),
            ),
            model=self.model,
            chat=self.prompt == "chat",
            votes_only=self.votes_only,
            max_tokens=self.max_tokens,
            extra=self.extra,
        )
