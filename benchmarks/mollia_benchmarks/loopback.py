"""A real HTTP server on this machine that speaks the OpenAI shape: for benchmarks and tests."""

from __future__ import annotations

import asyncio
import json
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from weakref import WeakSet

Json = dict[str, Any]
SOON = 0.01  # seconds in which a connection that was accepted is begun to be served


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came in; `number` counts the requests to this server from 1."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Json
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes out: JSON or raw bytes, after `delay` seconds and not before `until` is set.

    `cut` sends that many bytes and hangs up; `drip` waits that many seconds after every byte, head included.
    """

    status: int = 200
    body: Json | bytes = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    until: threading.Event | None = None
    cut: int | None = None
    drip: float = 0.0


Handler = Callable[[Request], Reply]


class LoopbackServer:
    """Serves a handler on 127.0.0.1 from a thread of its own; use it as a context manager."""

    def __init__(self, handler: Handler, *, port: int = 0) -> None:
        self.handler = handler
        self.port = port
        self.requests: list[Request] = []
        self.keep = True  # whether to remember requests
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._number = 0
        self._open: WeakSet[asyncio.WriteTransport] = WeakSet()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """The base URL, ending in /v1."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def posts(self) -> list[Request]:
        """The requests that cost something."""
        return [request for request in self.requests if request.method == "POST"]

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join(10)

    def _run(self) -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=256)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._loop = loop
        self._started.set()
        loop.run_forever()
        loop.run_until_complete(self._hang_up(server))
        loop.close()

    async def _hang_up(self, server: asyncio.Server) -> None:
        """End what is served, and every connection, also one that came in last or whose other end does not read."""
        for listening in server.sockets:  # a closed server would lose what it has just accepted
            asyncio.get_running_loop().remove_reader(listening.fileno())
        await asyncio.sleep(SOON)
        server.close()
        served = asyncio.all_tasks() - {asyncio.current_task()}
        for each in served:
            each.cancel()
        await asyncio.gather(*served, return_exceptions=True)
        for transport in list(self._open):
            transport.abort()
        await asyncio.sleep(0)  # they are closed in the next step

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer.transport)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; return whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        self._number += 1
        request = Request(
            method=method,
            path=path,
            headers=headers,
            body=json.loads(raw) if raw else {},
            number=self._number,
        )
        if self.keep:
            self.requests.append(request)
        reply = self.handler(request)
        if reply.until is not None:
            await asyncio.to_thread(reply.until.wait)
        if reply.delay:
            await asyncio.sleep(reply.delay)
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        lines = [
            f"HTTP/1.1 {reply.status} -",
            f"Content-Length: {len(body)}",
        ]
        lines += (
            []
            if any(name.lower() == "content-type" for name in reply.headers)
            else ["Content-Type: application/json"]
        )
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        sent = "\r\n".join(lines).encode() + b"\r\n\r\n" + body[: reply.cut]
        for piece in (sent[i : i + 1] for i in range(len(sent))) if reply.drip else (sent,):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(reply.drip)
        return reply.cut is None


def chat_reply(
    texts: Sequence[str],
    *,
    top: Mapping[str, float] | Sequence[Mapping[str, float]] | None = None,
    prompt_tokens: int = 10,
) -> Json:
    """Return a chat completion: one choice a text, with the probabilities of the first tokens if `top`.

    `top` is one position's {token: probability} or several positions'; the token sent is the
    likeliest of each.
    """
    tops = [] if top is None else [top] if isinstance(top, Mapping) else list(top)
    logprobs = {"content": [_entry(each) for each in tops]} if tops else None
    return {
        "object": "chat.completion",
        "choices": [
            {
                "index": i,
                "message": {"role": "assistant", "content": text},
                "logprobs": logprobs,
                "finish_reason": "stop",
            }
            for i, text in enumerate(texts)
        ],
        "usage": {"prompt_tokens": prompt_tokens, "completion_tokens": len(texts)},
    }


def _entry(top: Mapping[str, float]) -> Json:
    listed: list[Json] = [{"token": token, "logprob": math.log(p)} for token, p in top.items()]
    sent = max(listed, key=lambda entry: entry["logprob"]) if listed else {"token": "", "logprob": 0.0}
    return {**sent, "top_logprobs": listed}
