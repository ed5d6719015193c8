"""What the student has been given so far, and the rounds it came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mollia.arrays import Mask, Rows
from mollia.records import Fused, Pool, Round, TrainingRows
from mollia.robust.negative_learning import lambda_schedule

SEED_ROUND = 1  # the paper counts the seed as round 1


@dataclass(slots=True)
class Given:
    """The rows the student trains on: human rows first, then one batch a round.

    `discrepant` holds the rows where, when their batch arrived, the student and y+ differed; `alpha` and
    `lambda_` are those the last student was trained with.
    """

    human: Rows
    batches: list[Rows] = field(default_factory=list)
    discrepant: set[int] = field(default_factory=set)
    alpha: float = 1.0
    lambda_: float = 0.0

    @property
    def rows(self) -> Rows:
        """All rows given so far, in the order in which they came (positions in the pool)."""
        return np.concatenate([self.human, *self.batches]).astype(np.int64)

    @property
    def number(self) -> int:
        """The current round; the seed alone is round 1."""
        return SEED_ROUND + len(self.batches)

    def add(self, batch: Rows, discrepant: Mask) -> None:
        """Take a batch; `discrepant` (b,) marks where student and y+ differed."""
        self.batches.append(batch)
        self.discrepant.update(int(row) for row in batch[discrepant])


def training_rows(given: Given, fused: Fused, usable: Mask, *, alpha: float, lambda_: float) -> TrainingRows:
    """Return what the student learns from (docs/method.md, section 4).

    Rows that people labelled have weight 1 and no Y-; rows that are not `usable` (n,) are left
    out, since a failure is never turned into a label.
    """
    rows = given.rows
    rows = rows[usable[rows]]
    weight = np.where(np.isin(rows, list(given.discrepant)), alpha, 1.0)
    human = fused.human[rows]
    weight[human] = 1.0
    return TrainingRows(
        rows=rows,
        y=fused.posterior[rows],
        weight=weight,
        negative=fused.negative[rows] & ~human[:, None],
        negative_weight=lambda_ if given.batches else 0.0,
    )


def resume(given: Given, rounds: Sequence[Round], pool: Pool) -> None:
    """Bring `given` to where the stored rounds had come."""
    for round_ in rounds:
        batch = pool.rows_of(round_.asked)
        given.add(batch, np.isin(batch, pool.rows_of(round_.discrepant)))


def lambda_of(given: Given, n_rounds: int, start: float, end: float) -> float:
    """Return the negative-learning weight of the current round."""
    return lambda_schedule(given.number, n_rounds, start=start, end=end)
