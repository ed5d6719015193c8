"""The HTTP client, and the one retry layer around it."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx2
import stamina

from mollia.annotate.failures import Passing, Retry, RowFailed, failure
from mollia.errors import AnswerRefused, ServerUnreachable

OK = 200
ABSENT = {400, 404, 405, 410, 422, 501}  # ways of having no such page
PAID_TRIES = 2  # a reply that was computed and makes no sense is asked for once more
SHOWN = 300  # letters of a server's message that are passed on

# Without a logging setup, Python prints a library's warnings bare; waits are ours to tell.
logging.getLogger("stamina").addHandler(logging.NullHandler())

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(slots=True)
class Cost:
    """What one question has cost so far."""

    calls: int = 0
    prompt_tokens: int = 0
    reply_tokens: int = 0

    def add_usage(self, reply: Mapping[str, Any]) -> None:
        """Count the `usage` of an OpenAI-shaped reply."""
        usage = reply.get("usage")
        if isinstance(usage, Mapping):
            self.prompt_tokens += int(usage.get("prompt_tokens") or 0)
            self.reply_tokens += int(usage.get("completion_tokens") or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where an LLM is asked.

    Parameters
    ----------
    llm : its name on the panel.
    urls : base URLs of servers that serve the same model, usually ending in /v1.
    api_key_env : the environment variable that holds the key, which is only ever read from there.
    timeout : seconds before a request is tried again.
    concurrency : requests at the same time.
    """

    llm: str
    urls: Sequence[str]
    api_key_env: str | None = None
    timeout: float = 60.0
    concurrency: int = 8
    retry: Retry = field(default_factory=Retry)


