"""The constants of what is promised, chosen from records of what was expected and lost; and tables of how they did."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Vector
from mollia.panel.promise import at_most
from mollia_benchmarks.families import members
from mollia_benchmarks.protocol import Cell
from mollia_benchmarks.tables import table

OFTEN = 0.9  # of the records must lose at most what is promised; each set counts the same
DRIFTS = 0.05  # to which `drift` is rounded
STEP = 0.5  # to which `refitted` is rounded up


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was expected of a sub-panel or a cascade (loss, changed labels), and what was lost and moved; n rows."""

    set: str
    draw: int
    n: float
    cost: float
    loss: float
    changed: float
    lost: float
    moved: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A promise and what came of it: accuracy lost at most and really, at a share of the cost."""

    set: str
    draw: int
    cost: float
    promised: float
    lost: float


def without(records: Sequence[Record], family_of: Mapping[str, str], family: str) -> list[Record]:
    """Return the records of all other families."""
    return [record for record in records if family_of[record.set] != family]


def choose_drift(records: Sequence[Record]) -> float:
    """Return how far off the expected losses are per changed label, rounded; more where it keeps too few promises.

    It is a root mean square, and what chance did is not taken off: with so few rows chance hides much of what is
    left in a large pool, where nothing else widens the bound.
    """
    weight = _weights(records)
    error = math.sqrt(float(weight @ np.array([(each.lost - each.loss) ** 2 for each in records])))
    changed = math.sqrt(float(weight @ np.array([each.changed**2 for each in records])))
    drift = max(round(error / max(changed, 1e-9) / DRIFTS), 1) * DRIFTS
    while _share_within(records, weight, drift) < OFTEN:
        drift += DRIFTS
    return round(drift, 2)


def _share_within(records: Sequence[Record], weight: Vector, drift: float) -> float:
    within = [
        record.lost <= at_most(record.loss, record.changed, round(record.n), drift=drift)
        for record in records
    ]
    return float(weight @ np.array(within, float))


def choose_refitted(records: Sequence[Record], started: float) -> float:
    """Return how many labels change for one that changes on the pilot, rounded up to a half; `started` was in `changed`."""
    weight = _weights(records)
    moved = float(weight @ np.array([record.moved for record in records]))
    expected = float(weight @ np.array([record.changed for record in records])) / started
    return math.ceil(round(moved / max(expected, 1e-9) / STEP, 6)) * STEP


def rescaled(record: Record, factor: float) -> Record:
    """Return what a cascade would expect if `factor` times as many labels were thought to change."""
    return replace(record, changed=factor * record.changed)


def ticket_by(records: Sequence[Record], loss: float, drift: float) -> Record | None:
    """Return the cheapest sub-panel of one search that loses at most `loss`; None: only the whole panel does."""
    fit = [each for each in records if at_most(each.loss, each.changed, round(each.n), drift=drift) <= loss]
    return min(fit, key=lambda each: each.cost, default=None)


def kept_by(found: Record | None, cell: Cell, drift: float) -> Kept:
    """Return what was promised and lost; None is the whole panel, which costs all and loses nothing."""
    if found is None:
        return Kept(set=cell.set, draw=cell.draw, cost=1.0, promised=0.0, lost=0.0)
    bound = at_most(found.loss, found.changed, round(found.n), drift=drift)
    return Kept(set=cell.set, draw=cell.draw, cost=found.cost, promised=bound, lost=found.lost)


def _weights(records: Sequence[Record]) -> Vector:
    """Return weights (m,) that sum to 1, each set's to the same."""
    names = [record.set for record in records]
    raw: Vector = np.array([1.0 / names.count(name) for name in names])
    weight: Vector = raw / raw.sum()
    return weight


def families_table(
    kept: Mapping[str, Sequence[Kept]],
    family_of: Mapping[str, str],
    chosen: Mapping[str, tuple[float, float]],
) -> str:
    """Return per family left out the constants that the others chose, and what came of them; first what all choose."""
    rows = [["none", "", *(f"{each:g}" for each in chosen[""]), *[""] * 3 * len(kept)]]
    for family, names in members(
        family_of, dict.fromkeys(each.set for some in kept.values() for each in some)
    ).items():
        mine = ([each for each in some if each.set in names] for some in kept.values())
        figures = [cell for some in mine for cell in _figures(some)]
        rows.append([family, str(len(names)), *(f"{each:g}" for each in chosen[family]), *figures])
    return table(["family left out", "sets", "drift", "refitted", *_heads(kept)], rows)


def sets_table(kept: Mapping[str, Sequence[Kept]]) -> str:
    """Return per set what was promised, lost and asked."""
    rows = []
    for name in dict.fromkeys(each.set for some in kept.values() for each in some):
        mine = ([each for each in some if each.set == name] for some in kept.values())
        rows.append([name, *(cell for some in mine for cell in _figures(some))])
    return table(["set", *_heads(kept)], rows)


def _heads(kept: Mapping[str, Sequence[Kept]]) -> list[str]:
    return [f"{what}: {figure}" for what in kept for figure in ("at most", "lost", "cost")]


def _figures(some: Sequence[Kept]) -> list[str]:
    """Return points promised and lost, and the share of the cost, as means."""
    return [
        f"{_mean(some, lambda each: 100 * each.promised):.2f}",
        f"{_mean(some, lambda each: 100 * each.lost):+.2f}",
        f"{_mean(some, lambda each: each.cost):.0%}",
    ]


def means_table(kept: Mapping[str, Sequence[Kept]]) -> str:
    """Return over all sets what was promised, lost and asked, of the panels of which anything was left out."""
    rows = []
    for what, some in kept.items():
        names = dict.fromkeys(each.set for each in some)
        by_set = {name: [each for each in some if each.set == name] for name in names}
        lost = {name: _mean(mine, lambda each: 100 * each.lost) for name, mine in by_set.items()}
        worst = max(lost, key=lost.__getitem__)
        small = [each for each in some if each.cost < 1]
        rows.append(
            [
                what,
                f"{len(small)} of {len(some)}",
                *_figures(some)[:2],
                f"{worst} {lost[worst]:+.2f}",
                f"{sum(_within(each) for each in small)} of {len(small)}",
                f"{_mean(some, lambda each: each.cost):.0%}",
                f"{min(_mean(mine, lambda each: each.cost) for mine in by_set.values()):.0%}",
            ]
        )
    head = ["what", "less than all", "at most", "lost", "worst set", "kept", "cost", "least cost"]
    return table(head, rows)


def _within(each: Kept) -> bool:
    return each.lost <= each.promised + 1e-12


def _mean(some: Sequence[Kept], of: Callable[[Kept], float]) -> float:
    return float(np.mean([of(each) for each in some]))
