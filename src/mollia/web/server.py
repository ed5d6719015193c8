"""Serving the page on this machine alone."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from mollia.errors import MolliaError
from mollia.web.app import make_app
from mollia.web.desk import Desk
from mollia.web.fit import Fitter
from mollia.web.punctual import Punctual
from mollia.web.sessions import Sessions, secret_of

HOST = "127.0.0.1"
KEEP = 75  # seconds a connection is kept between two requests: longer than people look at most texts
GRACE = 2  # seconds that open requests get when the server stops


def listen(port: int) -> socket.socket:
    """Return a socket bound to this machine's own address; port 0 takes any free one.

    Raises
    ------
    MolliaError
        When the port is in use or not allowed.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
        raise MolliaError(
            f"Port {port} of this machine cannot be used: {error.strerror}.",
            hint="Choose another with --port, or --port 0 for any free one.",
        ) from None
    return bound


def make_server(
    desk: Desk,
    fitter: Fitter,
    bound: socket.socket,
    announce: Callable[[str], None],
    *,
    secret: bytes | None = None,
) -> uvicorn.Server:
    """Return a server for `bound`; `announce` gets the start URL once it can be opened.

    `secret` is what the address is made of, by default one that the run's folder keeps.
    """
    port: int = bound.getsockname()[1]
    sessions = Sessions(secret or secret_of(desk.store.path.parent))
    config = uvicorn.Config(
        make_app(desk, fitter, port=port, sessions=sessions),
        log_level="warning",
        access_log=False,  # its lines would hold the token
        server_header=False,
        timeout_keep_alive=KEEP,
        timeout_graceful_shutdown=GRACE,
        lifespan="off",
        ws="none",
        http=Punctual,
    )
    return _Server(
        config, lambda: announce(f"http://{HOST}:{port}/?token={sessions.token}"), desk.closing.set
    )


def serve(
    desk: Desk,
    fitter: Fitter,
    bound: socket.socket,
    announce: Callable[[str], None],
    *,
    secret: bytes | None = None,
) -> None:
    """Serve until interrupted."""
    with suppress(KeyboardInterrupt):  # Ctrl+C is how a person ends it
        make_server(desk, fitter, bound, announce, secret=secret).run(sockets=[bound])


class _Server(uvicorn.Server):
    """Says when it can be opened, and when open streams should end."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], closing: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._closing = closing

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing()
        await super().shutdown(sockets)
