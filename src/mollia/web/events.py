"""Server-sent events: the browser is told when the ledger or a fit has changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from mollia.session.run_state import read_state
from mollia.web.desk import Desk
from mollia.web.fit import Fitter

EVERY = 0.5  # seconds between two looks at the ledger
REST = 2.0  # seconds after a change before the next is told: a run writes many times per second
PULSE = 30  # looks after which a comment shows that the line is alive


def events(desk: Desk, fitter: Fitter) -> StreamingResponse:
    """Answer with a stream that says `changed` whenever something has; it ends with the server."""
    return StreamingResponse(_changes(desk, fitter), media_type="text/event-stream")


async def _changes(desk: Desk, fitter: Fitter) -> AsyncIterator[str]:
    seen, quiet = None, 0
    while not desk.closing.is_set():
        state = await run_in_threadpool(read_state, desk.task.run.out)
        now = (await run_in_threadpool(desk.store.version), fitter.running, id(fitter.standing), state)
        if seen is not None and now != seen:
            quiet = 0
            yield "event: changed\ndata:\n\n"
            await _sleep(desk, REST)
        elif quiet % PULSE == 0:
            yield ": alive\n\n"
        seen, quiet = now, quiet + 1
        await _sleep(desk, EVERY)


async def _sleep(desk: Desk, seconds: float) -> None:
    """Sleep, but not past the server's end."""
    for _ in range(round(seconds / EVERY)):
        if not desk.closing.is_set():
            await asyncio.sleep(EVERY)
