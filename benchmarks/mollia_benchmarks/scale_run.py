"""`mollia bench scale-run`: labelling texts, choosing rows, the ledger and whole runs, at growing numbers of rows.

Every measurement is a process of its own on rows drawn from a shippable panel (`scale_panel`). Seconds of processor
are those of the process and its helpers together.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from pathlib import Path

import numpy as np

from mollia.arrays import one_hot
from mollia.data.write_table import writing
from mollia.errors import StoreError
from mollia.ledger.panel_matrix import panel_matrix
from mollia.ledger.sqlite_store import open_store
from mollia.query.pool_view import FixedView
from mollia.records import Answer, PanelAnswers, Prompt, Question
from mollia.registry import about, find
from mollia.replies.parse import parse_reply
from mollia.strings import strings_of
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia_benchmarks import scale_panel
from mollia_benchmarks.query import LABELLED, N_CLASSES, N_LLMS, PASSES, PICKS, WIDTH, strategy_names
from mollia_benchmarks.tables import table

UNIT = 2**20 if sys.platform == "darwin" else 2**10  # of the system's peak of memory, to MB
WORDS = 12  # of a short text
TAUGHT, SEED = 550, 60  # labelled rows of the student, and of a run
AT_ONCE = 50_000
SAMPLES = 3
TASK = """name = "scale"
instruction = "Which policy is the text about?"
[data]
path = "pool.parquet"
[seed]
path = "seed.csv"
[query]
rounds = 10
batch = 50
[run]
out = "out"
"""

Figures = dict[str, float]


def predict(n: int, folder: Path) -> Figures:
    """Label n short texts from CSV to CSV."""
    taken = scale_panel.six_classes()
    few = next(scale_panel.draw(taken, TAUGHT, seed=1))
    student = FrozenStudent().fit([_short(text) for text in few.texts], one_hot(few.gold, len(taken.classes)))
    save(student, folder / "student", taken.classes)
    with writing(folder / "texts.csv") as rows:
        for part in scale_panel.draw(taken, n, seed=0):
            rows.write({"id": part.ids, "text": [_short(text) for text in part.texts]})
    return _command(
        "", ["predict", str(folder / "student"), str(folder / "texts.csv"), "--out", str(folder / "out.csv")]
    )


def query(n: int, folder: Path) -> Figures:  # noqa: ARG001  # nothing is written
    """Choose 50 of n rows by every strategy, each in a process of its own that holds what the strategy needs."""
    found: Figures = {}
    for name in strategy_names():
        words = [sys.executable, "-m", "mollia_benchmarks.scale_run", "choose", str(n), name]
        done = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603  # ourselves
        found |= json.loads(done.stdout.splitlines()[-1])
    return found


def choose(n: int, name: str) -> Figures:
    """Choose 50 of n rows by one strategy."""
    view, strategy = _view(n, about("query", name).needs), find("query", name)
    return _timed(name, lambda: strategy(view, PICKS, np.random.default_rng(0)))


def _view(n: int, needs: Collection[str]) -> FixedView:
    """Return n rows with the values that are needed of them."""
    rng = np.random.default_rng(0)
    nothing = np.zeros((0, 0), np.float32)
    vectors = labelled = nothing
    if "vectors" in needs:
        vectors = rng.standard_normal((n, WIDTH), dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        labelled = rng.standard_normal((LABELLED, WIDTH), dtype=np.float32)
    panel = None
    if "panel" in needs:
        votes = np.repeat(rng.dirichlet(np.ones(N_CLASSES), n)[:, None], N_LLMS, axis=1)
        llms = tuple(f"llm {i}" for i in range(N_LLMS))
        panel = PanelAnswers(ids=tuple(map(str, range(n))), llms=llms, z=votes, c=votes)
    probs = rng.dirichlet(np.ones(N_CLASSES), n)
    several = np.zeros((0, 0, 0))
    return FixedView(
        probs=probs,
        vectors=vectors,
        labelled_vectors=labelled,
        passes=np.stack([rng.dirichlet(np.ones(N_CLASSES), n) for _ in range(PASSES)])
        if "passes" in needs
        else several,
        deviations=rng.normal(size=(PASSES, n, N_CLASSES)) if "deviations" in needs else several,
        panel=panel,
        fused=probs if "fused" in needs else None,
    )


def ledger(n: int, folder: Path) -> Figures:
    """Write n answers of one LLM, kill a writer in between, go on, and read all of them as a resumed run does."""
    path = folder / "ledger.sqlite"
    words = [sys.executable, "-m", "mollia_benchmarks.scale_run", "write", str(n), str(path)]
    writer = subprocess.Popen(words)  # noqa: S603  # ourselves
    while writer.poll() is None and _stored(path) < n // 3:
        time.sleep(0.5)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    kept = _stored(path)
    with sqlite3.connect(path) as db:
        sound = db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    found = {"stored when killed": float(kept), "sound after the kill": float(sound)}
    found |= _timed("writing the rest", lambda: write_answers(n, path))
    keys = strings_of([_key(row) for row in range(n)])  # as `panel_keys` has them
    ids = tuple(map(str, range(n)))
    names = tuple((f"class {k}",) for k in range(N_CLASSES))
    asked = Prompt(system="", user="a text")

    def resume() -> None:
        with open_store(path) as store:
            for at in range(0, n, AT_ONCE):
                questions = [
                    Question(key=key, text_id="", prompt=asked, classes=names, samples=SAMPLES)
                    for key in keys[at : at + AT_ONCE]
                ]
                if store.missing(questions, llm="llm"):
                    raise AssertionError("an answer is lost")
            panel_matrix(store, {"llm": keys}, ids, names, parse=parse_reply)

    return found | _timed("resuming", resume) | {"MB on the disk": path.stat().st_size / 2**20}


def run(n: int, folder: Path) -> Figures:
    """Run a task with recorded answers, ten rounds."""
    return _command("ten rounds", ["run", str(write_task(n, folder))])


def again(n: int, folder: Path) -> Figures:
    """Run a task that was run to its end once more."""
    words = ["run", str(write_task(n, folder))]
    _command("", words)
    return _command("once more", words)


PARTS: Mapping[str, Callable[[int, Path], Figures]] = {
    "predict": predict,
    "query": query,
    "ledger": ledger,
    "run": run,
    "again": again,
}


def write_task(n: int, folder: Path) -> Path:
    """Write a task of n rows whose panel is recorded, and return its file."""
    taken, gold = scale_panel.six_classes(), []
    with writing(folder / "pool.parquet") as rows:
        for part in scale_panel.draw(taken, n, seed=0):
            columns: dict[str, Sequence[object]] = {
                "id": part.ids,
                "text": [_short(text) for text in part.texts],
            }
            for i, llm in enumerate(taken.llms):
                columns |= {f"{llm}_probs": part.z[:, i].tolist(), f"{llm}_votes": part.votes[:, i].tolist()}
            rows.write(columns)
            gold += part.gold.tolist()
    labelled = np.random.default_rng(1).choice(n, SEED, replace=False).tolist()
    with writing(folder / "seed.csv") as rows:
        labels = [taken.classes[gold[row]] for row in labelled]
        rows.write({"id": [f"r{row:07d}" for row in labelled], "label": labels})
    classes = "".join(f"[[classes]]\nname = {json.dumps(name)}\n" for name in taken.classes)
    panel = "".join(
        f'[[panel]]\nkind = "recorded"\nname = {json.dumps(llm)}\npath = "pool.parquet"\n'
        for llm in taken.llms
    )
    (folder / "task.toml").write_text(TASK + classes + panel, "utf-8")
    return folder / "task.toml"


def write_answers(n: int, path: Path) -> None:
    """Store those of n answers that the ledger lacks."""
    some = np.log(np.random.default_rng(0).dirichlet(np.ones(N_CLASSES), 1000))

    def answers(first: int) -> Iterator[Answer]:
        for row in range(first, n):
            yield Answer(
                key=_key(row),
                text_id=str(row),
                llm="llm",
                replies=(f"class {row % N_CLASSES}",) * SAMPLES,
                label_logprobs=some[row % 1000],
            )

    left = answers(_stored(path))
    with open_store(path) as store:
        while batch := list(islice(left, AT_ONCE)):
            store.add(batch)


def measure(part: str, n: int, folder: Path) -> Figures:
    """Measure one part at one size in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "mollia_benchmarks.scale_run", part, str(n), str(folder)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603  # ourselves
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


