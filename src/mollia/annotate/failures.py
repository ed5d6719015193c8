"""Which failures pass, which end a row, and which an LLM."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from mollia.errors import AnswerRefused, QuotaReached

TOO_MANY, TOO_LARGE, SERVER_ERRORS = 429, 413, 500
PASSING = {408, 409, 425, TOO_MANY}
HOPELESS = {400, 401, 402, 403, 404, 405, 410, 422}
WRONG_KEY = {401, 402, 403}
WRONG_PLACE = {404, 405, 410}
PATIENCE = 600.0  # seconds; a server that wants a longer wait has used up its quota
TOO_LONG = (
    "context length",
    "context size",
    "context window",
    "too long",
    "too many tokens",
    "maximum context",
)
NO_TEMPLATE = "chat template"
FILTERED = ("content_filter", "content management policy")
SPENT = ("insufficient_quota", "billing", "out of credit", "daily limit", "until tomorrow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often and how long failures that pass are waited out (seconds)."""

    attempts: int = 8
    first_wait: float = 0.5
    longest_wait: float = 20.0


class RowFailed(Exception):
    """A row gets no answer; `problem` is what the ledger says: kind, then detail."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = detail

    @property
    def problem(self) -> str:
        """The kind, and after a colon the detail."""
        return f"{self.kind}: {self.detail}" if self.detail else self.kind


class Passing(RowFailed):
    """A failure that may pass; `wait` is the server's own wish in seconds.

    `paid` marks a reply that was computed and makes no sense; `down` a server nobody answers at.
    """

    def __init__(
        self,
        kind: str,
        detail: str = "",
        *,
        wait: float | None = None,
        paid: bool = False,
        down: bool = False,
    ) -> None:
        super().__init__(kind, detail)
        self.wait = wait
        self.paid = paid
        self.down = down


def failure(
    reply: httpx2.Response, *, llm: str, url: str, api_key_env: str | None, clean: Callable[[str], str]
) -> Exception:
    """Return what a reply that is not 200 means: `Passing`, `RowFailed`, or an AnnotatorError."""
    status, said = reply.status_code, clean(_message(reply))
    lowered = said.lower()
    wait = _wait(reply.headers.get("retry-after"))
    spent = wait is None and any(word in lowered for word in SPENT)
    if status == TOO_MANY and ((wait or 0) > PATIENCE or spent):
        return QuotaReached(
            f"{llm}: the quota at {url} is used up (HTTP 429: {said}).",
            hint="All answers so far are kept; run the same command again when the quota is renewed.",
        )
    if any(words in lowered for words in FILTERED):
        return RowFailed("refused by a content filter", said)
    if status == TOO_LARGE or (status in HOPELESS and any(words in lowered for words in TOO_LONG)):
        return RowFailed("text too long", said)
    if status in HOPELESS:
        return AnswerRefused(
            f"{llm}: the server at {url} refuses (HTTP {status}: {said}).",
            hint=_hint(status, lowered, api_key_env),
        )
    if status in PASSING or status >= SERVER_ERRORS:
        return Passing(f"HTTP {status}", said, wait=wait)
    return RowFailed(f"HTTP {status}", said)


def _hint(status: int, said: str, api_key_env: str | None) -> str:
    if status in WRONG_KEY and api_key_env:
        return f"Check the key in the environment variable {api_key_env}."
    if status in WRONG_KEY:
        return "Put the key into an environment variable and name it as api_key_env of this panel member."
    if status in WRONG_PLACE:
        return "Check url (it usually ends in /v1) and model of this panel member."
    if NO_TEMPLATE in said:
        return 'This is a base model, which continues text: give the panel member prompt = "plain".'
    return "The command doctor shows what the server can do: compare with this panel member's settings."


def _message(reply: httpx2.Response) -> str:
    try:
        content = json.loads(reply.content.decode(errors="replace"))
    except ValueError:
        return reply.text
    error = content.get("error", content) if isinstance(content, dict) else content
    if isinstance(error, dict):
        parts = [
            error.get("message") or error.get("detail") or "",
            error.get("code") or error.get("type") or "",
        ]
        return " ".join(str(part) for part in parts if part) or json.dumps(error)
    return str(error)


def _wait(retry_after: str | None) -> float | None:
    """Read Retry-After: seconds, or an HTTP date."""
    if retry_after is None:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
