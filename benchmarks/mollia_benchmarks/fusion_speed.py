"""`mollia bench fusion --speed`: the default fuser's seconds on large pools, beside Dawid-Skene and the vote.

The pools are a recorded panel, drawn with replacement; in each
text a fifth of the words is swapped for others, so that texts differ. 50 random rows carry a human label.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from mollia.arrays import Classes
from mollia.fusion import fuse
from mollia.records import PanelAnswers
from mollia.registry import find
from mollia_benchmarks.datasets import Recorded
from mollia_benchmarks.tables import table

LABELS, SWAPPED = 50, 0.2
METHODS = ("default", "dawid_skene", "vote")


def large_pool(recorded: Recorded, n: int) -> tuple[PanelAnswers, Classes, tuple[str, ...]]:
    """Return answers, human labels y (n,) and texts of a pool of n rows."""
    rng = np.random.default_rng(0)
    rows = rng.integers(len(recorded), size=n)
    words = np.array(" ".join(recorded.texts).split())

    def varied(text: str) -> str:
        own = np.array(text.split() or [""])
        others = words[rng.integers(len(words), size=len(own))]
        return " ".join(np.where(rng.random(len(own)) < SWAPPED, others, own).tolist())

    answers = PanelAnswers(
        ids=tuple(map(str, range(n))),
        llms=recorded.answers.llms,
        z=recorded.answers.z[rows],
        c=recorded.answers.c[rows],
    )
    y = np.full(n, -1)
    drawn = rng.permutation(n)[:LABELS]
    y[drawn] = recorded.gold[rows[drawn]]
    return answers, y, tuple(varied(recorded.texts[row]) for row in rows.tolist())


def run(recorded: Recorded, *, rows: Sequence[int], say: Callable[[str], None] = print) -> str:
    """Return a table of CPU seconds: to fuse a pool, by method, and to fuse as many new rows afterwards."""
    answers, y, texts = large_pool(recorded, 1000)
    for method in METHODS:  # the libraries are loaded before the clock runs
        fuse(answers, y, texts=texts, method=method)
    lines = []
    for n in rows:
        answers, y, texts = large_pool(recorded, n)
        fusers = {method: find("fuser", method)() for method in METHODS}
        spent = {
            method: _seconds(partial(fuse, answers, y, texts=texts, method=fuser))
            for method, fuser in fusers.items()
        }
        again = _seconds(partial(fusers["default"].predict_proba, answers, texts=texts))
        say(f"{n:,} rows: {spent['default']:.1f} s, as many new ones {again:.1f} s")
        ratio = spent["default"] / max(spent["dawid_skene"], 1e-9)
        seconds = [f"{spent[method]:.1f}" for method in METHODS]
        lines.append([f"{n:,}", *seconds, f"{ratio:.0f}", f"{again:.1f}"])
    return table(["rows", *METHODS, "default / dawid_skene", "default, as many new rows"], lines)


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