class Client:
    """Posts JSON to one of several equal servers, in turn; threads may share it.

    Raises
    ------
    AnswerRefused
        On construction, when the environment variable with the key is not set.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._bases = [_base(url) for url in endpoint.urls]
        self._turn = count()
        self._down = 0
        self._counting = threading.Lock()
        self._key = _key(endpoint)
        https = any(base.startswith("https:") for base in self._bases)
        self._verify = httpx2.create_ssl_context() if https else False  # certificates take 0.1 s to load
        self._all: list[httpx2.Client] = []
        # Whoever asks takes a client for itself: threads that share one wait for its pool's lock.
        self._idle: list[httpx2.Client] = []

    def __repr__(self) -> str:
        return f"Client({self.endpoint.llm!r}, {self.shown!r})"

    @property
    def shown(self) -> str:
        """The first server's address without user and password."""
        return shown(self._bases[0])

    def post(self, path: str, body: Json, cost: Cost, *, root: bool = False) -> Json:
        """Return the JSON object that comes back; `path` counts from the base URL, or the server's root.

        Raises
        ------
        RowFailed
            When this request will not succeed.
        AnnotatorError
            When none will: key, model, address, quota.
        """

        def once(base: str) -> Json:
            cost.calls += 1
            with self._connection() as http:
                reply = http.post(_joined(base, path, root=root), json=body)
            return self._json(reply, base)

        return self._retried(once)

    def look(
        self, path: str, body: Json | None = None, *, root: bool = False
    ) -> tuple[Json, Mapping[str, str]]:
        """Ask the server about itself: JSON object and headers; ({}, headers) where it has no such page."""

        def once(base: str) -> tuple[Json, Mapping[str, str]]:
            url = _joined(base, path, root=root)
            with self._connection() as http:
                reply = http.get(url) if body is None else http.post(url, json=body)
            if reply.status_code in ABSENT:
                return {}, reply.headers
            return self._json(reply, base), reply.headers

        return self._retried(once, few=True)

    def close(self) -> None:
        """Close the connections."""
        for http in self._all:
            http.close()

    def _connected(self) -> httpx2.Client:
        http = httpx2.Client(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            verify=self._verify,
            timeout=httpx2.Timeout(self.endpoint.timeout, connect=min(10.0, self.endpoint.timeout)),
        )
        self._all.append(http)
        return http

    @contextmanager
    def _connection(self) -> Iterator[httpx2.Client]:
        """Lend a client to one request; there are never more of them than requests at the same time."""
        try:
            http = self._idle.pop()
        except IndexError:
            http = self._connected()
        try:
            yield http
        finally:
            self._idle.append(http)

    def _retried(self, once: Callable[[str], T], *, few: bool = False) -> T:
        """Try until it works, a failure cannot pass, or the attempts are used up."""
        paid = 0

        def again(error: Exception) -> bool | float:
            if not isinstance(error, Passing) or paid >= PAID_TRIES:
                return False
            return True if error.wait is None else error.wait

        retry = self.endpoint.retry
        first = next(self._turn)
        try:
            for attempt in stamina.retry_context(
                on=again,
                attempts=min(3, retry.attempts) if few else retry.attempts,
                timeout=None,
                wait_initial=retry.first_wait,
                wait_max=retry.longest_wait,
                wait_jitter=retry.first_wait,
            ):
                with attempt:
                    try:
                        result = self._once(once, self._bases[(first + attempt.num - 1) % len(self._bases)])
                    except Passing as error:
                        paid += error.paid
                        raise
        except Passing as error:
            self._note_down(down=error.down, at_once=few)
            raise RowFailed(error.kind, error.detail) from error
        self._down = 0
        return result

    def _once(self, once: Callable[[str], T], base: str) -> T:
        """Try at one server."""
        try:
            return once(base)
        except httpx2.ConnectError as error:
            raise Passing("server unreachable", self._clean(str(error)), down=True) from error
        except httpx2.TimeoutException as error:
            raise Passing("timed out", f"{self.endpoint.timeout:g} s") from error
        except httpx2.HTTPError as error:
            raise Passing("connection broke", self._clean(str(error))) from error

    def _note_down(self, *, down: bool, at_once: bool) -> None:
        """Give up a server that cannot be reached again and again."""
        with self._counting:
            self._down = self._down + 1 if down else 0
            given_up = down and (at_once or self._down > self.endpoint.concurrency)
        if given_up:
            raise ServerUnreachable(
                f"{self.endpoint.llm}: nobody answers at {self.shown}.",
                hint="Start the server, or correct the url of this panel member in the task file.",
            )

    def _json(self, reply: httpx2.Response, base: str) -> Json:
        if reply.status_code != OK:
            raise failure(
                reply,
                llm=self.endpoint.llm,
                url=shown(base),
                api_key_env=self.endpoint.api_key_env,
                clean=self._clean,
            )
        try:
            content = json.loads(reply.content.decode(errors="replace"))
        except ValueError as error:
            raise Passing("invalid JSON", self._clean(reply.text), paid=True) from error
        if not isinstance(content, dict):
            return {"data": content}
        return content

    def _clean(self, text: str) -> str:
        """Shorten a server's message and take the key out of it."""
        if self._key:
            text = text.replace(self._key, "[key]")
        return " ".join(text.encode(errors="replace").decode().split())[:SHOWN]


def shown(url: str) -> str:
    """Return a URL without user, password and query."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


def _key(endpoint: Endpoint) -> str:
    if endpoint.api_key_env is None:
        return ""
    key = os.environ.get(endpoint.api_key_env, "").strip()
    if not key:
        raise AnswerRefused(
            f"{endpoint.llm}: the environment variable {endpoint.api_key_env} with the key is not set.",
            hint=f"Set it: export {endpoint.api_key_env}=...",
        )
    return key


def _base(url: str) -> str:
    """Return a base URL without a trailing slash; a bare host means its /v1."""
    stripped = url.rstrip("/")
    return stripped if urlsplit(stripped).path else stripped + "/v1"


@lru_cache
def _joined(base: str, path: str, *, root: bool) -> httpx2.URL:
    return httpx2.URL((base.removesuffix("/v1") if root else base) + path)  # parsing costs as much as sending
