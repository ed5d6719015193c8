"""`mollia bench fusion --peers PYTHON`: our fusers beside crowd-kit's, Snorkel's and cleanlab's, in one run.

Each method is fitted in a process of its own, on one processor; seconds are that processor's, memory is by how
much the fit raised the process's peak. Peers get each LLM's most probable class, which is what they take.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Floats, Matrix, Probs
from mollia.fusion import DawidSkene
from mollia.fusion.observation import hard_answers
from mollia.records import PanelAnswers
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.fusion import posterior_of, vectors
from mollia_benchmarks.fusion_peers import GOLD_AWARE, PEERS, peak
from mollia_benchmarks.job import Job
from mollia_benchmarks.scores import score
from mollia_benchmarks.tables import figure, table

SCRIPT = Path(__file__).with_name("fusion_peers.py")
SHOWN = [name for name in PEERS if not name.endswith("_converged")]
HOW_TO_GET = (
    "They are not installed with mollia: python3 -m venv peers && peers/bin/pip install crowd-kit snorkel cleanlab, "
    "then --peers peers/bin/python."
)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
LARGE, LARGE_LLMS, LARGE_CLASSES = 100_000, 5, 6
Figures = Mapping[str, float]


def ask_peer(
    name: str, python: str, *, said: Classes, seen: Classes, n_classes: int, text: Matrix
) -> Mapping[str, Floats] | None:
    """Return a peer's `posterior` (draws or 1, n, K), `seconds`, `megabytes`; None where it is not installed.

    Raises
    ------
    RuntimeError
        When the peer fails on data it should take.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(source, said=said, seen=seen, n_classes=n_classes, vectors=text)
        words = [python, str(SCRIPT), name, str(source), str(target)]
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ | ONE_THREAD)  # noqa: S603  # the person's own Python
        if done.returncode and "absent: " in done.stderr:
            return None
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
        with np.load(target) as arrays:
            return dict(arrays)


def peer_figures(name: str, recorded: Recorded, python: str, *, labels: int, draws: int) -> Figures | None:
    """Return a peer's scores on a set, means over the draws of the human labels; None where it is absent."""
    seen = np.stack([protocol.labels_of(recorded.gold, labels, draw) for draw in range(draws)])
    text = np.asarray(vectors(recorded).encode(recorded.texts))
    found = ask_peer(
        name,
        python,
        said=hard_answers(recorded.answers),
        seen=seen,
        n_classes=len(recorded.classes),
        text=text,
    )
    if found is None:
        return None
    posterior = [found["posterior"][draw if name in GOLD_AWARE else 0] for draw in range(draws)]
    return _figures(posterior, seen, recorded.gold, float(found["seconds"]), float(found["megabytes"]))


def our_figures(name: str, set_: str, data: Path, *, labels: int, draws: int) -> Figures:
    """Return the same scores of a method of ours, fitted in this process."""
    recorded = load(set_, data)
    seen = np.stack([protocol.labels_of(recorded.gold, labels, draw) for draw in range(draws)])
    posterior_of("vote", recorded, seen[0])  # what is read once is read
    before, began = peak(), time.process_time()
    posterior = [posterior_of(name, recorded, y)[0] for y in seen]
    seconds = (time.process_time() - began) / draws
    return _figures(posterior, seen, recorded.gold, seconds, peak() - before)


def _figures(
    posterior: Sequence[Probs], seen: Classes, gold: Classes, seconds: float, megabytes: float
) -> Figures:
    judged = [score(P[y < 0], gold[y < 0]) for P, y in zip(posterior, seen, strict=True)]
    return {
        "accuracy": float(np.mean([each["accuracy"] for each in judged])),
        "accuracy_spread": float(np.std([each["accuracy"] for each in judged])),
        "ece": float(np.mean([each["ece"] for each in judged])),
        "seconds": seconds,
        "megabytes": megabytes,
    }


def made_up_answers(n: int, random_state: int = 0) -> Classes:
    """Return hard answers (n, 5) of five confused LLMs about six classes."""
    rng = np.random.default_rng(random_state)
    gold = rng.choice(LARGE_CLASSES, n, p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05])
    said = np.zeros((n, LARGE_LLMS), np.int64)
    for llm in range(LARGE_LLMS):
        confusion = rng.dirichlet(np.ones(LARGE_CLASSES), LARGE_CLASSES) * 0.35 + 0.65 * np.eye(LARGE_CLASSES)
        ends = confusion.cumsum(1)[gold]
        said[:, llm] = np.minimum((rng.random((n, 1)) > ends).sum(1), LARGE_CLASSES - 1)
    return said


def as_panel(said: Classes, n_classes: int) -> PanelAnswers:
    """Return hard answers (n, N) as a panel whose LLMs gave one sample each."""
    c = np.eye(n_classes + 1)[said][:, :, :n_classes]  # -1, the last row, is nothing
    llms = tuple(f"llm {i}" for i in range(said.shape[1]))
    return PanelAnswers(ids=tuple(map(str, range(len(said)))), llms=llms, z=np.zeros_like(c), c=c)


