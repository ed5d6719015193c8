"""What a run does on a sample where its pool is large, and the sentences that say so."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Rows
from mollia.note import Note
from mollia.randomness import generator
from mollia.registry import about
from mollia.session.parts import Parts

# Rows of the pool; rows that a point of the learning curve is measured on.
CURVE_ABOVE, CURVE_ROWS = 100_000, 20_000
MOST_LESSONS = 50_000  # rows that the last student learns from beside those of the rounds


def drawn(parts: Parts, rows: Rows, most: int | None, *purpose: str | int) -> Rows:
    """Return the rows (positions in the pool), or `most` of them drawn at random, in their order."""
    return at_most(rows, most, generator(parts.task.run.random_state, "of a large pool", *purpose))


def at_most(rows: Rows, most: int | None, rng: np.random.Generator) -> Rows:
    """Return the rows, or `most` of them drawn at random, in their order."""
    if most is None or len(rows) <= most:
        return rows
    return np.sort(rng.choice(rows, most, replace=False))


def looked_at(parts: Parts, left: Rows, number: int) -> Rows:
    """Return the rows that the strategy chooses from in a round: `left`, or as many of them as it declares."""
    return drawn(parts, left, _most(parts), "query", number)


def curve_rows(parts: Parts) -> Rows:
    """Return the rows that the points of the learning curve are measured on: the pool, or always the same sample of it."""
    every = np.arange(len(parts.pool))
    return drawn(parts, every, CURVE_ROWS if len(every) > CURVE_ABOVE else None, "curve")


def sampled(parts: Parts) -> tuple[str, ...]:
    """Return what a run of this pool does on a sample, one sentence each; () where all of it is exact."""
    n, said = len(parts.pool), list[str]()
    most = _most(parts)
    if most is not None and n > most and parts.task.query.rounds > 1:
        said.append(
            f'In each round the strategy "{parts.task.query.strategy}" chooses from {most:,} rows drawn at random from those left.'
        )
    if n > CURVE_ABOVE:
        said.append(f"The learning curve is measured on {CURVE_ROWS:,} rows drawn at random.")
    if parts.task.run.ask == "pool" and n > MOST_LESSONS:
        said.append(
            f"The last student learns from {MOST_LESSONS:,} rows drawn at random beside those of the rounds, not from all {n:,}."
        )
    return tuple(map(Note, said))


def _most(parts: Parts) -> int | None:
    return about("query", parts.task.query.strategy).most