def report(measured: Mapping[str, Mapping[int, Figures]]) -> str:
    """Return a table for each part: a line for each thing measured, a column for each size, and the exponent."""
    texts = []
    for part, by_size in measured.items():
        sizes = sorted(by_size)
        lines = [
            [
                name or "file to file",
                *(_shown(name, by_size[n].get(name)) for n in sizes),
                _exponent(name, by_size, sizes),
            ]
            for name in by_size[sizes[-1]]
        ]
        head = [part, *(f"{n:,} rows" for n in sizes), "exponent"]
        texts.append(table(head, lines))
    return "\n".join(texts)


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name == "sound after the kill":
        return "yes" if value else "no"
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004  # one digit below


def _exponent(name: str, by_size: Mapping[int, Figures], sizes: Sequence[int]) -> str:
    """Return the largest growth between two sizes as a power of the rows; "" for what is not processor seconds of a second or more."""
    pairs = [(n, m) for n, m in pairwise(sizes) if name.endswith("CPU s") and by_size[n].get(name, 0) >= 1]
    powers = [math.log(by_size[m][name] / by_size[n][name]) / math.log(m / n) for n, m in pairs]
    return f"{max(powers):.2f}" if powers else ""


def _timed(name: str, job: Callable[[], object]) -> Figures:
    """Return wall and processor seconds of a job, helpers included, and the peak of memory so far."""
    started, before = time.monotonic(), _processor()
    job()
    prefix = f"{name}, " if name else ""
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        f"{prefix}wall s": time.monotonic() - started,
        f"{prefix}CPU s": _processor() - before,
        f"{prefix}peak MB": sum(peaks) / UNIT,
    }


def _command(name: str, words: Sequence[str]) -> Figures:
    """Run a command of mollia; the peak is that of its largest process."""
    line = [sys.executable, "-m", "mollia", *words, "--quiet"]
    took = _timed(name, lambda: subprocess.run(line, check=True, stdout=subprocess.DEVNULL))  # noqa: S603  # ourselves
    prefix = f"{name}, " if name else ""
    del took[f"{prefix}peak MB"]
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / UNIT
    return took | {f"{prefix}largest process MB": largest}


def _processor() -> float:
    return sum(os.times()[:4])


def _short(text: str) -> str:
    return " ".join(text.split()[:WORDS])


def _key(row: int) -> str:
    return hashlib.blake2b(str(row).encode(), digest_size=16).hexdigest()


def _stored(path: Path) -> int:
    """Return how many answers a ledger holds; 0 where there is none yet."""
    try:
        with open_store(path, read_only=True) as store:
            return sum(each.answers for each in store.spent())
    except StoreError:  # a ledger that is being made
        return 0


def _main(part: str, n: str, where: str) -> None:
    if part == "write":
        write_answers(int(n), Path(where))
    elif part == "choose":
        print(json.dumps(choose(int(n), where)))
    else:
        print(json.dumps(PARTS[part](int(n), Path(where))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
