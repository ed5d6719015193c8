"""Servers' addresses: checked before use, shown without secrets, and whether a proxy stands before them."""

from __future__ import annotations

import ipaddress
import urllib.request
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

_LOCAL = {"localhost", "localhost.localdomain", "ip6-localhost"}


def checked_url(url: str) -> str:
    """Return a server's base URL as it is.

    Raises
    ------
    ValueError
        When it is none; the message says what to write, and no password.
    """
    if any(sign.isspace() or ord(sign) < 0x20 for sign in url):  # noqa: PLR2004  # control signs
        raise ValueError("the address has a blank or a line break in it")
    if "://" not in url:
        raise ValueError(f"the address needs http:// or https:// before it: http://{shown('//' + url)[2:]}")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("the address has no valid host and port: write http://HOST:PORT/v1") from None
    if parts.scheme not in {"http", "https"}:
        raise ValueError(f"the address begins with {parts.scheme}://; it must begin with http:// or https://")
    if not parts.hostname:
        raise ValueError("the address names no host: write http://HOST:PORT/v1")
    return url


def shown(url: str) -> str:
    """Return a URL without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(an address that cannot be read)"
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


@dataclass(frozen=True, slots=True)
class Base:
    """A server's base URL taken apart; a bare host means its /v1."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str
    login: str  # user:password, "" where there is none
    shown: str

    @classmethod
    def of(cls, url: str) -> Base:
        """Take a checked URL apart."""
        parts = urlsplit(url)
        path = parts.path.rstrip("/") or "/v1"
        plain = SplitResult(parts.scheme, parts.netloc.rpartition("@")[2], path, "", "")
        return cls(
            scheme=parts.scheme,
            host=parts.hostname or "",
            port=parts.port,
            path=path,
            query=parts.query,
            login=parts.netloc.rpartition("@")[0],
            shown=urlunsplit(plain),
        )

    @property
    def server(self) -> str:
        """Host and port, as the header Host gives them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else host

    def target(self, path: str, *, root: bool) -> str:
        """Return path and query of a page below the base, or below the server's root."""
        below = self.path.removesuffix("/v1") if root else self.path
        return below + path + (f"?{self.query}" if self.query else "")

    @property
    def proxy(self) -> str | None:
        """The proxy that the environment names for this server; none stands before this machine itself."""
        if is_local(self.host) or urllib.request.proxy_bypass(self.host):
            return None
        found = urllib.request.getproxies()
        proxy = found.get(self.scheme) or found.get("all")
        return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def is_local(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() in _LOCAL or host.lower().endswith(".localhost")
