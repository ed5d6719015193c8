"""Half an hour of people at the page while a run goes on: no error, no lost label, memory flat."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mollia.data.read import read_table
from mollia.ledger.sqlite_store import open_store
from mollia_benchmarks.loopback import Handler, LoopbackServer, Reply, Request
from mollia_benchmarks.reliability.healthy import CLASSES
from mollia_benchmarks.reliability.kill_task import CONCURRENCY, LIVE, LLMS, answering, write_task
from mollia_benchmarks.reliability.page import write_section
from mollia_benchmarks.reliability.page_client import REVIEW, SEED, Client

SECTION = "soak"
PRINTED = "printed.txt"  # by the page's process on its standard error
ASKING = 0.7  # share of the time that the first run asks for
EVERY = 5.0  # seconds between two looks at the page's memory
WARM = 1 / 3  # of the time: what is read once, is read by then
REST = 20.0  # seconds between two runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`minutes` of `people` at the page of a task with `rows` texts; each acts every `pause` seconds on average."""

    minutes: float = 30.0
    people: int = 10
    rows: int = 3000
    pause: float = 5.0
    seed: int = 0


@dataclass(kw_only=True)
class Found:
    """What happened; `megabytes` are those of the page's process, in the order they were looked at."""

    clients: list[Client]
    megabytes: list[float] = field(default_factory=list)
    runs: list[str] = field(
        default_factory=list
    )  # what each printed last on its standard error, "" = it ended well
    lost: list[str] = field(default_factory=list)
    printed: str = ""  # by the page's process on its standard error
    exit_code: int = 0
    labelled: int = 0  # rows of labels.csv
    asked_again: int = 0

    @property
    def errors(self) -> list[str]:
        """Everything that should not have been."""
        said = [error for each in self.clients for error in each.errors] + self.lost
        said += [f"a run failed: {last}" for last in self.runs if last]
        said += [f"the page printed: {line}" for line in self.printed.splitlines()]
        if self.exit_code:
            said.append(f"the page ended with exit code {self.exit_code}")
        if self.asked_again:
            said.append(f"{self.asked_again} questions were asked twice")
        return said

    @property
    def memory(self) -> tuple[float, float]:
        """Mean megabytes in the middle third of the time and in the last."""
        third = max(1, int(len(self.megabytes) * WARM))
        return float(np.mean(self.megabytes[third : 2 * third])), float(np.mean(self.megabytes[-third:]))


def run(job: Job, *, page: Path | None = None, say: Callable[[str], None]) -> tuple[str, bool]:
    """Measure; return the section and whether all held."""
    with tempfile.TemporaryDirectory() as made:
        found = soaked(Path(made) / "task", job, say=say)
    text = section(found, job)
    if page is not None:
        write_section(page, SECTION, text)
    return text, not found.errors


def soaked(folder: Path, job: Job, *, say: Callable[[str], None]) -> Found:
    """Serve a task with a live panel, let people work at it while runs go on, and compare journals and ledger."""
    asked: Counter[tuple[str, int]] = Counter()
    delay = job.minutes * 60 * ASKING * CONCURRENCY / job.rows
    with ExitStack() as open_:
        urls = {
            llm: open_.enter_context(LoopbackServer(slow(answering(llm, asked), delay))).url for llm in LLMS
        }
        write_task(folder, LIVE, job.rows, urls)
        _few_seed_labels(folder)
        with _served(folder) as (process, url):
            clients = [
                Client(
                    name=f"person {i}",
                    start_url=url,
                    random_state=job.seed + i,
                    n_classes=len(CLASSES),
                    pause=job.pause,
                )
                for i in range(job.people)
            ]
            found = Found(clients=clients)
            _work(folder, job, process.pid, found, say)
        found.exit_code, found.printed = process.returncode, (folder / PRINTED).read_text("utf-8")
        found.runs.append(_mollia(folder))
    found.asked_again = sum(times - 1 for times in asked.values())
    found.lost = lost_labels(folder / "out", clients)
    found.labelled = len(read_table(folder / "out" / "labels.csv"))
    return found


def slow(handler: Handler, delay: float) -> Handler:
    """Return a handler that takes so many seconds to answer."""

    def handled(request: Request) -> Reply:
        said = handler(request)
        return Reply(status=said.status, body=said.body, delay=delay if request.method == "POST" else 0.0)

    return handled


