"""Tables with one line per class, K lines always; a class nobody has seen keeps support 0 (case O9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Rows, Vector, most_probable, read_only
from mollia.estimate import Estimate
from mollia.honest.accuracy import WORTH
from mollia.honest.per_class import ClassFigures, class_figures, class_shares
from mollia.loop.result import RunResult
from mollia.quality.panel_labels import labelled
from mollia.report.panel_table import seed_rows

SEED = "the human labels, each predicted by a fuser that did not see it"
WEIGHTED = ", each counting for the rows it stands for, since they were drawn with unequal chances"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Rows whose true class is known though it did not train what predicts them.

    `rows` (m,) in the pool, `truth` (m,), `probs` (m, K); `source` says in words whose truth. `weight` (m,) says
    how many rows each stands for, None where all count alike.
    """

    source: str
    rows: Rows
    truth: Classes
    probs: Probs
    weight: Vector | None = None

    @property
    def label(self) -> Classes:
        """The predicted class, (m,)."""
        return most_probable(self.probs)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class: labels given, human labels, its estimated share, and what judging rows say of it."""

    name: str
    given: int
    share: float
    estimated: Estimate | None
    in_seed: int
    figures: ClassFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """counts (K, K): rows are the true class, columns the label given.

    They are estimated rows of the whole pool where the rows that judge count unequally (`estimated`).
    """

    source: str
    counts: Rows
    estimated: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", read_only(self.counts, np.int64))


def judged_rows(result: RunResult) -> Judged | None:
    """Return the rows that may judge: gold rows nobody labelled, else the cross-fitted seed, else None."""
    gold = (result.pool.gold >= 0) & ~result.fused.human & has_label(result)
    if gold.any():
        rows = np.flatnonzero(gold)
        return Judged(
            source="the gold column, on rows nobody labelled",
            rows=rows,
            truth=result.pool.gold[rows],
            probs=result.fused.posterior[rows],
        )
    return judged_by_people(result)


def judged_by_people(result: RunResult) -> Judged | None:
    """Return the human-labelled rows that may judge, None without any."""
    found = None if result.judging is None else result.judging.speaking
    if found is None:
        return None
    source = "the audit sample" if found.audit else SEED
    source += "" if found.share is None else WEIGHTED
    return Judged(source=source, rows=found.rows, truth=found.y, probs=found.probs, weight=found.share)


def confusion(result: RunResult, judged: Judged) -> Confusion:
    """Return how often each true class got each label."""
    n_classes = len(result.classes)
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (judged.truth, judged.label), 1 if judged.weight is None else judged.weight)
    return Confusion(
        source=judged.source, counts=counts.round().astype(np.int64), estimated=judged.weight is not None
    )


def class_table(result: RunResult, judged: Judged | None) -> list[ClassRow]:
    """Return one line per class, in the task's order."""
    n_classes = len(result.classes)
    labelled = has_label(result)
    given = np.bincount(result.fused.label[labelled], minlength=n_classes)
    in_seed = np.bincount(seed_rows(result)[1], minlength=n_classes)
    nothing = np.empty(0, np.int64)
    label, truth = (nothing, nothing) if judged is None else (judged.label, judged.truth)
    figures = class_figures(label, truth, n_classes, weight=None if judged is None else judged.weight)
    rows = zip(result.classes, estimated_shares(result), figures, strict=True)
    return [
        ClassRow(
            name=name,
            given=int(given[k]),
            share=float(given[k] / max(1, labelled.sum())),
            estimated=estimated,
            in_seed=int(in_seed[k]),
            figures=figures,
        )
        for k, (name, estimated, figures) in enumerate(rows)
    ]


def has_label(result: RunResult) -> Mask:
    """Return which rows (n,) have a label at all."""
    return labelled(result.source)


def estimated_shares(result: RunResult) -> list[Estimate | None]:
    """Return each class's share of the pool, from the human labels and every row's posterior (K)."""
    if result.judging is None:
        return [None] * len(result.classes)
    posterior = np.array(result.fused.posterior)
    posterior[result.judging.rows] = result.judging.probs
    human = result.judging.speaking
    found = class_shares(
        human.y,
        human.probs,
        posterior[has_label(result)],
        weight=human.share,
        worth=1.0 if human.audit else WORTH,
    )
    return [*_with_known_rows(result, found)]


def _with_known_rows(result: RunResult, shares: Sequence[Estimate]) -> list[Estimate]:
    """Return shares (K) that no row a person labelled contradicts: those of a class are a part of it, the others are not."""
    n = int(has_label(result).sum())
    known = np.bincount(result.fused.label[result.fused.human], minlength=len(shares)) / n
    out = []
    for share, of_class in zip(shares, known.tolist(), strict=True):
        most = 1 - (float(known.sum()) - of_class)
        low, value, high = (min(max(each, of_class), most) for each in (share.low, share.value, share.high))
        out.append(replace(share, low=low, value=value, high=high))
    return out
