"""Who may speak to the page: this machine's browser, opened with the start URL.

1. The server binds 127.0.0.1, and only that Host is answered (DNS rebinding).
2. The start URL holds a token; it is exchanged for a cookie (HttpOnly, SameSite=Strict).
3. What changes something needs the page's own Origin and a header that only its pages know (CSRF).
4. No page may run a script or load a byte from elsewhere (Content-Security-Policy).
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSRF_HEADER = "X-Mollia-Key"
SAFE = {"GET", "HEAD"}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
MAX_SESSIONS = 100
BODY = 64 * 1024  # bytes of a request; a label and a note are far shorter
BODY_SECONDS = 10.0  # within which a whole request has come


@dataclass(slots=True)
class Session:
    """One browser; `name` is who labels there, `key` what its requests must carry."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    name: str = ""


class Guard:
    """Checks every request before the app sees it; knows the sessions."""

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        self._app = app
        self._token = token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._cookie = f"mollia_{port}"  # cookies do not tell ports apart
        self._sessions: dict[str, Session] = {}
        self._turn = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through with its Session in `scope["session"]`, or answer why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, _hardened(send))
            return
        if scope["method"] in SAFE:
            await self._app(scope, receive, _hardened(send))
            return
        body = await _body(receive)
        if isinstance(body, Response):
            await body(scope, receive, _hardened(send))
            return
        await self._app(scope, _replayed(body, receive), _hardened(send))

    def _refusal(self, scope: Scope) -> Response | None:
        """Return the answer to a request that may not pass; for others set the session."""
        headers = Headers(scope=scope)
        if headers.getlist("host") not in [[host] for host in self._hosts]:
            return _page(
                421, "This address is not served here.", "Open the address that mollia serve printed."
            )
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        if given is not None and scope["method"] == "GET":
            return self._enter(scope, given)
        session = self._known(headers)
        if session is None:
            earlier = self._cookie in cookie_parser(headers.get("cookie", ""))
            return _page(
                403,
                "mollia serve was started again." if earlier else "This page needs its start address.",
                "Open the address that mollia serve printed in the terminal; it ends with a token.",
            )
        if scope["method"] not in SAFE:
            said = _cross_site(headers, session)
            if said:
                return _page(403, "This request was refused.", said)
        scope["session"] = session
        return None

    def _enter(self, scope: Scope, given: list[str]) -> Response:
        if len(given) != 1 or not secrets.compare_digest(given[0].encode(), self._token.encode()):
            return _page(
                403, "The token is not this server's.", "Copy the whole address that mollia serve printed."
            )
        session = self._known(Headers(scope=scope)) or Session()
        with self._turn:
            self._sessions[session.id] = session
            while len(self._sessions) > MAX_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(self._cookie, session.id, httponly=True, samesite="strict", path="/")
        return answer

    def _known(self, headers: Headers) -> Session | None:
        found = cookie_parser(headers.get("cookie", "")).get(self._cookie)
        with self._turn:
            return None if found is None else self._sessions.get(found)


async def _body(receive: Receive) -> bytes | Response:
    """Return what a request carries, however it is sent, or the answer to one that is too long or too slow."""
    said: bytes = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                said += message.get("body", b"")
                if len(said) > BODY:
                    return _closing(
                        _page(413, "This request is too long.", "A note may have 500 characters.")
                    )
                if not message.get("more_body", False):  # an end, or a client that has gone
                    return said
    except TimeoutError:
        return _closing(_page(408, "This request is too slow.", "Send it again."))


def _closing(answer: Response) -> Response:
    """The rest of the request is not waited for."""
    answer.headers["Connection"] = "close"
    return answer


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body that was read, then what comes after it."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


def _cross_site(headers: Headers, session: Session) -> str:
    """Say why a request that changes something does not come from one of our pages, or ""."""
    if headers.get("origin") != f"http://{headers['host']}":
        return "It does not come from this page (Origin)."
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return "It does not come from this page (Sec-Fetch-Site)."
    if not secrets.compare_digest(headers.get(CSRF_HEADER, "").encode(), session.key.encode()):
        return "It lacks this page's key; reload the page."
    return ""


def _page(status: int, title: str, advice: str) -> Response:
    """A page without any script, for who is not let in; the texts are ours."""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><h1>{title}</h1><p>{advice}</p></html>",
        status_code=status,
    )


def _hardened(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return with_headers
