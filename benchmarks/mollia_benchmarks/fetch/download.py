"""One file over HTTP: retried, resumed where it was cut off, whole or not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import stamina

from mollia.annotate.address import shown
from mollia.annotate.failures import PASSING, SERVER_ERRORS, Passing, Retry
from mollia.errors import MolliaError

OK, PARTIAL, BAD_RANGE = 200, 206, 416
CALLS = 2  # to a server at which nobody answers
BLOCK = 2**18  # bytes written at a time
RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")

Tell = Callable[[str, int, int], None]  # name, bytes so far, bytes in all (at most, where not known)


class DownloadFailed(MolliaError):
    """A server does not give what it should."""

    exit_code = 3


class NoConnection(DownloadFailed):
    """Nobody answers at an address: the network is closed, or the server is down."""

    retryable = True


def client() -> httpx2.Client:
    """Return a client that follows redirects and asks for files as they are."""
    return httpx2.Client(
        follow_redirects=True,
        headers={"Accept-Encoding": "identity"},  # a range counts the file's own bytes
        timeout=httpx2.Timeout(60.0, connect=10.0),
    )


def download(
    http: httpx2.Client, url: str, target: Path, *, most: int, tell: Tell, retry: Retry | None = None
) -> None:
    """Fetch `url` to `target`; what was fetched before a cut stays in `target`.part and is gone on from.

    Raises
    ------
    NoConnection
        When nobody answers.
    DownloadFailed
        When the server refuses, or sends more than `most` bytes; or the connection breaks too often.
    """
    retry = retry or Retry(attempts=4)
    part = target.with_name(f"{target.name}.part")
    refused = 0

    def again(error: Exception) -> bool:
        nonlocal refused
        if not isinstance(error, Passing):
            return False
        refused += error.down
        return refused < CALLS  # a closed network is said at once

    try:
        for attempt in stamina.retry_context(
            on=again,
            attempts=retry.attempts,
            timeout=None,
            wait_initial=retry.first_wait,
            wait_max=retry.longest_wait,
            wait_jitter=retry.first_wait,
        ):
            with attempt:
                _once(http, url, part, most=most, tell=lambda done, total: tell(target.name, done, total))
    except Passing as error:
        if error.down:
            raise NoConnection(
                f"Nobody answers at {urlsplit(shown(url)).netloc} ({error.detail}).",
                hint="Check the network, or get the file elsewhere and give its folder with --from.",
            ) from error
        raise DownloadFailed(
            f"{target.name}: {shown(url)} could not be fetched whole ({error.problem}).",
            hint="Run the same command again: it goes on where it stopped.",
        ) from error
    part.replace(target)
    _tag_file(part).unlink(missing_ok=True)


def _once(http: httpx2.Client, url: str, part: Path, *, most: int, tell: Callable[[int, int], None]) -> None:
    """Try once; connection errors become `Passing`."""
    have, tag = _so_far(part)
    headers = {"Range": f"bytes={have}-", "If-Range": tag} if have else {}
    try:
        with http.stream("GET", url, headers=headers) as reply:
            start, total = _place(reply, url, part, have)
            if total > most:
                _forget(part)
                raise _too_large(url, total, most)
            if not start:
                _forget(part)  # or an old part would stand under the new tag
            _keep_tag(part, reply)
            _write(reply, part, start=start, total=total, most=most, url=url, tell=tell)
    except httpx2.ConnectError as error:
        raise Passing("server unreachable", str(error), down=True) from error
    except httpx2.ConnectTimeout as error:
        raise Passing("server unreachable", "no answer in 10 s", down=True) from error
    except httpx2.TimeoutException as error:
        raise Passing("timed out") from error
    except httpx2.HTTPError as error:
        raise Passing("connection broke", str(error)) from error


def _place(reply: httpx2.Response, url: str, part: Path, have: int) -> tuple[int, int]:
    """Return where this reply's first byte belongs and the file's size (0: not known)."""
    status = reply.status_code
    if status == OK:
        return 0, int(reply.headers.get("content-length") or 0)
    if status == PARTIAL:
        found = RANGE.fullmatch(reply.headers.get("content-range", ""))
        if found and int(found[1]) == have:
            return have, int(found[2])
    if status in {PARTIAL, BAD_RANGE}:  # what is here does not fit what is there
        _forget(part)
        raise Passing(f"HTTP {status}", "the rest does not fit; starting over")
    if status in PASSING or status >= SERVER_ERRORS:
        raise Passing(f"HTTP {status}")
    raise DownloadFailed(
        f"The server refuses {shown(url)} (HTTP {status}).",
        hint="Open the address in a browser; if the file has moved, get it there and give its folder with --from.",
    )


def _write(
    reply: httpx2.Response,
    part: Path,
    *,
    start: int,
    total: int,
    most: int,
    url: str,
    tell: Callable[[int, int], None],
) -> None:
    """Append the reply to the first `start` bytes of `part`."""
    done = start
    with part.open("r+b" if start else "wb") as file:
        file.seek(start)
        file.truncate()
        for block in reply.iter_bytes(BLOCK):
            done += len(block)
            if done > most:
                _forget(part)
                raise _too_large(url, done, most)
            file.write(block)
            tell(done, total or most)
    if total and done != total and "content-encoding" not in reply.headers:
        raise Passing("connection broke", f"{done} of {total} bytes came")


def _too_large(url: str, size: int, most: int) -> DownloadFailed:
    return DownloadFailed(
        f"{shown(url)} has {size:,} bytes or more; at most {most:,} are expected.",
        hint="This is not the file that mollia knows; nothing was kept of it.",
    )


def _so_far(part: Path) -> tuple[int, str]:
    """Return how many bytes are here and the tag of what they belong to; without a tag nothing is gone on from."""
    tag_file = _tag_file(part)
    if not part.is_file() or not tag_file.is_file():
        return 0, ""
    tag = tag_file.read_text("ascii", "replace").strip()
    return (part.stat().st_size, tag) if tag else (0, "")


def _keep_tag(part: Path, reply: httpx2.Response) -> None:
    """Keep the strong tag, by which the server will know whether its file is still the same."""
    tag = reply.headers.get("etag", "")
    if tag.startswith('"') and tag.isascii() and "content-encoding" not in reply.headers:
        _tag_file(part).write_text(tag, "ascii")
    else:
        _tag_file(part).unlink(missing_ok=True)


def _tag_file(part: Path) -> Path:
    return part.with_name(f"{part.name}.etag")


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _tag_file(part).unlink(missing_ok=True)
