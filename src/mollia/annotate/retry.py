"""The HTTP client, and the one retry layer around it."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import httpcore2
import stamina

from mollia.annotate.address import Base, checked_url
from mollia.annotate.connection import Connection, HttpReply, NotUnpacked, TooLarge
from mollia.annotate.failures import Asking, Passing, Refused, Retry, RowFailed, error_in, failure, no_answer
from mollia.annotate.secret import Secrets, read_key
from mollia.annotate.unreachable import unreachable
from mollia.errors import AnswerRefused, ServerUnreachable

OK = 200
ABSENT = {400, 403, 404, 405, 406, 410, 422, 501}  # ways of having no such page
OWN_ERROR = "HTTP 500"
PAID_TRIES = 2  # a reply that was computed and makes no sense is asked for once more
FEW = 3  # tries where the server has not answered yet, or is asked about itself
MOST_MODELS, LONGEST_MODEL = 8, 200  # names that are kept, and their letters
SHOWN = 300  # letters of a server's message that are passed on
MOST_TOKENS = 10**9  # a count above that is a mistake of the server

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
            self.prompt_tokens += number_of_tokens(usage.get("prompt_tokens"))
            self.reply_tokens += number_of_tokens(usage.get("completion_tokens"))


def number_of_tokens(value: object) -> int:
    """Return a count that a server gave, 0 where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_TOKENS:
        return 0
    return int(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where an LLM is asked.

    Parameters
    ----------
    llm : its name on the panel.
    urls : base URLs of servers that serve the same model, usually ending in /v1.
    api_key_env : the environment variable that holds the key, which is only ever read from there.
    timeout : seconds that a request may take as a whole, before it is tried again.
    concurrency : requests at the same time.
    """

    llm: str
    urls: Sequence[str] = field(repr=False)
    api_key_env: str | None = None
    timeout: float = 60.0
    concurrency: int = 8
    retry: Retry = field(default_factory=Retry)


class Client:
    """Posts JSON to one of several equal servers, in turn; threads may share it.

    Raises
    ------
    AnswerRefused
        On construction, when the key is not set or cannot be one, or an address is none.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        try:
            self._bases = [Base.of(checked_url(url)) for url in endpoint.urls]
        except ValueError as error:
            raise AnswerRefused(
                f"{endpoint.llm}: {error}.", hint="Correct the url of this panel member in the task file."
            ) from None
        self._turn = count()
        self._down = 0
        self._counting = threading.Lock()
        self._answered_as: set[str] = set()  # models' names, as the servers give them
        self.proven = False  # whether a request was ever answered
        key = read_key(endpoint.api_key_env, endpoint.llm)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.secrets = Secrets(key, endpoint.urls)
        self._trust = _trust() if any(base.scheme == "https" for base in self._bases) else None
        self._all: list[Connection] = []
        # Whoever asks takes a connection for itself: threads that share one wait for its pool's lock.
        self._idle: list[Connection] = []

    def __repr__(self) -> str:
        return f"Client({self.endpoint.llm!r}, {self.shown!r})"

    @property
    def shown(self) -> str:
        """The first server's address without user, password and query."""
        return self._bases[0].shown

    def post(
        self, path: str, body: Json, cost: Cost, *, root: bool = False, attempts: int | None = None
    ) -> Json:
        """Return the JSON object that comes back; `path` counts from the base URL, or the server's root.

        Raises
        ------
        RowFailed
            When this request will not succeed.
        AnnotatorError
            When none will: key, model, address, quota.
        """
        content = json.dumps(body).encode()

        def once(base: Base) -> Json:
            cost.calls += 1
            return self._json(self._sent("POST", base, base.target(path, root=root), content), base)

        result = self._retried(once, attempts=attempts)
        self.proven = True
        model = result.get("model")
        if isinstance(model, str) and model and len(self._answered_as) < MOST_MODELS:
            self._answered_as.add(self.secrets.without(model)[:LONGEST_MODEL])
        return result

    def answered_as(self, before: object = None) -> list[str]:
        """Return the models' names as the servers gave them, those noted `before` too."""
        return sorted({*self._answered_as, *(map(str, before) if isinstance(before, list) else ())})

    def look(
        self, path: str, body: Json | None = None, *, root: bool = False
    ) -> tuple[Json, Mapping[str, str]]:
        """Ask the server about itself: JSON object and headers; ({}, headers) where it has no such page."""
        content = None if body is None else json.dumps(body).encode()

        def once(base: Base) -> tuple[Json, Mapping[str, str]]:
            reply = self._sent("GET" if body is None else "POST", base, base.target(path, root=root), content)
            if reply.status in ABSENT or (reply.status == OK and not _is_object(reply)):
                return {}, reply.headers
            return self._json(reply, base), reply.headers

        return self._retried(once, attempts=FEW)

    def close(self) -> None:
        """Close the connections."""
        for connection in self._all:
            connection.close()

    def _sent(self, method: str, base: Base, target: str, content: bytes | None) -> HttpReply:
        """Send one request, whose failures are all `RowFailed`."""
        asking = self._asking(base)
        with self._connection() as connection:
            try:
                return connection.request(method, base, target, content)
            except TooLarge as error:
                raise Passing("reply too large", str(error), paid=True) from error
            except NotUnpacked as error:
                raise Passing("damaged reply", str(error), paid=True) from error
            except (
                httpcore2.NetworkError,
                httpcore2.TimeoutException,
                httpcore2.ProtocolError,
                httpcore2.ProxyError,
                OSError,
                ValueError,
            ) as error:
                raise unreachable(error, base, asking, timeout=self.endpoint.timeout) from error

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """Lend a connection to one request; there are never more of them than requests at the same time."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = Connection(trust=self._trust, headers=self._headers, timeout=self.endpoint.timeout)
            self._all.append(connection)
        try:
            yield connection
        finally:
            self._idle.append(connection)

    def _retried(self, once: Callable[[Base], T], *, attempts: int | None = None) -> T:
        """Try until it works, a failure cannot pass, or the attempts are used up."""
        paid = tries = 0
        retry = self.endpoint.retry
        most = min(retry.attempts, attempts or retry.attempts)
        first = next(self._turn)

        def again(error: Exception) -> bool | float:
            if not isinstance(error, Passing) or paid >= PAID_TRIES:
                return False
            if error.at_first is not None and not self.proven:  # each server once, without a wait
                return 0.0 if tries < len(self._bases) else False
            if (
                error.kind == OWN_ERROR and not self.proven
            ):  # it may be due to the way of asking, which is tried next
                return tries < FEW
            return True if error.wait is None else error.wait

        try:
            for attempt in stamina.retry_context(
                on=again,
                attempts=max(most, len(self._bases)),
                timeout=None,
                wait_initial=retry.first_wait,
                wait_max=retry.longest_wait,
                wait_jitter=retry.first_wait,
            ):
                with attempt:
                    tries = attempt.num
                    try:
                        result = once(self._bases[(first + attempt.num - 1) % len(self._bases)])
                    except Passing as error:
                        paid += error.paid
                        raise
        except Passing as error:
            if error.at_first is not None and not self.proven:
                if error.down:
                    raise error.at_first from error
                raise Refused(error.kind, error.detail, final=error.at_first) from error
            self._note_down(down=error.down)
            raise RowFailed(error.kind, error.detail) from error
        self._down = 0
        return result

    def _note_down(self, *, down: bool) -> None:
        """Give up a server that cannot be reached again and again."""
        with self._counting:
            self._down = self._down + 1 if down else 0
            given_up = self._down > self.endpoint.concurrency
        if given_up:
            raise ServerUnreachable(
                f"{self.endpoint.llm}: nobody answers at {self.shown} any more.",
                hint="Start the server again; what was answered is kept, and the same command goes on.",
            )

    def _json(self, reply: HttpReply, base: Base) -> Json:
        asking = self._asking(base)
        if reply.status != OK:
            raise failure(reply, asking)
        content = _object(reply, asking)
        if found := error_in(content):
            status, said = found
            raise failure(reply, asking, status=status, said=said)
        return content

    def _asking(self, base: Base) -> Asking:
        return Asking(
            llm=self.endpoint.llm, url=base.shown, api_key_env=self.endpoint.api_key_env, clean=self.clean
        )

    def clean(self, text: str) -> str:
        """Shorten a server's message and take secrets out of it."""
        return " ".join(self.secrets.without(text).encode(errors="replace").decode().split())[:SHOWN]


def _object(reply: HttpReply, asking: Asking) -> Json:
    """Return the JSON object that a reply is; an array becomes one with `data`."""
    try:
        content = json.loads(reply.content.decode(errors="replace"))
    except (ValueError, RecursionError) as error:
        start, kind = reply.text.lstrip()[:200].lower(), reply.headers.get("content-type", "").lower()
        said = asking.clean(reply.text[:2000])
        if "event-stream" in kind or start.startswith(("data:", "event:", ":")):
            hint = "This server streams though it is not asked to: drop the field stream, or ask the model elsewhere."
            raise no_answer("an event stream instead of an answer", asking, detail=said, hint=hint) from error
        if "html" in kind or start.startswith(("<!doctype", "<html")):
            hint = "Correct the url of this panel member: it usually ends in /v1, and is not the address of a web page."
            raise no_answer("a web page instead of an answer", asking, detail=said, hint=hint) from error
        raise no_answer("no JSON", asking, detail=said) from error
    return content if isinstance(content, dict) else {"data": content}


def _is_object(reply: HttpReply) -> bool:
    return reply.content.lstrip()[:1] in {b"{", b"["}


def _trust() -> Any:  # noqa: ANN401  # an SSL context
    import httpx2  # noqa: PLC0415  # certificates take 0.1 s to load

    return httpx2.create_ssl_context()