def lost_labels(out: Path, clients: list[Client]) -> list[str]:
    """Return how the ledger differs from what people's journals say was saved."""
    wrong = []
    with open_store(out / "ledger.sqlite", read_only=True) as store:
        for place, use in ((SEED, "seed"), (REVIEW, "review")):
            held = {(each.annotator, int(each.text_id)): each.y for each in store.said(use)}  # type: ignore[arg-type]
            given = {(each.name, row): y for each in clients for row, y in each.said[place].items()}
            people = {name for name, _ in held} & {each.name for each in clients}
            wrong += [
                f"{who} gave row {row} class {y} on {place}; the ledger has {held.get((who, row))}"
                for (who, row), y in given.items()
                if held.get((who, row)) != y
            ]
            wrong += [
                f"the ledger has a label of {who} for row {row} on {place} that was taken back"
                for who, row in held
                if who in people and (who, row) not in given
            ]
    return wrong


def section(found: Found, job: Job) -> str:
    """Return the text for docs/reliability.md."""
    acts = Counter[str]()
    for each in found.clients:
        acts.update(each.acts)
    seconds = np.array([s for each in found.clients for s in each.seconds] or [0.0])
    middle, last = found.memory
    kept = sum(len(said) for each in found.clients for said in each.said.values())
    told = (
        f"`mollia bench reliability --parts soak` lets {job.people} people work at `mollia serve` for {job.minutes:g} minutes, on "
        f"{job.rows:,} texts, each acting every {job.pause:g} seconds, while `mollia run` asks a live panel and then runs again and "
        "again. Each keeps a journal of what the page said was saved; in the end it is compared with the ledger."
    )
    done = ", ".join(f"{name} {n:,}" for name, n in acts.items())
    outcome = (
        f"- Errors: **{len(found.errors)}**; labels that stand in the end: {kept:,}; lost or wrong: **{len(found.lost)}**; "
        f"questions asked twice: {found.asked_again}; runs: {len(found.runs)}, rows labelled by the last: {found.labelled:,}."
    )
    slow = f"95 % within {np.quantile(seconds, 0.95):.2f}, longest {seconds.max():.1f}"
    lines = [
        "## People at the page while a run goes on",
        "",
        told,
        "",
        f"- Acts: **{sum(acts.values()):,}** ({done}); requests: {len(seconds):,}.",
        outcome,
        f"- Seconds per request: median {np.median(seconds):.2f}, {slow}.",
        f"- Memory of the page's process: {middle:.0f} MB on average in the middle third of the time, {last:.0f} MB in the last.",
    ]
    if found.errors:
        lines += ["", "What went wrong:", "", *(f"- {each}" for each in found.errors[:20])]
    return "\n".join(lines)


def _work(folder: Path, job: Job, pid: int, found: Found, say: Callable[[str], None]) -> None:
    over, end = threading.Event(), time.monotonic() + job.minutes * 60
    threads = [threading.Thread(target=each.work, args=(over,)) for each in found.clients]
    threads.append(threading.Thread(target=_runs, args=(folder, over, found.runs)))
    for thread in threads:
        thread.start()
    while (left := end - time.monotonic()) > 0:
        over.wait(min(EVERY, left))
        found.megabytes.append(resident(pid))
        if len(found.megabytes) % 60 == 0:
            say(f"{left / 60:.0f} minutes left, {found.megabytes[-1]:.0f} MB")
    over.set()
    for thread in threads:
        thread.join()


def _runs(folder: Path, over: threading.Event, ends: list[str]) -> None:
    while not over.is_set():
        ends.append(_mollia(folder))
        over.wait(REST)


def resident(pid: int) -> float:
    """Return a process's resident memory in megabytes (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def _mollia(folder: Path) -> str:
    command = [sys.executable, "-m", "mollia", "run", "task.toml", "-q"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    return (
        ""
        if not ended.returncode
        else (ended.stderr.strip() or f"exit code {ended.returncode}").splitlines()[-1]
    )


@contextmanager
def _served(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "mollia", "serve", "task.toml", "--no-browser", "--port", "0"]
    with (
        (folder / PRINTED).open("w", encoding="utf-8") as printed,
        subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=printed, text=True) as process,  # noqa: S603  # our own command
    ):
        line = process.stdout.readline() if process.stdout else ""
        try:
            yield process, line.removeprefix("Open ").strip()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _few_seed_labels(folder: Path) -> None:
    """Keep thirty labels of the seed file: the people at the page give the others."""
    seed = folder / "seed.csv"
    seed.write_text("".join(seed.read_text("utf-8").splitlines(keepends=True)[:31]), "utf-8")
