"""The human-labelled rows that speak for others, each with how many rows it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Mask, Rows, Vector, read_only
from mollia.honest.batch_draws import open_weights
from mollia.people.known_rows import KnownRows
from mollia.records import HumanLabels, Pool, Use
from mollia.strings import positions

ALIKE = 1.2  # times as many rows may one drawn text stand for as another, copies aside


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRows:
    """m labelled rows of a seed, one for each text: positions, inclusion probabilities (NaN = unknown or picked).

    `weight` (m,) says how many rows that nobody labelled each stands for, `pool_weight` (m,) how many rows of the
    whole pool: 0 for a row that was picked after all draws. `alike` tells that all texts were about as likely to be
    drawn. Where no chance is known all rows count alike, as if
    they had been drawn at random. Of `asked` drawn rows `skipped` were left without a label.
    """

    rows: Rows
    chance: Vector
    weight: Vector
    pool_weight: Vector
    alike: bool = True
    asked: int = 0
    skipped: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", read_only(self.rows, np.int64))
        for name in ("chance", "weight", "pool_weight"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.float64))

    def over(self, n: int) -> Vector:
        """Return the pool weights (n,) of all rows, 0 for those that speak for none."""
        out = np.zeros(n)
        out[self.rows] = self.pool_weight
        return out


def drawn_rows(pool: Pool, groups: Rows, known: KnownRows, labels: Mapping[Use, HumanLabels]) -> DrawnRows:
    """Return the seed's rows with the weights of their draws.

    `groups` (n,) numbers equal texts alike. Rows picked by a rule or in a review are among them where chances are
    known: they take themselves out of what the drawn rows speak for (`honest.batch_draws`).
    """
    seed = labels.get("seed", HumanLabels.none())
    if not np.isfinite(seed.chance).any():
        rows = positions(pool.ids, seed.ids)
        rows = np.sort(rows[rows >= 0])
        even = np.ones(len(rows))
        return DrawnRows(rows=rows, chance=np.full(len(rows), np.nan), weight=even, pool_weight=even)
    given = HumanLabels.joined(labels[use] for use in ("seed", "review") if use in labels)
    rows = positions(pool.ids, given.ids)
    order = np.argsort(~np.isfinite(given.chance), kind="stable")  # of rows with one text the drawn one
    order = order[rows[order] >= 0]
    order = np.sort(order[np.unique(groups[rows[order]], return_index=True)[1]])
    given, rows = given.some(order), rows[order]
    copies = np.bincount(groups, known.known)[
        groups[rows]
    ]  # rows that take over the label, itself among them
    weight = open_weights(given.batch, given.chance, size=given.size, copies=copies)
    asked, skipped = _skipped(given)
    a_text = ((weight + copies) / np.maximum(copies, 1))[np.isfinite(given.chance)]
    return DrawnRows(
        rows=rows,
        chance=given.chance,
        weight=weight,
        pool_weight=weight + copies,
        alike=bool(a_text.max() <= ALIKE * a_text.min()),
        asked=asked,
        skipped=skipped,
    )


def _skipped(given: HumanLabels) -> tuple[int, int]:
    """Return how many rows the draws before the last one had, and how many of them have no label.

    Of the last draw, rows without a label may still get one.
    """
    drawn: Mask = np.isfinite(given.chance) & (given.size > 0)
    numbers, first, labelled = np.unique(given.batch[drawn], return_index=True, return_counts=True)
    asked = given.size[drawn][first][: max(len(numbers) - 1, 0)]
    return int(asked.sum()), int(np.maximum(asked - labelled[: len(asked)], 0).sum())
