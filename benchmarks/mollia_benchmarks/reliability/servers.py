"""Faults of servers against real `mollia annotate` and `mollia run`: every row should be labelled rightly or named."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mollia.ledger.sqlite_store import open_store
from mollia.records import Answer
from mollia.replies.parse import parse_reply
from mollia_benchmarks.loopback import LoopbackServer
from mollia_benchmarks.reliability.healthy import CLASS_TABLES, CLASSES, healthy, text_of, truth
from mollia_benchmarks.reliability.server_faults import FAULTS, Fault

SECTION = "servers"
ALSO_RUN = 12  # faults after which the whole run is done too, evenly spaced
TASK = """
name = "shop"
instruction = "What does the customer want?"
[data]
path = "texts.csv"
{classes}[[panel]]
name = "healthy"
kind = "openai"
url = "{healthy}"
model = "m"
[[panel]]
name = "faulty"
kind = "openai"
url = "{faulty}"
model = "m"
timeout = 1.0
attempts = 2
{member}
[run]
out = "out"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the rows of the faulty LLM under one fault."""

    fault: str
    right: int
    wrong: int
    named: int  # rows with a problem, or a reply whose reason for naming no class is known
    unasked: int  # rows left when the LLM was stopped
    told: bool  # whether output and exit code tell of a stop where there was one
    other: int  # rows that the healthy LLM labelled
    escaped: str  # the exception that ended the command, "" = none
    seconds: float

    def held(self, rows: int) -> bool:
        """Tell whether all went as it should."""
        all_rows = self.right + self.named + self.unasked == rows
        return all_rows and not self.wrong and not self.escaped and self.other == rows and self.told


def run(*, rows: int, faults: Sequence[str], page: Path | None, say: Callable[[str], None]) -> str:
    """Try the faults and return the section; write it into `page` where one is given."""
    from mollia_benchmarks.reliability.page import write_section  # noqa: PLC0415

    chosen = [fault for fault in FAULTS if not faults or any(word in fault.name for word in faults)]
    also = {fault.name for fault in chosen[:: max(1, len(chosen) // ALSO_RUN)]}
    outcomes = []
    for fault in chosen:
        outcomes.append(_outcome(fault, rows, whole=fault.name in also))
        last = outcomes[-1]
        say(f"{'held' if last.held(rows) else 'FAILED'}  {fault.name}: {last.right} right, {last.named} named, "
            f"{last.unasked} unasked, {last.wrong} wrong, {last.seconds:.1f} s {last.escaped}")  # fmt: skip
    text = section(outcomes, rows, len(also))
    if page is not None:
        write_section(page, SECTION, text)
    return text


def section(outcomes: Sequence[Outcome], rows: int, whole: int) -> str:
    """Return the section of the page."""
    held = sum(each.held(rows) for each in outcomes)
    asked = [each for each in outcomes if not each.unasked]
    lines = [
        "## Faults of servers",
        "",
        (
            f"`mollia bench reliability --rows {rows}` puts {len(outcomes)} faults into a real HTTP server, one after the other, "
            f"and asks it about {rows} texts with `mollia annotate` (after {whole} of them with `mollia run` too), beside a healthy "
            "LLM. Some faults hit every sixth row, some every request. A row holds if its label is the one that the server named, or "
            "if the ledger names what became of it; where an LLM cannot be asked on, output and exit code must name it."
        ),
        "",
        (
            f"- Faults that held: **{held} of {len(outcomes)}**; wrong labels: **{sum(each.wrong for each in outcomes)}**; "
            f"commands that ended with a traceback: **{sum(bool(each.escaped) for each in outcomes)}**."
        ),
        (
            f"- Rows of the {len(asked)} LLMs that were asked to the end: {sum(each.right for each in asked):,} labelled rightly, "
            f"{sum(each.named for each in asked):,} named, of {rows * len(asked):,}."
        ),
        "",
        "| fault | right | named | unasked | wrong |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    return "\n".join(
        [
            *lines,
            *(
                f"| {each.fault} | {each.right} | {each.named} | {each.unasked} | {each.wrong} |"
                for each in outcomes
            ),
        ]
    )


def _outcome(fault: Fault, rows: int, *, whole: bool) -> Outcome:
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        LoopbackServer(fault.handler()) as faulty,
        LoopbackServer(healthy) as other,
    ):
        faulty.keep = other.keep = False
        place = Path(folder)
        texts = ["id,text", *(f"{row},{text_of(row)}" for row in range(rows))]
        (place / "texts.csv").write_text("\n".join(texts), "utf-8")
        task = (
            TASK.replace("{classes}", CLASS_TABLES)
            .replace("{healthy}", other.url)
            .replace("{faulty}", faulty.url)
        )
        (place / "task.toml").write_text(task.replace("{member}", fault.member), "utf-8")
        code, said, escaped = _mollia(place, "annotate", "task.toml", "--quiet")
        answers = {name: _answers(place, name) for name in ("faulty", "healthy")}
        if whole and not escaped:
            _, _, escaped = _mollia(place, "run", "task.toml", "--quiet")
    labels = {row: label_of(answer) for row, answer in answers["faulty"].items()}
    right = sum(label == truth(row) for row, label in labels.items())
    wrong = sum(label not in {"", truth(row)} for row, label in labels.items())
    unasked = rows - len(labels)
    return Outcome(
        fault=fault.name,
        right=right,
        wrong=wrong,
        named=sum(not label and bool(reason_of(answers["faulty"][row])) for row, label in labels.items()),
        unasked=unasked,
        told=not unasked or ("faulty" in said and fault.stops and bool(code or "stopped" in said)),
        other=sum(label_of(answer) == truth(row) for row, answer in answers["healthy"].items()),
        escaped=escaped,
        seconds=time.monotonic() - started,
    )


def label_of(answer: Answer) -> str:
    """Return the class that an answer leads to, "" where it leads to none."""
    z = answer.label_logprobs
    if z is not None and np.isfinite(z).any():
        return CLASSES[int(np.argmax(np.where(np.isnan(z), -np.inf, z)))]
    named = [label for reply in answer.replies if (label := parse_reply(reply, CLASSES).label) >= 0]
    return CLASSES[max(set(named), key=named.count)] if named else ""


def reason_of(answer: Answer) -> str:
    """Return why an answer leads to no class."""
    if answer.problem is not None:
        return answer.problem
    reasons = [parse_reply(reply, CLASSES).reason for reply in answer.replies]
    return reasons[0] if reasons else "no mass on any class" if answer.label_logprobs is not None else ""


def _answers(place: Path, llm: str) -> dict[int, Answer]:
    path = place / "out" / "ledger.sqlite"
    if not path.is_file():
        return {}
    with open_store(path, read_only=True) as store:
        return {int(answer.text_id): answer for answer in store.all_answers() if answer.llm == llm}


def _mollia(place: Path, *words: str) -> tuple[int, str, str]:
    """Run a command in this process, as the shell would; return exit code, output, and an exception that escaped."""
    from mollia.cli.main import main  # noqa: PLC0415

    out = io.StringIO()
    code, escaped = 0, ""
    with _in(place, ["mollia", *words]), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:  # noqa: BLE001  # what escapes is what is measured
            escaped = traceback.format_exc().strip().splitlines()[-1]
    said = out.getvalue()
    return code, said, escaped or ("Traceback" in said and "a traceback in the output") or ""


@contextlib.contextmanager
def _in(place: Path, words: list[str]) -> Iterator[None]:
    before, argv = Path.cwd(), sys.argv
    os.chdir(place)
    sys.argv = words
    try:
        yield
    finally:
        os.chdir(before)
        sys.argv = argv
