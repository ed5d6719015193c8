"""Which failures pass, which end a row, and which an LLM."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from mollia.annotate.connection import HttpReply
from mollia.errors import AnnotatorError, AnswerRefused, QuotaReached, ServerCannot

TOO_MANY, TOO_LARGE, SERVER_ERRORS, NOT_MADE = 429, 413, 500, 501
PASSING = {408, 409, 425, TOO_MANY}
NO_BALANCE = 402
WRONG_KEY = {401, NO_BALANCE}
MAYBE_KEY = {403}
WRONG_PLACE = {404, 405, 410}
PROXY_KEY = 407
PATIENCE = 600.0  # seconds; a server that wants a longer wait has used up its quota
LONG_TEXT = "text too long"
FILTERED_TEXT = "refused by a content filter"
TOO_LONG = re.compile(
    r"context.?(?:length|size|window)|context_length|too.?long|too many (?:input )?tokens|maximum context|max_model_len"
    r"|reduce the (?:length|prompt|size)|max_new_tokens|token count|(?:maximum|max) (?:number of tokens|prompt|input|sequence|allowed)"
    r"|(?:prompt|input|sequence) (?:length|tokens?)|tokens? (?:exceed|limit)|exceeds? the (?:maximum|limit|model|available)"
    r"|exceed_context|request too large|entity too large|payload too large|longer than"
)
FILTERED = re.compile(
    r"content.?filter|content.?management|content.?polic|content exists risk|inappropriate|data_inspection|moderation|flagged"
    r"|usage polic|safety|prohibited|harmful|sensitive|invalid_prompt|policy.?violation|violat|responsible ai|blocked|unsafe|guardrail"
)
SPENT = (
    "insufficient_quota",
    "billing",
    "out of credit",
    "daily limit",
    "until tomorrow",
    "per-day",
    "per day",
    "credit balance",
)
NO_TEMPLATE = "chat template"
_STATUS_OF = {
    "rate_limit": 429, "too_many_requests": 429, "insufficient_quota": 429, "overloaded": 503, "unavailable": 503,
    "timeout": 504, "authentication": 401, "invalid_api_key": 401, "permission": 403, "not_found": 404,
    "invalid_request": 400, "context_length": 400, "content_filter": 400, "resource_exhausted": 429, "invalid_argument": 400,
}  # fmt: skip
_AGAIN_IN = re.compile(
    r"(?:try again|retry|wait)[^.\d]{0,40}?(\d[\d.]*)\s*(ms|milliseconds|s\b|sec|m\b|min|h\b|hour)",
    re.IGNORECASE,
)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_UNITS = {"m": 60.0, "min": 60.0, "h": 3600.0, "hour": 3600.0, "ms": 0.001, "milliseconds": 0.001}


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


class Refused(RowFailed):
    """The server refuses this request; `final` is what it means if it refuses every request."""

    def __init__(self, kind: str, detail: str, *, final: AnnotatorError) -> None:
        super().__init__(kind, detail)
        self.final = final


class Passing(RowFailed):
    """A failure that may pass; `wait` is the server's own wish in seconds.

    `paid` marks a reply that was computed and makes no sense, `down` a server nobody answers at.
    `at_first` is what it means where the server has never answered: then nothing is gained by waiting.
    """

    def __init__(
        self,
        kind: str,
        detail: str = "",
        *,
        wait: float | None = None,
        paid: bool = False,
        down: bool = False,
        at_first: AnnotatorError | None = None,
    ) -> None:
        super().__init__(kind, detail)
        self.wait = wait
        self.paid = paid
        self.down = down
        self.at_first = at_first


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who is asked where, for messages; `clean` takes secrets out of what a server says."""

    llm: str
    url: str
    api_key_env: str | None
    clean: Callable[[str], str]


def failure(reply: HttpReply, asking: Asking, *, status: int = 0, said: object = None) -> Exception:
    """Return what a reply that is no answer means: `Passing`, `RowFailed`, or an AnnotatorError.

    `status` and `said` are given where a reply of status 200 holds an error.
    """
    status = status or reply.status
    words = asking.clean(message(_content(reply)) if said is None else message(said))
    lowered = words.lower()
    wait = wait_of(reply.headers, words)
    if status == TOO_MANY and ((wait or 0) > PATIENCE or any(word in lowered for word in SPENT)):
        return QuotaReached(
            f"{asking.llm}: the quota at {asking.url} is used up (HTTP {status}: {words}).",
            hint="All answers so far are kept; run the same command again when the quota is renewed.",
        )
    if 300 <= status < 400 or status == PROXY_KEY:  # noqa: PLR2004  # redirects
        return elsewhere(reply, asking, status)
    final = AnswerRefused(
        f"{asking.llm}: the server at {asking.url} refuses (HTTP {status}: {words}).",
        hint=_hint(status, lowered, asking.api_key_env),
    )
    if status in WRONG_KEY:
        return final
    if status == TOO_LARGE or (status not in PASSING and TOO_LONG.search(lowered)):
        kind = LONG_TEXT
    elif status not in PASSING and status != NOT_MADE and FILTERED.search(lowered):
        kind = FILTERED_TEXT
    elif status in PASSING or (status >= SERVER_ERRORS and status != NOT_MADE):
        return Passing(f"HTTP {status}", words, wait=wait)
    else:
        kind = f"HTTP {status}"
    return Refused(kind, words, final=final)


