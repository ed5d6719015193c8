"""Why no request gets through, told apart by name, with what to do."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpcore2

from mollia.annotate.address import Base, shown
from mollia.annotate.connection import NO_HANDSHAKE
from mollia.annotate.failures import Asking, Passing
from mollia.errors import ServerCannot, ServerUnreachable

_PLAIN = (
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
    "UNKNOWN_PROTOCOL",
    NO_HANDSHAKE,
)


def unreachable(error: Exception, base: Base, asking: Asking, *, timeout: float) -> Passing:
    """Return the failure of a request that got no reply."""
    said = asking.clean(str(error))
    causes = list(_causes(error))
    if isinstance(error, httpcore2.ConnectError | httpcore2.ConnectTimeout | httpcore2.ProxyError):
        return _not_connected(causes, said, base, asking)
    if isinstance(error, httpcore2.TimeoutException):
        return Passing("timed out", f"{timeout:g} s")
    hint = f"Does the server want https? Then write https://{base.server}{base.path} as url of this panel member."
    final = None
    if base.scheme == "http" and isinstance(error, httpcore2.RemoteProtocolError) and "illegal" in said:
        final = ServerCannot(
            f"{asking.llm}: what answers at {base.shown} does not speak HTTP ({said}).", hint=hint
        )
    return Passing("connection broke", said, at_first=final)


def _not_connected(causes: list[BaseException], said: str, base: Base, asking: Asking) -> Passing:
    start = "Start the server, or correct the url of this panel member in the task file."
    text = " ".join(str(cause) for cause in causes)
    proxy = base.proxy
    if proxy is not None:
        kind = "the proxy does not answer"
        where = f"the proxy {shown(proxy)}, which the environment names for {base.shown}, does not let requests through ({said})"
        hint = f"Correct HTTPS_PROXY or HTTP_PROXY, or put {base.host} into NO_PROXY."
    elif (
        any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes)
        or "CERTIFICATE_VERIFY" in text
    ):
        kind = "certificate not trusted"
        where = f"the certificate of {base.shown} is not trusted"
        hint = "Name the file with your authority's certificate in the environment variable SSL_CERT_FILE."
    elif any(isinstance(cause, socket.gaierror) for cause in causes):
        kind = "name not found"
        where = f"the name {base.host} of {base.shown} is not known (it does not resolve)"
        hint = "Correct the host in the url of this panel member, or check the network."
    elif any(word in text for word in _PLAIN):
        kind = "no https"
        where = f"{base.shown} does not speak https"
        hint = f"Write http://{base.server}{base.path} as url of this panel member."
    elif any(isinstance(cause, ssl.SSLError) for cause in causes):
        kind = "no secure connection"
        where = f"no secure connection to {base.shown} comes about ({said})"
        hint = start
    else:
        kind, where, hint = "server unreachable", f"nobody answers at {base.shown}", start
    final = ServerUnreachable(f"{asking.llm}: {where}.", hint=hint)
    return Passing(kind, said, down=True, at_first=final)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(8):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
