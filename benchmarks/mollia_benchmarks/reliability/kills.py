"""`mollia run` killed with SIGKILL at many points and run again: the same bytes come out, and only requests in flight are asked again."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from mollia_benchmarks.loopback import LoopbackServer
from mollia_benchmarks.reliability import kill_task as task
from mollia_benchmarks.reliability.forked_runs import CALLS, EVENTS, WARM
from mollia_benchmarks.reliability.kill_task import LIVE, LLMS, RECORDED, Asked
from mollia_benchmarks.reliability.page import write_section

SECTION = "kills"
ROWS = 40
IN_FLIGHT = task.CONCURRENCY * len(LLMS)  # requests that may be open at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where runs are killed: `finished` ones have run to their end before and run once more."""

    kind: str
    counted: str
    finished: bool = False

    @property
    def name(self) -> str:
        """What the page calls it."""
        run = f"{self.kind}, {'run once more' if self.finished else 'first run'}"
        return f"{run}, {'random calls' if self.counted == CALLS else 'file events'}"


PLANS = (
    Plan(kind=RECORDED, counted=CALLS),
    Plan(kind=LIVE, counted=CALLS),
    Plan(kind=RECORDED, counted=EVENTS, finished=True),
    Plan(kind=LIVE, counted=EVENTS, finished=True),
    Plan(kind=LIVE, counted=EVENTS),
)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came of the kills of one plan."""

    plan: Plan
    there: int  # points that there are
    wanted: int = 0  # points drawn
    missed: int = 0  # runs that ended before they reached their point
    again: list[int] = field(default_factory=list)  # per kill: questions asked again
    while_asking: int = 0  # kills after the first answer was stored and before the last was
    identical: int = 0
    wrongs: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """Runs that were killed."""
        return len(self.again)

    @property
    def held(self) -> bool:
        """Tell whether all went as it should, and something was killed."""
        return not self.wrongs and self.identical == self.kills > 0


class Bench:
    """A task of each kind with an undisturbed run, servers that count, and the process that forks runs."""

    def __init__(
        self, place: Path, rows: int, fork: Callable[..., list[int]], urls: dict[str, str], asked: Asked
    ) -> None:
        self.place, self.rows, self.fork, self.urls, self.asked = place, rows, fork, urls, asked
        self._number = 0
        self.whole: dict[str, dict[str, bytes]] = {}
        self.once: dict[str, Asked] = {}
        self.codes: dict[str, int] = {}
        self.counts: dict[str, dict[str, int]] = {}
        self.counts_again: dict[str, dict[str, int]] = {}
        self.finished: dict[str, Path] = {}

    def folder(self, kind: str) -> Path:
        """Return a new folder with a task."""
        self._number += 1
        folder = self.place / f"run{self._number:04d}"
        task.write_task(folder, kind, self.rows, self.urls)
        return folder

    def go(self, folder: Path, counted: str = "", point: int = 0) -> tuple[int, dict[str, int]]:
        """Run the task in a folder; return exit code and counts."""
        code, calls, events = self.fork(str(folder / "task.toml"), str(folder), counted, point)
        return code, {CALLS: calls, EVENTS: events}

    def undisturbed(self, kind: str) -> None:
        """Run undisturbed and once more, and remember what came of it."""
        folder = self.finished[kind] = self.folder(kind)
        self.asked.clear()
        self.codes[kind], self.counts[kind] = self.go(folder, CALLS)
        self.whole[kind] = task.results(folder / "out")
        self.once[kind] = Counter(self.asked)
        _, self.counts_again[kind] = self.go(folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How much is tried: `points` are calls per plan, `events` file events per plan (0 = all), `minutes` ends it early."""

    points: int = 50
    events: int = 0
    minutes: float = math.inf
    processes: int = 1
    seed: int = 0
    rows: int = ROWS


