"""Who may speak to the page: this machine's browser, opened with the start URL.

1. The server binds 127.0.0.1, and only that Host is answered (DNS rebinding).
2. The start URL holds a token; it is exchanged for a signed cookie (HttpOnly, SameSite=Strict).
3. What changes something needs the page's own Origin and a header that only its pages know (CSRF).
4. No page may run a script or load a byte from elsewhere (Content-Security-Policy).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mollia.web.sessions import Session, Sessions

CSRF_HEADER = "X-Mollia-Key"
SAFE = {"GET", "HEAD"}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
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
BODY = 64 * 1024  # bytes of a request; a label and a note are far shorter
BODY_SECONDS = 10.0  # within which a whole request has come


class Guard:
    """Checks every request before the app sees it."""

    def __init__(self, app: ASGIApp, *, port: int, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._cookie = f"mollia_{port}"  # cookies do not tell ports apart

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
        await self._app(scope, _replayed(body, receive), self._renamed(scope["session"], _hardened(send)))

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
                "This page belongs to another start of mollia serve, or to another task."
                if earlier
                else "This page needs its start address.",
                "Open the address that mollia serve printed in the terminal; it ends with a token.",
            )
        if scope["method"] not in SAFE:
            said = _cross_site(headers, session)
            if said:
                return _page(403, "This request was refused.", said)
        scope["session"] = session
        return None

    def _enter(self, scope: Scope, given: list[str]) -> Response:
        if len(given) != 1 or not secrets.compare_digest(given[0].encode(), self._sessions.token.encode()):
            return _page(
                403, "The token is not this server's.", "Copy the whole address that mollia serve printed."
            )
        session = self._known(Headers(scope=scope)) or self._sessions.new()
        answer = RedirectResponse("/", status_code=303)
        self._give(answer, session)
        return answer

    def _known(self, headers: Headers) -> Session | None:
        found = cookie_parser(headers.get("cookie", "")).get(self._cookie)
        return None if found is None else self._sessions.known(found)

    def _give(self, answer: Response, session: Session) -> None:
        answer.set_cookie(
            self._cookie, self._sessions.cookie(session), httponly=True, samesite="strict", path="/"
        )

    def _renamed(self, session: Session, send: Send) -> Send:
        """Return a `send` that gives a new cookie to a person who has said another name."""
        before = session.name

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and session.name != before:
                answer = Response()
                self._give(answer, session)
                MutableHeaders(scope=message).append("set-cookie", answer.headers["set-cookie"])
            await send(message)

        return with_cookie


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
