"""Speed and quality of the query strategies, ours and two peers', on the same rows in one run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from mollia.arrays import Classes, Floats, Matrix, Rows, one_hot
from mollia.errors import DataError
from mollia.optional import is_installed
from mollia.query.k_center import k_center
from mollia.query.margin import margins
from mollia.query.pool_view import FixedView
from mollia.records import PanelAnswers
from mollia.registry import about, find, names
from mollia_benchmarks.grid import measure_all
from mollia_benchmarks.tables import figure, table

LABELLED, WIDTH, N_CLASSES, PICKS, PASSES, N_LLMS = 500, 384, 6, 50, 5, 5
PEERS = {"small-text greedy core-set": "coreset", "scikit-activeml BADGE": "badge"}
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
PEER_MODULES = ("small_text", "skactiveml")
PEER_SCRIPT = Path(__file__).with_name("query_peers.py")
HOW_TO_GET_PEERS = (
    "They are not installed with mollia: python3 -m venv peers && "
    "peers/bin/pip install small-text scikit-activeml, then --peers peers/bin/python."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A strategy or peer on a pool of m rows."""

    name: str
    m: int
    seed: int = 0

    @property
    def file(self) -> str:
        """The cell's file name."""
        return f"{self.name.replace(' ', '-')}.{self.m}.{self.seed}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a case took and what it picked.

    `seconds` are of one processor, which other programs on the machine change little; `megabytes` is
    the most that was allocated beside the rows' own arrays.
    """

    seconds: float
    megabytes: float
    radius: float  # the farthest any row is from a labelled or picked one
    margin: float  # the student's mean margin on the picks
    spread: float  # mean distance of the picks' gradients to their nearest neighbour


def made_up_pool(m: int, seed: int) -> tuple[Matrix, Classes, Matrix]:
    """Return pool vectors (m, d), labels (l,) and labelled vectors (l, d) of length 1.

    Classes are unequal heaps of smaller heaps, as sentence vectors are.
    """
    rng = np.random.default_rng(seed)
    of_class = rng.choice(N_CLASSES, size=60, p=np.array([6, 5, 4, 3, 2, 1]) / 21)
    centres = rng.normal(size=(N_CLASSES, WIDTH))[of_class] + rng.normal(size=(60, WIDTH))
    heap = rng.integers(60, size=m + LABELLED)
    rows = centres[heap] + 1.5 * rng.normal(size=(m + LABELLED, WIDTH))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return rows[:m], of_class[heap[m:]], rows[m:]


def made_up_view(case: Case) -> FixedView:
    """Return a view of the pool with the probabilities of a logistic regression on the labelled rows."""
    vectors, y, labelled = made_up_pool(case.m, case.seed)
    head = LogisticRegression(max_iter=200).fit(labelled, y)
    rng = np.random.default_rng(case.seed + 1)
    probs = np.zeros((case.m, N_CLASSES))
    probs[:, head.classes_] = head.predict_proba(vectors)
    votes = one_hot(np.array([rng.choice(N_CLASSES, p=p / p.sum()) for p in probs]), N_CLASSES)

    def passes() -> Floats:
        noisy = rng.gamma(20 * probs + 0.1, size=(PASSES, *probs.shape))
        out: Floats = noisy / noisy.sum(2, keepdims=True)
        return out

    def panel() -> PanelAnswers:
        c = np.repeat(votes[:, None], N_LLMS, axis=1)
        llms = tuple(f"llm {i}" for i in range(N_LLMS))
        return PanelAnswers(ids=tuple(map(str, range(case.m))), llms=llms, z=np.zeros_like(c), c=c)

    makers: dict[str, Callable[[], Any]] = {
        "vectors": lambda: vectors,
        "labelled_vectors": lambda: labelled,
        "passes": passes,
        "deviations": lambda: rng.normal(size=(PASSES, *probs.shape)) * probs,
        "panel": panel,
        "fused": lambda: probs,
    }
    needs = about("query", case.name).needs
    return FixedView(probs=probs, **{name: make() for name, make in makers.items() if name in needs})


def measure(case: Case) -> Outcome:
    """Run one of our strategies in this process and look at its picks."""
    view = made_up_view(case)
    strategy = find("query", case.name)
    started = time.process_time()
    rows = strategy(view, PICKS, np.random.default_rng(case.seed)).rows
    seconds = time.process_time() - started
    tracemalloc.start()  # slows a little: a second run of its own
    strategy(view, PICKS, np.random.default_rng(case.seed))
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return _judged(case, rows, seconds, peak)


def measure_peer(case: Case, python: str) -> Outcome:
    """Run a peer in its own Python on the same rows and look at its picks."""
    vectors, y, labelled = made_up_pool(case.m, case.seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npz"
        np.savez(path, vectors=vectors, y=y, labelled=labelled)
        words = [python, str(PEER_SCRIPT), PEERS[case.name], str(path), str(PICKS), str(case.seed)]
        env = os.environ | ONE_THREAD
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=env)  # noqa: S603  # the person's own Python
    if done.returncode:
        raise DataError(f"The peers do not run with {python}: {done.stderr[-300:]}", hint=HOW_TO_GET_PEERS)
    said = json.loads(done.stdout.splitlines()[-1])
    return _judged(case, np.array(said["rows"]), said["seconds"], said["megabytes"])


def find_peers(given: str | None) -> str | None:
    """Return the Python that holds the peers: the one given, else this one where they are installed."""
    return given or (sys.executable if all(map(is_installed, PEER_MODULES)) else None)


def run(
    *,
    rows: Sequence[int],
    strategies: Sequence[str],
    peers: str | None,
    draws: int,
    out: Path,
    say: Callable[[str], None],
) -> str:
    """Measure what `out` does not hold yet, write `query.json` and `query.md` there, return the table.

    Peers run where `find_peers` finds them; without them the table says how to get them. Where
    `strategies` names peers too, only those run.
    """
    python = find_peers(peers)
    ours = [name for name in strategies if name not in PEERS]
    theirs = [name for name in strategies if name in PEERS] or list(PEERS)
    cells = [
        Case(name=name, m=m, seed=seed)
        for m in rows
        for name in [*ours, *(theirs if python else ())]
        for seed in range(draws)
    ]
    measured = measure_all(
        cells,
        lambda case: asdict(_alone(case, python)),
        out / "cells",
        done=lambda case, number, of: say(f"{number}/{of} {case.name}, {case.m:,} rows"),
    )
    found: list[dict[str, Any]] = []
    for name, m in dict.fromkeys((case.name, case.m) for case in cells):
        outcomes = [scores for case, scores in measured.items() if (case.name, case.m) == (name, m)]
        figures = {key: float(np.median([each[key] for each in outcomes])) for key in Outcome.__slots__}
        found.append({"name": name, "rows": m, **figures})
    text = report(found)
    (out / "query.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (out / "query.md").write_text(text, "utf-8")
    return text if python else f"{text}\nWithout peers. {HOW_TO_GET_PEERS}\n"


def report(found: Sequence[dict[str, Any]]) -> str:
    """Return the table of all cases, and how many times faster than each peer ours is."""
    header = ["strategy", "rows", "seconds", "peak MB", "radius", "mean margin", "gradient spread"]
    lines = [
        [
            each["name"],
            f"{each['rows']:,}",
            f"{each['seconds']:.2f}",
            f"{each['megabytes']:.0f}",
            *(figure(each[key]) for key in ("radius", "margin", "spread")),
        ]
        for each in found
    ]
    at = {(each["name"], each["rows"]): each["seconds"] for each in found}
    ratios = [
        f"{ours} is {at[name, m] / seconds:.0f} times faster than {name} at {m:,} rows."
        for name, ours in PEERS.items()
        for (other, m), seconds in at.items()
        if other == ours and (name, m) in at
    ]
    return (
        f"{PICKS} of the rows, d = {WIDTH}, {LABELLED} labelled; seconds of one processor.\n\n{table(header, lines)}\n"
        + "\n".join(ratios)
    )


def strategy_names() -> list[str]:
    """Return every registered strategy once."""
    return [name for name in names("query") if name != "default"]


def _alone(case: Case, peers: str | None) -> Outcome:
    """Measure in a fresh process, so that peaks of memory do not mix."""
    if case.name in PEERS:
        return measure_peer(case, peers or sys.executable)
    os.environ.update(ONE_THREAD)  # the new process reads it before numpy starts
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, case).result()


def _judged(case: Case, rows: Rows, seconds: float, megabytes: float) -> Outcome:
    vectors, y, labelled = made_up_pool(case.m, case.seed)
    head = LogisticRegression(max_iter=200).fit(labelled, y)
    probs = np.zeros((len(rows), N_CLASSES))
    probs[:, head.classes_] = head.predict_proba(vectors[rows])
    push = probs - one_hot(probs.argmax(1), N_CLASSES)
    gradients = (push[:, :, None] * vectors[rows][:, None, :]).reshape(len(rows), -1)
    apart = np.linalg.norm(gradients[:, None] - gradients, axis=2) + np.diag(np.full(len(rows), np.inf))
    _, radii = k_center(vectors, np.concatenate([labelled, vectors[rows]]), 1)
    return Outcome(
        seconds=seconds,
        megabytes=megabytes,
        radius=float(radii[0]),
        margin=float(margins(probs).mean()),
        spread=float(apart.min(1).mean()),
    )