def our_dawid_skene(n: int) -> Figures:
    """Return seconds and memory of our Dawid-Skene, as Dawid and Skene have it, on made-up answers."""
    X = as_panel(made_up_answers(n), LARGE_CLASSES)
    nobody = np.full(n, -1)
    before, began = peak(), time.process_time()
    DawidSkene(soft=False, smoothing=0.0, prior_count=0.0).fit_predict_proba(X, nobody)
    return {"seconds": time.process_time() - began, "megabytes": peak() - before}


def their_dawid_skene(n: int, python: str) -> Figures | None:
    """Return the same of crowd-kit's, on the same answers."""
    found = ask_peer(
        "crowdkit_dawid_skene",
        python,
        said=made_up_answers(n),
        seen=np.full((1, n), -1),
        n_classes=LARGE_CLASSES,
        text=np.zeros((n, 0), np.float32),
    )
    if found is None:
        return None
    return {"seconds": float(found["seconds"]), "megabytes": float(found["megabytes"])}


def run(job: Job, *, methods: Sequence[str], labels: int, draws: int, python: str, rows: int = LARGE) -> str:
    """Measure all, write `peers.md` and `peers.json` to `job.out`, return the text; goes on where it was stopped."""
    job.claim()
    folder = job.out / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    measures: dict[str, Callable[[], Figures | None]] = {}
    for set_ in job.sets:
        for name in methods:
            measures[f"{set_}.{name}.{labels}"] = partial(
                _alone, our_figures, name, set_, job.data, labels=labels, draws=draws
            )
        for name in SHOWN:
            measures[f"{set_}.{name}.{labels}"] = partial(
                peer_figures, name, load(set_, job.data), python, labels=labels, draws=draws
            )
    measures[f"large.ours.{rows}"] = partial(_alone, our_dawid_skene, rows)
    measures[f"large.crowdkit.{rows}"] = partial(their_dawid_skene, rows, python)
    found = {key: _kept(folder / f"{key}.json", measure, job.say) for key, measure in measures.items()}
    parts = [f"{labels} human labels, {draws} draws; s and MB of one fit on one processor."]
    parts += [_table(found, set_, [*methods, *SHOWN], labels) for set_ in job.sets]
    text = "\n".join([*parts, *_speed(found, rows), *_absent(found)]) + "\n"
    (job.out / "peers.md").write_text(text, "utf-8")
    (job.out / "peers.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return text


def _kept(path: Path, measure: Callable[[], Figures | None], say: Callable[[str], None]) -> Figures | None:
    """Measure what no file holds yet; an absent peer leaves none."""
    if not path.is_file():
        figures = measure()
        if figures is None:
            say(f"{path.stem}: absent")
            return None
        path.write_text(json.dumps(dict(figures)) + "\n", "utf-8")
        say(f"{path.stem}: {figures['seconds']:.2f} s")
    kept: Figures = json.loads(path.read_text("utf-8"))
    return kept


def _alone(measure: Callable[..., Figures], *args: object, **options: object) -> Figures:
    """Measure in a fresh process, so that peaks of memory do not mix."""
    os.environ.update(ONE_THREAD)  # the new process reads it before numpy starts
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, *args, **options).result()


def _table(found: Mapping[str, Figures | None], set_: str, names: Sequence[str], labels: int) -> str:
    lines = [
        [
            name,
            figure(at["accuracy"], at["accuracy_spread"]),
            figure(at["ece"]),
            f"{at['seconds']:.2f}",
            f"{at['megabytes']:.0f}",
        ]
        for name in names
        if (at := found[f"{set_}.{name}.{labels}"]) is not None
    ]
    return table([set_, "accuracy", "ECE", "s", "MB"], lines)


def _speed(found: Mapping[str, Figures | None], rows: int) -> list[str]:
    ours, theirs = found[f"large.ours.{rows}"], found[f"large.crowdkit.{rows}"]
    if ours is None or theirs is None:
        return []
    sentence = (
        f"Dawid-Skene on {rows:,} rows, {LARGE_LLMS} LLMs, {LARGE_CLASSES} classes: ours {ours['seconds']:.2f} s, "
        f"{ours['megabytes']:.0f} MB; crowd-kit's {theirs['seconds']:.1f} s, {theirs['megabytes']:.0f} MB: "
        f"{theirs['seconds'] / ours['seconds']:.0f} times faster."
    )
    return [sentence]


def _absent(found: Mapping[str, Figures | None]) -> list[str]:
    lacking = {key.split(".")[1] for key, figures in found.items() if figures is None}
    names = [name for name in SHOWN if name in lacking]
    return [f"Absent: {', '.join(names)}. {HOW_TO_GET}"] if names else []
