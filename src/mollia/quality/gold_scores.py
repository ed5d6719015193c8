"""Accuracies against a gold column (benchmarks and the demo), on rows nobody labelled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mollia.arrays import MANY, Classes, Mask, Probs, Vector
from mollia.estimate import Estimate
from mollia.fusion import MoLAM, Vote, fuse
from mollia.fusion.sample import chunks, in_pieces
from mollia.honest.intervals import wilson
from mollia.people.known_rows import KnownRows
from mollia.records import Fused, PanelAnswers, Pool
from mollia.threads import at_once

MOLAM = "MoLAM as published"
MOLAM_ROWS = 2_000  # refitting MoLAM beside the loop takes minutes beyond; `mollia bench fusion` does it
VOTE = "majority vote"
FUSED = "mollia's labels"
STUDENT = "mollia's student"
TARGET = 0.9  # share of right labels that the reviews are counted to
EDGE = 1e-9  # of a product that should be a whole number


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldScore:
    """How labels compare with gold on the `accuracy.n_rows` rows that nobody labelled.

    `stated` is their mean confidence, None where they come without. `reviews` counts the rows that a person
    has to check until TARGET of all of them are right: the least confident first, or in random order
    where there is no confidence (then the number expected).
    """

    accuracy: Estimate
    stated: float | None = None
    reviews: int = 0


def scored_rows(pool: Pool, labelled: Mask) -> Mask:
    """Return the rows (n,) that may score: gold is known, no person labelled the text."""
    scored: Mask = (pool.gold >= 0) & ~labelled
    return scored


def accuracy(label: Classes, gold: Classes, rows: Mask) -> float:
    """Return the share of `rows` in which label and gold agree."""
    return float((label[rows] == gold[rows]).mean())


def against_gold(label: Classes, gold: Classes, rows: Mask, confidence: Vector | None = None) -> GoldScore:
    """Return how labels (n,) with confidences (n,) compare with gold (n,) on `rows` (n,), one at least."""
    right: Mask = label[rows] == gold[rows]
    n, n_right = len(right), int(right.sum())
    missing = max(0, math.ceil(TARGET * n - EDGE) - n_right)
    if confidence is None:
        reviews = math.ceil(missing * (n + 1) / (n - n_right + 1)) if missing else 0
        return GoldScore(accuracy=wilson(n_right, n), reviews=reviews)
    order = np.argsort(confidence[rows], kind="stable")
    mended = np.cumsum(~right[order])
    reviews = int(np.searchsorted(mended, missing)) + 1 if missing else 0
    return GoldScore(accuracy=wilson(n_right, n), stated=float(confidence[rows].mean()), reviews=reviews)


def llm_labels(panel: PanelAnswers) -> Classes:
    """Return each LLM's own label (n, N), -1 where it gave nothing usable."""
    n = len(panel)
    labels: Classes = np.empty((n, len(panel.llms)), np.int64)

    def fill(rows: slice) -> None:
        z, c = panel.z[rows], panel.c[rows]
        mass = z / np.maximum(z.sum(2, keepdims=True), np.finfo(z.dtype).tiny) + c  # (rows, N, K)
        labels[rows] = np.where(mass.any(2), mass.argmax(2), -1)

    for _ in at_once(fill, chunks(n), many=n > MANY):
        pass
    return labels


def best_llm(panel: PanelAnswers, known: KnownRows) -> str | None:
    """Return the LLM that agrees best with the human labels; None without any."""
    if not known.labelled.any():
        return None
    right: Mask = llm_labels(panel)[known.labelled] == known.y[known.labelled][:, None]  # (m, N)
    return panel.llms[int(right.mean(0).argmax())]


def votes(panel: PanelAnswers) -> Probs:
    """Return the posterior (n, K) of the majority vote."""
    vote = Vote().fit(panel[:0], np.zeros(0, np.int64))
    return in_pieces(len(panel), panel.n_classes, lambda rows: vote.predict_proba(panel[rows]), chunks)


def scores(
    pool: Pool,
    known: KnownRows,
    panel: PanelAnswers,
    fused: Fused,
    student_probs: Probs | None,
    *,
    rows: Mask,
    random_state: int | None,
    molam: bool = True,
) -> dict[str, GoldScore]:
    """Return the scores by name on `rows` (n,), those that may score and have a label; {} without any.

    The best single LLM is the one that the human labels point to, not the one that gold would. `molam` also scores the
    paper's method, which is fitted for it.
    """
    if not rows.any():
        return {}

    def of(posterior: Probs) -> GoldScore:
        return against_gold(posterior.argmax(1), pool.gold, rows, posterior.max(1))

    out = {FUSED: of(fused.posterior)} | ({} if student_probs is None else {STUDENT: of(student_probs)})
    if not panel.asked[rows].all():  # the panel's own figures need every answer to every scored row
        return out
    best = best_llm(panel, known)
    if best is not None:
        column = llm_labels(panel.subpanel([best]))[:, 0]
        out[f"best single LLM ({best})"] = against_gold(column, pool.gold, rows)
    out[VOTE] = of(votes(panel))
    if molam and known.labelled.any() and len(pool) <= MOLAM_ROWS:
        out[MOLAM] = of(fuse(panel, known.y, method=MoLAM(random_state=random_state, n_jobs=1)).posterior)
    return out


def with_student(
    found: Mapping[str, GoldScore], pool: Pool, probs: Probs, *, rows: Mask
) -> Mapping[str, GoldScore]:
    """Return the scores of `scores` on the same `rows` (n,) with those of a student (n, K) that was taught since."""
    if not found:
        return found
    student = against_gold(probs.argmax(1), pool.gold, rows, probs.max(1))
    return {FUSED: found[FUSED], STUDENT: student} | dict(found)


def disagreement(panel: PanelAnswers, label: Classes, names_none: Mask) -> Vector:
    """Return, for each row (n,), the share of the LLMs whose own answer is not `label`; NaN where none answered.

    An answer that names something which is not a class (`names_none`, (n, N)) is another answer; one that fails, is a
    refusal or names several classes is none.
    """
    own = llm_labels(panel)
    said: Mask = (own >= 0) | names_none
    differ = (said & (own != label[:, None])).sum(1)
    share: Vector = np.where(said.any(1), differ / np.maximum(said.sum(1), 1), np.nan)
    return share


def shares(label: Classes, classes: tuple[str, ...]) -> Mapping[str, int]:
    """Return how many rows each class got, in the task's order."""
    counts = np.bincount(label, minlength=len(classes))
    return dict(zip(classes, counts.tolist(), strict=True))