def run(job: Job, *, page: Path | None, say: Callable[[str], None]) -> tuple[str, bool]:
    """Kill runs and return the section and whether all held; write it into `page` where one is given."""
    end = time.monotonic() + 60 * job.minutes
    with ThreadPoolExecutor(job.processes) as pool:  # each thread waits for a process of its own
        parts = list(pool.map(lambda part: _part(job, part, end, say), range(job.processes)))
    tallies = [_joined(each) for each in zip(*parts, strict=True)]
    text = section(tallies, job)
    if page is not None:
        write_section(page, SECTION, text)
    return text, all(tally.held for tally in tallies)


def _part(job: Job, part: int, end: float, say: Callable[[str], None]) -> list[Tally]:
    with _bench(job.rows) as bench:
        for kind in {plan.kind: "" for plan in PLANS}:
            bench.undisturbed(kind)
        drawn = [_drawn(plan, bench, job, part) for plan in PLANS]
        for round_ in zip_longest(
            *(points for _, points in drawn)
        ):  # the plans in turn: an early end cuts all alike
            for (tally, _), point in zip(drawn, round_, strict=True):
                if point is not None and time.monotonic() < end:
                    _kill(tally, bench, point)
                    say(f"{tally.plan.name}: {tally.kills} killed, {tally.identical} identical, point {point:,} of "
                        f"{tally.there:,} {tally.wrongs[-1] if tally.wrongs else ''}")  # fmt: skip
    return [tally for tally, _ in drawn]


def _drawn(plan: Plan, bench: Bench, job: Job, part: int) -> tuple[Tally, list[int]]:
    there = (bench.counts_again if plan.finished else bench.counts)[plan.kind][plan.counted]
    most = job.points if plan.counted == CALLS else job.events or there
    drawn = np.random.default_rng(job.seed).choice(there, min(most, there), replace=False) + 1
    points = drawn[part :: job.processes].tolist()
    return Tally(plan=plan, there=there, wanted=len(points)), points


def _joined(parts: Sequence[Tally]) -> Tally:
    return Tally(
        plan=parts[0].plan,
        there=max(each.there for each in parts),
        wanted=sum(each.wanted for each in parts),
        missed=sum(each.missed for each in parts),
        again=[number for each in parts for number in each.again],
        while_asking=sum(each.while_asking for each in parts),
        identical=sum(each.identical for each in parts),
        wrongs=[wrong for each in parts for wrong in each.wrongs],
    )


def _kill(tally: Tally, bench: Bench, point: int) -> None:
    plan = tally.plan
    folder = bench.finished[plan.kind] if plan.finished else bench.folder(plan.kind)
    out = folder / "out"
    bench.asked.clear()
    code, _ = bench.go(folder, plan.counted, point)
    if code != -signal.SIGKILL:
        tally.missed += 1
        return
    kept = task.stored(out)
    wrongs = [f"{name} is damaged" for name in task.damage(out, bench.rows)]
    code, _ = bench.go(folder)
    if code != bench.codes[plan.kind]:
        wrongs.append(f"the run after it ended with {code}")
    found, whole = task.results(out), bench.whole[plan.kind]
    wrongs += [
        f"{name} differs"
        for name in sorted(found.keys() | whole.keys())
        if found.get(name) != whole.get(name)
    ]
    tally.identical += found == whole
    if left := list(out.rglob(".mollia-*")):
        wrongs.append(f"{len(left)} leftovers")
    once = Counter() if plan.finished else bench.once[plan.kind]
    again = bench.asked - once
    wrongs += [
        f"{llm} was asked again about row {row}, whose answer was stored"
        for llm, row in again
        if (llm, row) in kept
    ]
    wrongs += [
        f"{llm} was asked again {n} times, more than requests in flight"
        for llm in LLMS
        if (n := sum(number for (asked, _), number in again.items() if asked == llm)) > task.CONCURRENCY
    ]
    tally.while_asking += 0 < len(kept) < bench.rows * len(LLMS)
    tally.again.append(again.total())
    tally.wrongs += [f"point {point}: {wrong}" for wrong in wrongs]


