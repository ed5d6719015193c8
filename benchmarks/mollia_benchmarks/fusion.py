"""`mollia bench fusion`: every fuser on every set, from no human label to a thousand."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mollia.arrays import Classes, Mask, Matrix, Probs, one_hot
from mollia.errors import DataError
from mollia.fusion import Mixture, MoLAM, fuse
from mollia.fusion.molam import Variant
from mollia.fusion.negative_labels import answers_rule
from mollia.fusion.observation import observe
from mollia.fusion.panel_trees import SHIPPED, taught_by
from mollia.fusion.text_vectors import TextVectors
from mollia.protocols import Fuser
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.described import Described, about, described
from mollia_benchmarks.families import families
from mollia_benchmarks.fusion_sets import leads_plot, losses_table, means_table
from mollia_benchmarks.fusion_tables import accuracy_plot, accuracy_table, calibration_table, negative_table
from mollia_benchmarks.gains import FROM
from mollia_benchmarks.job import Job
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.scores import lead, score, score_negative

CELLS = "cells"
PAPERS = ("negative_precision", "negative_coverage")  # what the paper's rule is scored by, beside ours
PICTURED = 50  # human labels of the picture of leads, or the nearest measured
SIMPLE = ("vote", "dawid_skene", "best_llm")  # what the default is held against, row by row
MOLAMS: Mapping[str, Variant] = {
    "molam": "published",
    "molam_repaired": "repaired",
    "molam_normalised": "normalised",  # as mollia 0.1 had it
}
METHODS = ("default", *MOLAMS, "dawid_skene", "vote", "mean", "best_llm", "supervised")


class PoolVectors:
    """TF-IDF vectors of one set's texts, made once for all its cells."""

    name = "tf-idf of the pool"

    def __init__(self, texts: tuple[str, ...]) -> None:
        vectors = TextVectors(random_state=0).fit_transform(texts)
        self._by_text = dict(zip(texts, vectors.astype(np.float32), strict=True))
        self.dim = vectors.shape[1]

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return the vectors (n, d) of texts of the pool."""
        out: Matrix = np.stack([self._by_text[text] for text in texts])
        return out


def vectors(recorded: Recorded) -> PoolVectors:
    """Return the text vectors of a set, learned on all the rows that a benchmark reads of it."""
    return _vectors(recorded.name, recorded.data)


@cache
def _vectors(name: str, data: Path) -> PoolVectors:
    return PoolVectors(load(name, data).texts)


def fuser(method: str, recorded: Recorded, trees: str = SHIPPED) -> str | Fuser:
    """Return the fuser a method's name stands for, single-threaded, with the paper's settings."""
    if method == "default":
        return Mixture(encoder=vectors(recorded), trees=trees, n_jobs=1)
    if method in MOLAMS:
        return molam_for(recorded.about, name=method)
    return method


def molam_for(described: Described, *, name: str = "molam", random_state: int | None = None) -> MoLAM:
    """Return one of MOLAMS with the settings that the paper has for a set.

    Raises
    ------
    DataError
        When labels.json names a parameter that MoLAM does not have.
    """
    molam: MoLAM = MoLAM(variant=MOLAMS[name], random_state=random_state, n_jobs=1)
    unknown = sorted(set(described.molam) - set(molam.get_params()))
    if unknown:
        raise DataError(
            f'labels.json gives MoLAM a parameter "{unknown[0]}" that it does not have.',
            hint=f"Known: {', '.join(molam.get_params())}.",
        )
    settled: MoLAM = molam.set_params(**described.molam)
    return settled


def best_llm(recorded: Recorded, y: Classes) -> Probs:
    """Return the answers of the LLM that agrees best with the human labels; the first of equals."""
    own = observe(recorded.answers)
    right = own[y >= 0].argmax(2) == y[y >= 0][:, None]
    best = int(right.mean(0).argmax()) if len(right) else 0
    return own[:, best]


def supervised(recorded: Recorded, y: Classes) -> Probs:
    """Return the predictions of the plain student, trained on the human labels alone."""
    from mollia.student.frozen import FrozenStudent  # noqa: PLC0415  # only this method needs it

    rows = np.flatnonzero(y >= 0)
    n_classes = len(recorded.classes)
    if not len(rows):
        return np.full((len(recorded), n_classes), 1 / n_classes)
    student = FrozenStudent(random_state=0)
    student.fit([recorded.texts[i] for i in rows], one_hot(y[rows], n_classes))
    return student.predict_proba(recorded.texts)


def posterior_of(
    method: str, recorded: Recorded, y: Classes, trees: str = SHIPPED
) -> tuple[Probs, Mask | None]:
    """Return a method's posterior and Y-, (n, K) each, with the human labels y (n,); None without a Y-."""
    baselines = {"best_llm": best_llm, "supervised": supervised}
    if method in baselines:
        return baselines[method](recorded, y), None
    fused = fuse(recorded.answers, y, texts=recorded.texts, method=fuser(method, recorded, trees))
    return fused.posterior, fused.negative


