"""`mollia bench predict`: short texts a second on one core, beside scikit-learn's own pipeline.

Both learn from the same rows and label the same distinct texts of a recorded panel in the same process; the
fastest of several runs counts, since other work on the machine can only slow one down.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from threadpoolctl import threadpool_limits

from mollia.arrays import one_hot
from mollia.data.csv_file import csv_lines
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student
from mollia.usecases.predict_file import predict_file
from mollia_benchmarks.exam import Exam
from mollia_benchmarks.tables import table

LEARNED_FROM = 550
OURS, PEER, FILE = (
    "mollia's lexical student",
    "scikit-learn: TfidfVectorizer x 2 + LogisticRegression",
    "mollia predict, file to file",
)


def measure(taken: Exam, *, repeats: int) -> dict[str, float]:
    """Return texts a second of mollia in memory, of the peer, and of `mollia predict` on a CSV file.

    "agreement" is the largest difference between the probabilities of the trained student and of the one
    read back from its folder.
    """
    rows = np.random.default_rng(0).permutation(len(taken.texts))[:LEARNED_FROM].tolist()
    few, y = [taken.texts[row] for row in rows], taken.gold[rows]
    texts = [*taken.texts, *taken.test_texts]
    peer = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        ),
        LogisticRegression(C=10.0, max_iter=1000),
    ).fit(few, y)
    student = FrozenStudent().fit(few, one_hot(y, len(taken.classes)))
    with threadpool_limits(1), tempfile.TemporaryDirectory(prefix="mollia-predict-") as name:
        folder = Path(name)
        loaded = load_student(save(student, folder / "student", taken.classes))
        (folder / "in.csv").write_text("".join(csv_lines({"text": texts})), "utf-8", newline="")
        jobs: dict[str, Callable[[], object]] = {
            OURS: lambda: loaded.predict_proba(texts),
            PEER: lambda: peer.predict_proba(texts),
            FILE: lambda: predict_file(folder / "student", folder / "in.csv", out=folder / "out.csv"),
        }
        seconds = {name: [_seconds(job) for _ in range(repeats)] for name, job in jobs.items()}
        gap = float(np.abs(loaded.predict_proba(texts) - student.predict_proba(texts)).max())
    return {**{name: len(texts) / min(each) for name, each in seconds.items()}, "agreement": gap}


def report(found: dict[str, float], texts: str) -> str:
    """Return a table: texts of the set called `texts` a second, and the ratio to the peer."""
    lines: Sequence[Sequence[str]] = [
        [name, f"{found[name]:,.0f}", f"{found[name] / found[PEER]:.1f}"] for name in (OURS, FILE, PEER)
    ]
    said = table([f"one core, texts of {texts}", "texts a second", "times the peer"], lines)
    return f"{said}\nLargest difference of the loaded student's probabilities: {found['agreement']:.1e}\n"


def _seconds(job: Callable[[], object]) -> float:
    began = time.process_time()
    job()
    return time.process_time() - began
