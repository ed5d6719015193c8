"""One connection to a server: a request has a deadline as a whole, and a reply a largest size."""

from __future__ import annotations

import ssl
import time
import zlib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import httpcore2

from mollia.annotate.address import Base

LARGEST = 16 * 2**20  # bytes of a reply, unpacked
CONNECTING = 5.0  # seconds after which a server that takes no connection counts as not there
NO_HANDSHAKE = "no TLS handshake"
_PACKED = {"gzip": 31, "x-gzip": 31, "deflate": 47}


class TooLarge(Exception):
    """A reply is larger than any answer."""


class NotUnpacked(Exception):
    """A reply is packed in a way that is not known, or damaged."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """Status, headers in small letters, and the body unpacked."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text, wrong signs replaced."""
        return self.content.decode(errors="replace")


class Connection:
    """A connection that one thread uses at a time, kept open between requests."""

    def __init__(self, *, trust: ssl.SSLContext | None, headers: Mapping[str, str], timeout: float) -> None:
        self._headers = headers
        self._timeout = timeout
        self._trust = trust
        self._clock = _Clock()
        self._pools: dict[str | None, httpcore2.ConnectionPool] = {}

    def request(self, method: str, base: Base, target: str, body: bytes | None) -> HttpReply:
        """Send a request and return the whole reply, within the timeout.

        Raises
        ------
        httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, ...
            As httpcore does.
        TooLarge, NotUnpacked
            When the body is too large, or cannot be unpacked.
        """
        self._clock.start(self._timeout)
        headers = [("Host", base.server), ("Accept", "application/json"), ("Accept-Encoding", "identity")]
        headers += [("Content-Type", "application/json")] if body is not None else []
        if base.login and "Authorization" not in self._headers:
            headers.append(("Authorization", "Basic " + b64encode(unquote(base.login).encode()).decode()))
        headers += self._headers.items()
        url = httpcore2.URL(
            scheme=base.scheme, host=_ascii(base.host), port=base.port, target=_target(target)
        )
        seconds = {
            "connect": min(CONNECTING, self._timeout),
            **dict.fromkeys(("read", "write", "pool"), self._timeout),
        }
        pool = self._pool(base.proxy)
        with pool.stream(
            method, url, headers=headers, content=body, extensions={"timeout": seconds}
        ) as reply:
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reply.headers}
            return HttpReply(
                reply.status, found, _body(reply.iter_stream(), found.get("content-encoding", ""))
            )

    def _pool(self, proxy: str | None) -> httpcore2.ConnectionPool:
        if proxy not in self._pools:
            self._pools[proxy] = httpcore2.ConnectionPool(
                ssl_context=self._trust,
                proxy=_proxy(proxy) if proxy else None,
                max_connections=1,
                network_backend=_Backend(self._clock),
            )
        return self._pools[proxy]

    def close(self) -> None:
        """Close the connection."""
        for pool in self._pools.values():
            pool.close()


def _ascii(host: str) -> bytes:
    try:
        return host.encode("ascii")
    except UnicodeEncodeError:
        return host.encode("idna")


def _target(target: str) -> bytes:
    return quote(target, safe="/?&=%:@!$'()*+,;~[]-._").encode()


def _proxy(url: str) -> httpcore2.Proxy:
    parts = urlsplit(url)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return httpcore2.Proxy(url=bare.geturl(), auth=login)


def _body(pieces: Iterable[bytes], packed: str) -> bytes:
    encoding = packed.strip().lower()
    if encoding not in {"", "identity", *_PACKED}:
        raise NotUnpacked(f"the body is packed with {encoding[:20]}")
    unpack = zlib.decompressobj(_PACKED[encoding]) if encoding in _PACKED else None
    out, size = [], 0
    for piece in pieces:
        try:
            plain = piece if unpack is None else unpack.decompress(piece, LARGEST + 1)
        except zlib.error as error:
            raise NotUnpacked(f"the packed body is damaged ({error})") from error
        size += len(plain)
        if size > LARGEST:
            raise TooLarge(f"over {LARGEST // 2**20} MB")
        out.append(plain)
    return b"".join(out)


class _Clock:
    """When the request under way must be over."""

    def __init__(self) -> None:
        self._until = 0.0

    def start(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self, timeout: float | None) -> float:
        """Return what is left of the request's time, `timeout` at most."""
        seconds = self._until - time.monotonic()
        return max(0.0, seconds if timeout is None else min(seconds, timeout))


class _Stream(httpcore2.NetworkStream):
    """A stream whose reads and writes together keep to the clock: httpcore bounds each of them alone."""

    def __init__(self, inner: httpcore2.NetworkStream, clock: _Clock) -> None:
        self._inner = inner
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not (left := self._clock.left(timeout)):
            raise httpcore2.ReadTimeout("the request's time is over")
        return self._inner.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not (left := self._clock.left(timeout)):
            raise httpcore2.WriteTimeout("the request's time is over")
        self._inner.write(buffer, left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = self._clock.left(timeout) or 0.001
        try:
            return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._clock)
        except httpcore2.ConnectTimeout as error:
            raise httpcore2.ConnectError(NO_HANDSHAKE) from error

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  # httpcore's signature
        return self._inner.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    """httpcore's own backend, with streams that keep to the clock."""

    def __init__(self, clock: _Clock) -> None:
        self._clock = clock
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        left = self._clock.left(timeout) or 0.001
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options), self._clock)