def elsewhere(reply: HttpReply, asking: Asking, status: int) -> Passing:
    """Return the failure of a reply that points to another place, or wants a login at the proxy."""
    if status == PROXY_KEY:
        kind, hint = (
            "the proxy wants a login",
            "Put user and password into HTTPS_PROXY, or the host into NO_PROXY.",
        )
    else:
        to = asking.clean(reply.headers.get("location", ""))
        kind = "redirected"
        hint = f"Give the address it points to as url of this panel member: {to or '(it names none)'}"
    return Passing(
        f"HTTP {status}",
        kind,
        at_first=ServerCannot(
            f"{asking.llm}: {asking.url} does not answer itself: {kind} (HTTP {status}).", hint=hint
        ),
    )


def no_answer(kind: str, asking: Asking, *, detail: str = "", hint: str = "") -> Passing:
    """Return the failure of a reply that is no JSON: a web page, a stream, or damaged."""
    final = (
        ServerCannot(f"{asking.llm}: the server at {asking.url} sent {kind}.", hint=hint) if hint else None
    )
    return Passing(kind if hint else "invalid JSON", detail, paid=True, at_first=final)


def error_in(content: Mapping[str, Any]) -> tuple[int, object] | None:
    """Return status and words of an error that came as a reply of status 200, None where there is none."""
    found = content.get("error")
    choices = content.get("choices")
    if not found and isinstance(choices, list):
        found = next(
            (each["error"] for each in choices if isinstance(each, dict) and each.get("error")), None
        )
    if not found and not choices and ("detail" in content or "message" in content) and "data" not in content:
        found = content
    if not found:
        return None
    return _status_in(found), found


def _status_in(error: object) -> int:
    if isinstance(error, Mapping):
        for name in ("code", "status", "status_code", "type"):
            value = error.get(name)
            if (
                isinstance(value, int | str)
                and not isinstance(value, bool)
                and re.fullmatch(r"[45]\d\d", str(value))
            ):
                return int(value)
    words = message(error).lower().replace(" ", "_").replace("-", "_")
    return next((status for word, status in _STATUS_OF.items() if word in words), SERVER_ERRORS)


def _hint(status: int, said: str, api_key_env: str | None) -> str:
    if status == NO_BALANCE:
        return (
            "The account has no balance left: top it up. What was answered is kept; the same command goes on."
        )
    if status in WRONG_KEY | MAYBE_KEY and api_key_env:
        return f"Check the key in the environment variable {api_key_env}."
    if status in WRONG_KEY | MAYBE_KEY:
        return "Put the key into an environment variable and name it as api_key_env of this panel member."
    if status in WRONG_PLACE:
        return "Check url (it usually ends in /v1) and model of this panel member."
    if NO_TEMPLATE in said:
        return 'This is a base model, which continues text: give the panel member prompt = "plain".'
    return "The command doctor shows what the server can do: compare with this panel member's settings."


def _content(reply: HttpReply) -> object:
    try:
        content: object = json.loads(reply.content.decode(errors="replace"))
    except (ValueError, RecursionError):
        return re.sub(r"<[^<>]{0,200}>", " ", reply.text[:5000])
    return content


def message(content: object, *, depth: int = 0) -> str:
    """Return the words of an error, of whatever shape."""
    if depth > 4:  # noqa: PLR2004  # no error nests deeper
        return ""
    if isinstance(content, Mapping):
        if isinstance(content.get("error"), Mapping | str | list) and content["error"]:
            return message(content["error"], depth=depth + 1)
        names = (
            "message",
            "detail",
            "loc",
            "msg",
            "error_description",
            "code",
            "type",
        )  # loc: the field's name
        named = [content.get(name) for name in names]
        parts = [message(each, depth=depth + 1) for each in named if each not in (None, "", 0)]
        return " ".join(part for part in parts if part) or _short(content)
    if isinstance(content, list):
        return "; ".join(filter(None, (message(each, depth=depth + 1) for each in content[:3])))
    return "" if content is None else str(content)[:2000]


def _short(content: object) -> str:
    try:
        return json.dumps(content)[:300]
    except (RecursionError, ValueError):
        return ""


def wait_of(headers: Mapping[str, str], said: str) -> float | None:
    """Return the seconds that a server wants one to wait, by Retry-After, its own headers or its words."""
    wait = _retry_after(headers.get("retry-after"))
    if wait is not None:
        return wait
    if found := _AGAIN_IN.search(said):
        try:
            return float(found[1].rstrip(".")) * _UNITS.get(found[2].lower(), 1.0)
        except ValueError:
            return None
    for name in ("x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"):
        if spans := _SPAN.findall(headers.get(name, "")[:40]):
            return sum(float(number) * _UNITS.get(unit, 1.0) for number, unit in spans)
    return None


def _retry_after(value: str | None) -> float | None:
    """Read Retry-After: seconds, or an HTTP date."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if math.isfinite(seconds) else None
    try:
        moment = parsedate_to_datetime(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (aware - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
