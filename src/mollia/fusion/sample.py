"""Pools of very many rows: the fuser learns from a sample of them, and labels the others some thousands at a time.

The sample is stratified: rows are put in the order of what the panel says of them (class by class, from split to
unanimous), and every so many-th is taken, so that each class has in it the share it has in the pool. Rows that a person
labelled are all in it. `mollia bench scale --sample` measures what that costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mollia.arrays import MANY, Classes, Probs, Rows, Vector, at_rest, frozen
from mollia.records import PanelAnswers
from mollia.threads import at_once

LEARN_FROM = 10_000  # rows, of a pool of more than MANY
CHUNK = 16_384  # rows labelled at a time, fewer
MOST_CELLS = 32 * CHUNK  # where those are more masses: arrays that outgrow the processor's cache take longer
MOST_TEXTS = 65_536  # texts read at a time, where there are more than MANY


def learning_rows(
    X: PanelAnswers, y: Classes, rng: np.random.Generator, *, most: int = LEARN_FROM
) -> Rows | None:
    """Return the rows that are learned from, in row order; None where those are all."""
    if np.count_nonzero(y < 0) <= MANY:
        return None
    return stratified(X, y, rng, most=most)


def stratified(X: PanelAnswers, y: Classes, rng: np.random.Generator, *, most: int) -> Rows:
    """Return `most` rows, class by class in the shares of the pool, and those with a label, in row order."""
    plurality, share = _pluralities(X)
    order = np.lexsort((rng.random(len(X)), np.round(share, 1), plurality))
    steps = ((np.arange(most) + rng.random()) * (len(X) / most)).astype(np.int64)
    rows: Rows = np.union1d(order[steps], np.flatnonzero(y >= 0))
    return rows


def _pluralities(X: PanelAnswers) -> tuple[Classes, Vector]:
    """Return the class (n,) with the most mass of all LLMs together, and its share of it."""
    best, share = np.zeros(len(X), np.int64), np.zeros(len(X))
    for start in range(0, len(X), CHUNK):
        rows = slice(start, start + CHUNK)
        mass = (X.z[rows].sum(1) + X.c[rows].sum(1)).astype(np.float64)
        best[rows] = mass.argmax(1)
        share[rows] = mass.max(1) / np.maximum(mass.sum(1), 1e-12)
    return best, share


def in_double(X: PanelAnswers) -> PanelAnswers:
    """Return answers with their masses in double precision, in which fusers compute."""
    if X.z.dtype == np.float64:
        return X
    z, c = (frozen(each.astype(np.float64)) for each in (X.z, X.c))
    return replace(X, z=z, c=c)


def rows_at_once(X: PanelAnswers) -> int:
    """Return how many rows are labelled at a time."""
    return max(1, min(CHUNK, MOST_CELLS // max(1, len(X.llms) * X.n_classes)))


def chunks(n: int, size: int = CHUNK) -> list[slice]:
    """Return n rows in parts of at most `size`."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def pieces(n: int) -> list[slice]:
    """Return the parts in which n rows are labelled: of very many, an even number of equal ones, for as many cores."""
    return chunks(n) if n <= MANY else chunks(n, -(-n // (2 * -(-n // (2 * MOST_TEXTS)))))


def in_pieces(
    n: int,
    n_classes: int,
    label: Callable[[slice], Probs],
    parts: Callable[[int], Sequence[slice]] = pieces,
) -> Probs:
    """Return the posterior (n, K) of rows that are labelled piece by piece, on all cores."""
    out = np.zeros((n, n_classes), at_rest(n))

    def fill(rows: slice) -> None:
        out[rows] = label(rows)

    for _ in at_once(fill, parts(n)):
        pass
    return out
