"""What a request says, checked: texts within their length, numbers within their range."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mollia.web.render import session_of
from mollia.web.sessions import Session

NAME, NOTE = 60, 500  # characters

Handler = Callable[[Request, FormData], Response]


def posted(handler: Handler) -> Callable[[Request], Any]:
    """Read the form, then work outside the event loop: the ledger waits for the disk."""

    async def endpoint(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=200) as form:
            return await run_in_threadpool(handler, request, form)

    return endpoint


def named(request: Request) -> Session:
    """Return the session of someone who has said a name."""
    session = session_of(request)
    if not session.name:
        raise HTTPException(403, "Say who you are first: open the start page.")
    return session


def text_of(form: FormData, name: str, longest: int) -> str:
    """Return a field of a form, without blanks around it."""
    value = form.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise HTTPException(400, f"{name} may have {longest} characters.")
    return value.strip()


def number_of(written: str, n: int, what: str) -> int:
    """Return a number from 0 to n - 1."""
    if not (written.isascii() and written.isdigit() and len(written) <= len(str(n)) and int(written) < n):
        raise HTTPException(400, f"There is no such {what}.")
    return int(written)