def measure(cell: Cell, *, data: Path, trees: Mapping[str, str] = MappingProxyType({})) -> Scores:
    """Fuse one cell and score it on the rows that nobody labelled; `trees` names other trees by set."""
    recorded = load(cell.set, data)
    y = protocol.labels_of(recorded.gold, cell.labels, cell.draw)
    began = time.process_time()  # one thread each; wall time would tell of the machine's other work
    posterior, negative = posterior_of(cell.method, recorded, y, trees.get(cell.set, SHIPPED))
    seconds = time.process_time() - began
    P, gold = posterior[y < 0], recorded.gold[y < 0]
    denied = dict[str, float]()
    if negative is not None:
        by_paper = score_negative(answers_rule(recorded.answers)[y < 0], P, gold)
        denied = {
            **score_negative(negative[y < 0], P, gold),
            **{f"paper_{key}": by_paper[key] for key in PAPERS},
        }
    leads = _leads(P, recorded, y) if cell.method == "default" else {}
    return {**score(P, gold), **denied, **leads, "seconds": seconds}


def _leads(P: Probs, recorded: Recorded, y: Classes) -> dict[str, float]:
    """Return the lead of a posterior of the rows without a label over each simple method, and its standard error."""
    gold, found = recorded.gold[y < 0], {}
    for method in SIMPLE:
        if method == "best_llm" and not (y >= 0).any():
            continue  # nobody could choose one
        other, _ = posterior_of(method, recorded, y)
        found[f"over_{method}"], found[f"over_{method}_error"] = lead(P, other[y < 0], gold)
    return found


def trees_of(job: Job, trees: Path | None) -> dict[str, str]:
    """Return the file of trees that a set's family did not teach, by set, of a folder that `--learn` wrote."""
    if trees is None:
        return {}
    family_of = families({name: each.llms for name, each in described(job.data).items()})
    return {name: str(trees / f"{family_of[name]}.json") for name in job.sets}


def run(
    job: Job, *, methods: Sequence[str], labels: Sequence[int], draws: int, trees: Path | None = None
) -> str:
    """Measure all cells, write `table.md`, `scores.json` and pictures to `job.out`; return the table.

    Further draws that the folder holds from an earlier run count too. `trees` is a folder of `--learn`: each set
    is fused by the trees that its family did not teach.

    Raises
    ------
    DataError
        When a set or method is not known, or the recorded panels are not there.
    """
    protocol.require_known(methods, METHODS, "method")
    sizes = {name: len(load(name, job.data)) for name in job.sets}
    cells = [
        Cell(set=name, method=method, labels=n, draw=draw)
        for name in job.sets
        for n in labels
        if n <= sizes[name] // 2 or n == 0  # half of the rows must be left to score on
        for method in methods
        for draw in _draws(job.out / CELLS, name, method, n, draws)
    ]
    family_of = families({name: about(name, job.data).llms for name in job.sets})
    scores = job.measure(cells, partial(measure, trees=trees_of(job, trees)), CELLS)
    figures = protocol.summary(scores)
    draws_of = Counter((cell.set, cell.method, cell.labels) for cell in cells)
    parts = [_fewer_draws(draws_of)]
    if trees is None and "default" in methods and (seen := set(job.sets) & set(taught_by(SHIPPED))):
        parts.append(
            f"The shipped trees were taught with gold labels of {', '.join(sorted(seen))}: what the default reaches there "
            "says nothing of other sets. `--trees` takes what `--learn` wrote, with the family left out.\n"
        )
    if len(job.sets) >= FROM:
        parts.append(means_table(figures, family_of, methods, labels))
        if "default" in methods:
            parts.append(losses_table(figures, labels))
            middle = min(labels, key=lambda n: abs(n - PICTURED))
            (job.out / "leads.svg").write_text(leads_plot(figures, family_of, middle), "utf-8")
    parts += [accuracy_table(figures, name, methods, labels) for name in job.sets]
    parts += [calibration_table(figures, name, methods, labels, draws_of) for name in job.sets]
    if "default" in methods:
        parts.append(negative_table(figures, job.sets, labels))
    written = "\n".join(parts)
    protocol.write(job.out, written, figures)
    (job.out / "accuracy.svg").write_text(accuracy_plot(figures, job.sets, methods, labels), "utf-8")
    return written


def _draws(folder: Path, name: str, method: str, labels: int, asked: int) -> range:
    """Return the draws asked for, and those that were measured beyond them."""
    known = asked
    while (folder / Cell(set=name, method=method, labels=labels, draw=known).file).is_file():
        known += 1
    return range(known)


def _fewer_draws(draws_of: Mapping[tuple[str, str, int], int]) -> str:
    """Say how many draws the figures are means of, and which are of fewer."""
    most = max(draws_of.values())
    fewer: dict[tuple[str, str, int], list[int]] = {}
    for (name, method, n), draws in draws_of.items():
        if draws < most:
            fewer.setdefault((name, method, draws), []).append(n)
    exceptions = [
        f"{name}, {method} at {', '.join(map(str, sorted(labels)))} labels: {draws}"
        for (name, method, draws), labels in fewer.items()
    ]
    return "; ".join([f"Means over {most} draws of the human labels", *exceptions]) + ".\n"
