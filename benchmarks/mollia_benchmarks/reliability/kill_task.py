"""The small task whose runs are killed, recorded and live; what must come out the same, and what must be whole at any time."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from mollia.data.read import read_table
from mollia.errors import DataError, MolliaError
from mollia.ledger.sqlite_store import open_store
from mollia.student.load import load_student
from mollia_benchmarks.loopback import Handler, Reply, Request
from mollia_benchmarks.reliability.healthy import (
    CLASS_TABLES,
    CLASSES,
    choice,
    completion,
    entry,
    healthy,
    row_of,
    text_of,
    truth,
)

RECORDED, LIVE = "recorded", "live"
LLMS = {"gemma": 7, "llama": 4}  # each errs on every row of this many
CONCURRENCY = 4  # requests at the same time per LLM
OF_THIS_RUN = ("seconds", "seconds_of_asking", "calls_of_this_run")  # in the summary
DELAY = 0.01  # seconds the server takes per reply
Asked = Counter[tuple[str, int]]
TASK = """name = "shop"
instruction = "What does the customer want?"
[data]
path = "data.csv"
id = "id"
{classes}{panel}[seed]
path = "seed.csv"
[query]
strategy = "entropy"
batch = 10
rounds = 1
[run]
out = "out"
"""


def label_by(llm: str, row: int) -> str:
    """Return what an LLM says about a row."""
    right = CLASSES.index(truth(row))
    return CLASSES[(right + (row % LLMS[llm] == 0)) % len(CLASSES)]


def write_task(folder: Path, kind: str, rows: int, urls: dict[str, str]) -> None:
    """Write data, seed labels and task file."""
    folder.mkdir(parents=True)
    lines = [",".join(["id", "text", *LLMS])]
    lines += [
        ",".join([str(row), text_of(row), *(label_by(llm, row) for llm in LLMS)]) for row in range(rows)
    ]
    (folder / "data.csv").write_text("\n".join(lines) + "\n", "utf-8")
    seed = ["id,label", *(f"{row},{truth(row)}" for row in range(rows // 2))]
    (folder / "seed.csv").write_text("\n".join(seed) + "\n", "utf-8")
    member = {
        RECORDED: 'kind = "recorded"\npath = "data.csv"\n',
        LIVE: 'kind = "openai"\nurl = "{url}"\nmodel = "m"\nconcurrency = {concurrency}\n',
    }[kind]
    panel = "".join(
        f'[[panel]]\nname = "{llm}"\n' + member.format(url=urls.get(llm, ""), concurrency=CONCURRENCY)
        for llm in LLMS
    )
    (folder / "task.toml").write_text(TASK.format(panel=panel, classes=CLASS_TABLES), "utf-8")


def answering(llm: str, asked: Asked) -> Handler:
    """Return a server's handler that answers as the LLM and counts what it was asked."""
    counting = threading.Lock()

    def handler(request: Request) -> Reply:
        if request.method != "POST":
            return healthy(request)
        row = row_of(request)
        with counting:
            asked[llm, row] += 1
        label = label_by(llm, row)
        logprobs = {"content": [entry(label)]} if request.body.get("logprobs") else None
        said = completion(request, [choice(request, label, logprobs=logprobs)])
        return Reply(body=said.body, delay=DELAY)

    return handler


def results(out: Path) -> dict[str, bytes]:
    """Return what must not depend on a kill: labels, student, summary but for what the last run took, and the ledger's answers."""
    files = [out / "labels.csv", *(path for path in (out / "student").rglob("*") if path.is_file())]
    found = {str(path.relative_to(out)): path.read_bytes() for path in sorted(files) if path.is_file()}
    if (out / "summary.json").is_file():
        summary = json.loads((out / "summary.json").read_text("utf-8"))
        found["summary.json"] = json.dumps(summary | dict.fromkeys(OF_THIS_RUN)).encode()
    with open_store(out / "ledger.sqlite", read_only=True) as store:
        answers = sorted(
            (
                a.key,
                a.llm,
                a.text_id,
                a.replies,
                None if (z := a.label_logprobs) is None else z.tolist(),
                a.problem,
            )
            for a in store.all_answers()
        )
    found["the ledger's answers"] = repr(answers).encode()
    return found


def stored(out: Path) -> set[tuple[str, int]]:
    """Return the questions that the ledger has an answer to, read from a copy: what a killed run left stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        for path in out.glob("ledger.sqlite*"):
            shutil.copy(path, folder)
        ledger = Path(folder) / "ledger.sqlite"
        if not ledger.is_file() or not ledger.stat().st_size:
            return set()
        with open_store(ledger) as store:
            return {(a.llm, int(a.text_id)) for a in store.all_answers() if a.problem is None}


def damage(out: Path, rows: int) -> list[str]:
    """Return what is neither whole nor missing."""
    checks: dict[str, Callable[[Path], bool]] = {
        "labels.csv": lambda path: len(read_table(path)) == rows,
        "summary.json": lambda path: json.loads(path.read_text("utf-8"))["rows"] == rows,
        "report.html": lambda path: path.read_text("utf-8").rstrip().endswith("</html>"),
        "student": lambda path: bool(load_student(path)),
    }
    return [name for name, whole in checks.items() if (out / name).exists() and not _holds(whole, out / name)]


def _holds(whole: Callable[[Path], bool], path: Path) -> bool:
    try:
        return whole(path)
    except DataError:
        return path.is_dir() and not (path / "manifest.json").exists()
    except (MolliaError, ValueError, KeyError, OSError):
        return False
