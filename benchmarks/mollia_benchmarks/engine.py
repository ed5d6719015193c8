"""Answers per second of each engine, against a server on this machine that waits before it answers."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.openai_member import OpenAIMember
from mollia.annotate.prompt import make_questions
from mollia.ledger.sqlite_store import open_store
from mollia.protocols import Engine
from mollia.registry import find
from mollia_benchmarks.loopback import LoopbackServer, Reply, Request, chat_reply

CLASSES = ["refund", "delivery", "other"]
TOP = {"refund": 0.7, "delivery": 0.2, "other": 0.05}
WARM = 0.5  # share of the answers after which the rate is counted: workers take seconds to start
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one engine did: answers, the seconds of all of them, and the rate once all workers were at work."""

    engine: str
    workers: int
    answers: int
    seconds: float
    rate: float


def run(*, workers: Sequence[int], delay: float, concurrency: int, each: int, say: Say) -> str:
    """Measure the local engine, and the cluster with so many workers; return a table.

    `delay` is what the server waits, `concurrency` the requests of a worker at a time, `each` its share of questions.
    """
    found: list[Measured] = []
    with waiting_server(delay) as url, closing(find("engine", "ray")()) as cluster:
        list(
            cluster.map(len, [], helpers=0)
        )  # it is started once, and joined by the engines that are measured
        for n in (0, *workers):
            name = "ray" if n else "local"
            say(f"{name}, {n or 1} worker{'s' if n > 1 else ''} ...")
            with closing(find("engine", name)(workers=n or None)) as engine:
                found.append(measure(engine, name, n or 1, url=url, concurrency=concurrency, each=each))
    return table(found, delay=delay, concurrency=concurrency)


@contextmanager
def waiting_server(delay: float) -> Iterator[str]:
    """Yield the address of a server in a process of its own."""
    code = f"from mollia_benchmarks.engine import serve; serve({delay!r})"
    with subprocess.Popen(  # noqa: S603  # our own interpreter and words
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        if server.stdout is None:
            raise RuntimeError("no pipe to the server")
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def serve(delay: float) -> None:
    """Answer each question after `delay` seconds until the process is ended; the address goes to standard output."""

    def answer(request: Request) -> Reply:
        if request.method == "GET":
            return Reply(body={"data": [{"id": "m", "owned_by": "vllm"}]})
        return Reply(body=chat_reply(["refund"], top=TOP), delay=delay)

    server = LoopbackServer(answer)
    server.keep = False
    with server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def measure(engine: Engine, name: str, workers: int, *, url: str, concurrency: int, each: int) -> Measured:
    """Ask `each` questions per worker; what was answered goes to a ledger."""
    n = each * workers
    ids = [str(row) for row in range(n)]
    texts = [f"where is my parcel number {row}" for row in range(n)]
    questions = make_questions(ids, texts, instruction="What is it about?", classes=CLASSES)
    member = OpenAIMember(name="bench", kind="openai", url=url, model="m", concurrency=concurrency)
    arrived: list[tuple[float, int]] = []
    with (
        TemporaryDirectory(prefix="mollia-bench") as folder,
        open_store(Path(folder) / "ledger.sqlite") as store,
        closing(engine.place(member.open(), member)) as annotator,
    ):
        started = time.monotonic()
        result = ask_panel(
            questions,
            [annotator],
            store,
            progress=lambda _stage, done, _total: arrived.append((time.monotonic(), done)),
        )
        seconds = time.monotonic() - started
    return Measured(
        engine=name, workers=workers, answers=result.asked, seconds=seconds, rate=_rate(arrived, n)
    )


def _rate(arrived: Sequence[tuple[float, int]], n: int) -> float:
    """Return answers per second after the first `WARM` of them."""
    begun = next(((at, done) for at, done in arrived if done >= WARM * n), None)
    so_far = arrived[-1][1] if arrived else 0
    if begun is None or so_far == begun[1]:
        return float("nan")
    return (so_far - begun[1]) / (arrived[-1][0] - begun[0])


def table(found: Sequence[Measured], *, delay: float, concurrency: int) -> str:
    """Return the measurements as a Markdown table; the most that a worker can do is `concurrency` / `delay`."""
    lines = [
        "| engine | workers | answers | answers per second | most possible | whole asking, s |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {each.engine} | {each.workers} | {each.answers:,} | {each.rate:.1f} | {each.workers * concurrency / delay:.1f} | "
        f"{each.seconds:.0f} |"
        for each in found
    ]
    return "\n".join(lines)