@contextmanager
def _bench(rows: int) -> Iterator[Bench]:
    asked: Asked = Counter()
    words = [sys.executable, "-m", "mollia_benchmarks.reliability.forked_runs"]
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mollia-kills-")))
        servers = {llm: stack.enter_context(LoopbackServer(task.answering(llm, asked))) for llm in LLMS}
        for server in servers.values():
            server.keep = False
        starter = stack.enter_context(
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own module
        )
        assert starter.stdin is not None  # noqa: S101  # pipes, as asked for
        stack.callback(starter.stdin.close)

        def fork(*request: Any) -> list[int]:  # noqa: ANN401  # JSON values
            print(json.dumps(request), file=starter.stdin, flush=True)
            answer: list[int] = json.loads(starter.stdout.readline())  # type: ignore[union-attr]  # as above
            return answer

        bench = Bench(place, rows, fork, {llm: server.url for llm, server in servers.items()}, asked)
        bench.go(bench.folder(LIVE), WARM)
        yield bench


def _not_tried(tally: Tally) -> str:
    name, tried = tally.plan.name, tally.kills + tally.missed
    told = f'; {tally.missed} of "{name}" had ended before their point' if tally.missed else ""
    if tally.plan.counted == EVENTS and tried < tally.there:
        told += f'; of the events of "{name}" {tally.there - tried} of {tally.there} (those tried were drawn at random)'
    elif tried < tally.wanted:
        told += f'; {tally.wanted - tried} of the {tally.wanted} points of "{name}"'
    return told


def section(tallies: Sequence[Tally], job: Job) -> str:
    """Return the section of the page."""
    kills, identical = sum(each.kills for each in tallies), sum(each.identical for each in tallies)
    again = [number for each in tallies for number in each.again]
    wrongs = [f"{each.plan.name}, {wrong}" for each in tallies for wrong in each.wrongs]
    minutes = f" --minutes {job.minutes:g}" if math.isfinite(job.minutes) else ""
    minutes += f" --processes {job.processes}" if job.processes > 1 else ""
    lines = [
        "## Killed runs",
        "",
        (
            f"`mollia bench reliability --parts kills --points {job.points} --events {job.events} --random-state {job.seed}{minutes}` kills `mollia run` "
            f"with SIGKILL, then runs it again to its end. The task has {job.rows} texts and {len(LLMS)} LLMs, recorded or behind "
            f"servers on this machine that count what they are asked ({task.CONCURRENCY} requests at a time per LLM). It is "
            "killed after a random number of Python's calls, or just before a file event: a file is opened for writing, renamed, "
            "removed or brought to the disk (fsync), or SQLite gets a statement that writes, COMMIT included. Labels, student, "
            "summary (but for seconds and calls of the last run) and the ledger's answers must be byte for byte those of a run that nothing disturbed; "
            "labels, summary, report and student must be whole or missing right after the kill; and only questions "
            "whose answer was not yet in the ledger may be asked again, at most as many as requests were open."
        ),
        "",
        f"- Kills: **{kills}**; identical results: **{identical}**; what did not hold: **{len(wrongs)}**.",
        (
            f"- Questions asked twice: **{sum(again)}**, all in flight at the kill; at most {max(again, default=0)} per kill "
            f"({IN_FLIGHT} requests were open at most)."
            if not any("asked again" in wrong for wrong in wrongs)
            else f"- Questions asked twice: **{sum(again)}**, not all of them in flight; at most {max(again, default=0)} per kill."
        ),
        "",
        "| what was killed | points there are | kills | of them while asking | identical | asked twice | worst kill |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {each.plan.name} | {each.there:,} | {each.kills} | {each.while_asking if not each.plan.finished else 0} "
            f"| {each.identical} | {sum(each.again)} | {max(each.again, default=0)} |"
            for each in tallies
        ),
        "",
        (
            "Not run: a machine that loses its power (SIGKILL loses nothing that the system has taken), other students than the default, "
            "kills inside one call of a compiled library, and two kills in a row of one run"
            + "".join(_not_tried(each) for each in tallies)
            + "."
        ),
    ]  # fmt: skip
    return "\n".join(
        [*lines, *(["", "What did not hold:", "", *(f"- {wrong}" for wrong in wrongs)] if wrongs else [])]
    )
