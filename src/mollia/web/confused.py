"""The classes most often taken for each other, and rows whose discussion would sharpen the guideline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Floats, Mask, Vector
from mollia.web.fit import Standing

PAIRS = 3
ROWS = 10  # of a pair
CANDIDATES = 200  # close rows among which ten unlike ones are picked
ALIKE = 0.7  # cosine from which two texts would make the same discussion
LEAST = 0.5  # rows that a pair is expected to mix up
SPLIT = 0.2  # what LLMs that are divided between the two add to a row's closeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Confused:
    """Two class numbers, about how many labels of one are the other, and positions of rows to discuss."""

    first: int
    second: int
    expected: float
    rows: Sequence[int]


def most_confused(standing: Standing, *, hidden: Mask) -> list[Confused]:
    """Return the pairs of classes with the most labels expected to be wrong, each with up to ROWS rows.

    Rows that wait for a blind label (`hidden`, (n,)) are not shown.
    """
    open_rows: Mask = standing.labels.usable & ~standing.known.known
    expected = expected_mixups(standing, open_rows)
    pairs = np.argwhere(np.triu(expected, 1) >= LEAST)
    best = sorted(pairs.tolist(), key=lambda pair: -expected[pair[0], pair[1]])[:PAIRS]
    return [
        Confused(
            first=a, second=b, expected=float(expected[a, b]), rows=_rows(standing, open_rows & ~hidden, a, b)
        )
        for a, b in best
    ]


def expected_mixups(standing: Standing, rows: Mask) -> Floats:
    """Return (K, K), symmetric: how many of the rows labelled as one class are the other's, by the posterior."""
    posterior, label = standing.posterior[rows], standing.label[rows]
    K = posterior.shape[1]
    given: Floats = np.stack([posterior[label == k].sum(0, dtype=np.float64) for k in range(K)])
    np.fill_diagonal(given, 0.0)
    return given + given.T


def _rows(standing: Standing, open_rows: Mask, a: int, b: int) -> list[int]:
    """Return rows that could be either, those on which the LLMs are divided first, no two alike."""
    posterior = standing.posterior
    close: Vector = np.minimum(posterior[:, a], posterior[:, b])
    divided = np.minimum((standing.own == a).sum(1), (standing.own == b).sum(1)) / max(
        1, standing.own.shape[1]
    )
    worth = np.where(open_rows, close + SPLIT * divided, -1.0)
    order = np.argsort(-worth, kind="stable")[:CANDIDATES]
    picked: list[int] = []
    for row in order[close[order] + divided[order] > 0].tolist():
        if worth[row] < 0 or len(picked) == ROWS:
            break
        if not picked or float((standing.vectors[picked] @ standing.vectors[row]).max()) < ALIKE:
            picked.append(row)
    return picked
