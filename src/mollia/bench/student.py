"""`mollia bench student`: what robust training is worth, on labels of the default fuser.

The frozen student learns from 50 human labels and a few hundred fused ones, or from the whole
annotated pool, and is scored on the last 30 % of each set, which neither people nor the panel label
and no choice sees. "gold" trains on the true labels: the ceiling.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Rows, one_hot
from mollia.bench import protocol
from mollia.bench.datasets import load
from mollia.bench.protocol import Cell, Scores
from mollia.bench.tables import figure, table
from mollia.fusion import fuse
from mollia.fusion.mixture import Mixture
from mollia.honest.cross_fit import cross_fitted_posterior
from mollia.robust.meta_weights import learned_alpha, out_of_fold_probs, trust_weights
from mollia.student.frozen import FrozenStudent

TAUGHT = 0.7  # the share of a set that may be labelled
PANEL_ROWS = 500
METHOD = "frozen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """The rows of one draw: texts, fused soft labels, Y-, and who is human."""

    texts: Sequence[str]
    soft: Probs
    negative: Mask
    human: Mask


def measure(cell: Cell) -> Scores:
    """Return the accuracy of each recipe in one draw, by its name."""
    recorded = load(cell.set)
    n, K = len(recorded), len(recorded.classes)
    taught = np.arange(int(TAUGHT * n))
    rest = np.arange(len(taught), n).tolist()
    texts = [recorded.texts[row] for row in taught.tolist()]
    answers = recorded.answers[taught]
    y = protocol.labels_of(recorded.gold[taught], cell.labels, cell.draw)
    fused = fuse(answers, y, texts=texts, random_state=cell.draw)
    human = np.flatnonzero(y >= 0)
    others = np.random.default_rng(cell.draw).permutation(np.flatnonzero(y < 0))[:PANEL_ROWS]
    whole = Lesson(texts=texts, soft=fused.posterior, negative=fused.negative, human=y >= 0)
    some = _part(whole, np.concatenate([human, others]))
    gold = one_hot(recorded.gold[taught], K)
    unseen, truth = [recorded.texts[row] for row in rest], recorded.gold[rest]

    def accuracy(student: FrozenStudent) -> float:
        return float((student.predict(unseen) == truth).mean())

    held_out = cross_fitted_posterior(Mixture(n_jobs=1), answers, y, texts, random_state=cell.draw)
    scores = {name: accuracy(student) for name, student in recipes(some, y[human], held_out).items()}
    scores["soft, whole pool"] = accuracy(FrozenStudent().fit(texts, whole.soft))
    some_gold = gold[np.concatenate([human, others])]
    return {
        **scores,
        "gold": accuracy(FrozenStudent().fit(some.texts, some_gold)),
        "gold, whole pool": accuracy(FrozenStudent().fit(texts, gold)),
        "labels": float((fused.label[others] == recorded.gold[others]).mean()),
    }


def recipes(lesson: Lesson, y: Classes, held_out: Probs) -> dict[str, FrozenStudent]:
    """Train one student a recipe; `y` (h,) and the cross-fitted `held_out` (h, K) are the human rows'.

    Human rows stand first in the lesson; they weigh 1 and have no Y- throughout.
    """
    judged = out_of_fold_probs(FrozenStudent(), lesson.texts, lesson.soft)
    label = lesson.soft.argmax(1)
    differ = judged.argmax(1) != label
    hard = one_hot(label, lesson.soft.shape[1])
    of_human = held_out.argmax(1)
    alpha = learned_alpha(of_human == y, judged[: len(y)].argmax(1) != of_human)

    def fit(target: Probs, weight: object = 1.0, lambda_: float = 0.0) -> FrozenStudent:
        weights = np.where(lesson.human, 1.0, np.broadcast_to(np.asarray(weight, float), label.shape))
        negative = lesson.negative & ~lesson.human[:, None]
        return FrozenStudent().fit(
            lesson.texts, target, sample_weight=weights, negative=negative, negative_weight=lambda_
        )

    return {
        "soft": fit(lesson.soft),
        "hard": fit(hard),
        "soft, alpha .5": fit(lesson.soft, np.where(differ, 0.5, 1.0)),
        "soft, alpha .25": fit(lesson.soft, np.where(differ, 0.25, 1.0)),
        "soft, learned alpha": fit(lesson.soft, np.where(differ, alpha, 1.0)),
        "soft, trust": fit(lesson.soft, trust_weights(lesson.soft, judged)),
        "soft, lambda 1": fit(lesson.soft, lambda_=1.0),
        "hard, alpha .5, lambda 1 (paper)": fit(hard, np.where(differ, 0.5, 1.0), 1.0),
    }


def run(
    *,
    sets: Sequence[str],
    labels: int,
    draws: int,
    out: Path,
    processes: int,
    say: Callable[[str], None] = print,
) -> str:
    """Measure all draws, write `student.md` and `student.json` to `out`; return the table."""
    cells = [Cell(set=s, method=METHOD, labels=labels, draw=d) for s in sets for d in range(draws)]
    scores = protocol.measure_all(
        cells,
        measure,
        out / "cells",
        processes=processes,
        done=lambda cell, number, of: say(f"{number}/{of} {cell.file.removesuffix('.json')}"),
    )
    text = report(scores, sets)
    (out / "student.md").write_text(text, "utf-8")
    named = [{"set": cell.set, "draw": cell.draw, **found} for cell, found in scores.items()]
    (out / "student.json").write_text(json.dumps(named, indent=1) + "\n", "utf-8")
    return text


def report(scores: Mapping[Cell, Scores], sets: Sequence[str]) -> str:
    """Return a table: a recipe a row, a set a column, and each recipe's gain over "soft".

    Gains are paired by draw, with one standard error over all draws of all sets.
    """
    names = [name for name in next(iter(scores.values())) if name != "labels"]
    lines = []
    for name in [*names, "labels"]:
        line = [name]
        for each in sets:
            found = [values[name] for cell, values in scores.items() if cell.set == each]
            line.append(figure(float(np.mean(found)), float(np.std(found))))
        gains = np.array([values[name] - values["soft"] for values in scores.values()])
        error = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else float("nan")
        line.append("" if name in {"soft", "labels"} else f"{gains.mean():+.3f} ± {error:.3f}")
        lines.append(line)
    return table(["recipe", *sets, "gain over soft"], lines)


def _part(lesson: Lesson, rows: Rows) -> Lesson:
    return Lesson(
        texts=[lesson.texts[row] for row in rows.tolist()],
        soft=lesson.soft[rows],
        negative=lesson.negative[rows],
        human=lesson.human[rows],
    )
