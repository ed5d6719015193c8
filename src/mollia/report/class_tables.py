"""Tables with one line per class, K lines always; a class nobody has seen keeps support 0 (case O9)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Probs, Rows, read_only
from mollia.loop.result import RunResult
from mollia.report.panel_table import seed_rows


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
        label: Classes = self.probs.argmax(1)
        return label


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class: labels given, human labels, and precision, recall and F1 (NaN where undefined)."""

    name: str
    given: int
    share: float
    in_seed: int
    support: int
    predicted: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """counts (K, K): rows are the true class, columns the label given."""

    source: str
    counts: Rows

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", read_only(self.counts, np.int64))


def judged_rows(result: RunResult) -> Judged | None:
    """Return the rows that may judge: gold rows nobody labelled, else the cross-fitted seed, else None."""
    gold = (result.pool.gold >= 0) & ~result.fused.human
    if gold.any():
        rows = np.flatnonzero(gold)
        return Judged(
            source="the gold column, on rows nobody labelled",
            rows=rows,
            truth=result.pool.gold[rows],
            probs=result.fused.posterior[rows],
        )
    rows, y = seed_rows(result)
    if result.cross_fitted is None or not len(rows):
        return None
    known = np.isfinite(result.cross_fitted[rows]).all(1)
    if not known.any():
        return None
    return Judged(
        source="the human labels, each predicted by a fuser that did not see it",
        rows=rows[known],
        truth=y[known],
        probs=result.cross_fitted[rows[known]],
    )


def confusion(result: RunResult, judged: Judged) -> Confusion:
    """Return how often each true class got each label."""
    n_classes = len(result.classes)
    counts = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(counts, (judged.truth, judged.label), 1)
    return Confusion(source=judged.source, counts=counts)


def class_table(result: RunResult, judged: Judged | None) -> list[ClassRow]:
    """Return one line per class, in the task's order."""
    n_classes = len(result.classes)
    given = np.bincount(result.fused.label, minlength=n_classes)
    in_seed = np.bincount(seed_rows(result)[1], minlength=n_classes)
    counts = (
        np.zeros((n_classes, n_classes), np.int64) if judged is None else confusion(result, judged).counts
    )
    out = []
    for k, name in enumerate(result.classes):
        hit, support, predicted = int(counts[k, k]), int(counts[k].sum()), int(counts[:, k].sum())
        out.append(
            ClassRow(
                name=name,
                given=int(given[k]),
                share=given[k] / max(1, len(result.pool)),
                in_seed=int(in_seed[k]),
                support=support,
                predicted=predicted,
                precision=hit / predicted if predicted else float("nan"),
                recall=hit / support if support else float("nan"),
                f1=2 * hit / (support + predicted) if support else float("nan"),
            )
        )
    return out
