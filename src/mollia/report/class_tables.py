"""Tables with one line per class, K lines always; a class nobody has seen keeps support 0 (case O9)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Rows, most_probable, read_only
from mollia.estimate import Estimate
from mollia.honest.accuracy import WORTH
from mollia.honest.per_class import ClassFigures, class_figures, class_shares
from mollia.loop.result import RunResult
from mollia.quality.panel_labels import labelled
from mollia.report.panel_table import seed_rows

SEED = "the human labels, each predicted by a fuser that did not see it"
UNEVEN = " (drawn with unequal chances, which is not corrected for here)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Rows whose true class is known though it did not train what predicts them.

    `rows` (m,) in the pool, `truth` (m,), `probs` (m, K); `source` says in words whose truth.
    """

    source: str
    rows: Rows
    truth: Classes
    probs: Probs

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
    """counts (K, K): rows are the true class, columns the label given."""

    source: str
    counts: Rows

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
    found = result.judging
    if found is None:
        return None
    source = "the audit sample" if found.audit else SEED
    source += "" if found.even else UNEVEN
    return Judged(source=source, rows=found.rows, truth=found.y, probs=found.probs)


def confusion(result: RunResult, judged: Judged) -> Confusion:
    """Return how often each true class got each label."""
    n_classes = len(result.classes)
    counts = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(counts, (judged.truth, judged.label), 1)
    return Confusion(source=judged.source, counts=counts)


def class_table(result: RunResult, judged: Judged | None) -> list[ClassRow]:
    """Return one line per class, in the task's order."""
    n_classes = len(result.classes)
    labelled = has_label(result)
    given = np.bincount(result.fused.label[labelled], minlength=n_classes)
    in_seed = np.bincount(seed_rows(result)[1], minlength=n_classes)
    nothing = np.empty(0, np.int64)
    label, truth = (nothing, nothing) if judged is None else (judged.label, judged.truth)
    rows = zip(result.classes, estimated_shares(result), class_figures(label, truth, n_classes), strict=True)
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
    human = result.judging
    if human is None:
        return [None] * len(result.classes)
    posterior = np.array(result.fused.posterior)
    posterior[human.rows] = human.probs
    return [
        *class_shares(
            human.y,
            human.probs,
            posterior[has_label(result)],
            chance=None if human.even else human.chance,
            worth=1.0 if human.audit else WORTH,
        )
    ]
