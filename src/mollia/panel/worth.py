"""What each LLM is worth on this panel: its Shapley value over refits, alone, and missed; and what is wrong with it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Floats
from mollia.panel.costs import Asking, Costs
from mollia.panel.faults import faults
from mollia.panel.parts import Part, llms_of
from mollia.panel.refits import Refits
from mollia.randomness import generator
from mollia.threads import at_once

EXACT = 5  # LLMs up to which every sub-panel is refitted
MOST_CELLS = 100_000  # rows x LLMs x classes from which on refits run side by side
REACHED = 0.003  # loss at which an order ends: what comes later adds nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """One LLM's worth in accuracy (shares): `adds` is its Shapley value, `adds_error` the standard error of such values.

    `alone` is the expected accuracy of a panel of it alone, `missed` the expected loss without it.
    `asking` is what one text costs; `faults` are sentences.
    """

    llm: str
    adds: float
    adds_error: float
    alone: float
    missed: float
    cost: float
    asking: Asking
    faults: tuple[str, ...]

    @property
    def per_cost(self) -> float:
        """Accuracy added for one unit of cost."""
        return self.adds / self.cost if self.cost > 0 else math.inf


def worth(
    refits: Refits,
    costs: Costs,
    *,
    classes: Sequence[str] | None = None,
    random_state: int | None = 0,
    say: Callable[[int, int], None] = lambda _done, _of: None,
) -> tuple[Worth, ...]:
    """Return each LLM's worth, the worthiest first.

    The value of a set of LLMs is the expected accuracy of its labels, refitted from scratch; without
    any LLM, of the commonest class. The Shapley value (Shapley 1953) shares the whole panel's value
    out: the mean of what an LLM adds to those before it, over orders in which they may come. An order
    ends where the whole is reached (Ghorbani and Zou 2019). Up to 5 LLMs it is exact.
    """
    llms = llms_of(refits.parts)
    mine = {llm: frozenset(part for part in refits.parts if part.llm == llm) for llm in llms}
    orders = _orders(len(llms), random_state)
    gains = np.zeros((len(orders), len(llms)))
    for number, order in enumerate(orders):
        gains[number] = _marginals(refits, mine, [llms[i] for i in order])
        say(number + 1, len(orders))
    adds = gains.mean(0)
    error = 0.0
    if len(llms) > EXACT:  # the two halves are two estimates
        halves = gains.reshape(2, -1, len(llms)).mean(1)
        error = float(np.sqrt(((halves[0] - halves[1]) ** 2).mean()) / 2)
    table = [
        replace(
            each,
            adds=float(adds[i]),
            adds_error=error,
            alone=refits.accuracy - refits.loss(mine[each.llm]).value,
        )
        for i, each in enumerate(quick_worth(refits, costs, classes=classes))
    ]
    return tuple(sorted(table, key=lambda each: -each.adds))


def quick_worth(refits: Refits, costs: Costs, *, classes: Sequence[str] | None = None) -> tuple[Worth, ...]:
    """Return what takes one refit an LLM, in the panel's order: `missed`, costs and faults; the rest is NaN."""
    wrong = faults(refits.X, refits.reference, classes)
    everything = frozenset(refits.parts)
    llms = llms_of(refits.parts)
    parts = [frozenset(part for part in refits.parts if part.llm == llm) for llm in llms]
    lost = at_once(lambda mine: refits.loss(everything - mine), parts, many=refits.X.z.size > MOST_CELLS)
    table = []
    for llm, mine, without in zip(llms, parts, lost, strict=True):
        table.append(
            Worth(
                llm=llm,
                adds=math.nan,
                adds_error=math.nan,
                alone=math.nan,
                missed=without.value,
                cost=costs.of(mine),
                asking=costs.asking[llm],
                faults=wrong[llm],
            )
        )
    return tuple(table)


def _orders(n: int, random_state: int | None) -> list[list[int]]:
    """Return orders of n LLMs: all of them up to 5; else all rotations of two random ones.

    Over the rotations each LLM stands once in every place: most of what an LLM adds hangs on how
    many come before it.
    """
    if n <= EXACT:
        return [list(order) for order in itertools.permutations(range(n))]
    rng = generator(random_state, "panel", "worth")
    firsts = [rng.permutation(n).tolist() for _ in range(2)]
    return [first[i:] + first[:i] for first in firsts for i in range(n)]


def _marginals(refits: Refits, mine: Mapping[str, frozenset[Part]], order: list[str]) -> Floats:
    """Return what each LLM adds when they come in this order, by the LLMs' own order."""
    gains = dict.fromkeys(mine, 0.0)
    have: frozenset[Part] = frozenset()
    lost = refits.loss(have).value
    for llm in order:
        have |= mine[llm]
        now = refits.loss(have).value
        gains[llm] = lost - now
        lost = now
        if lost <= REACHED and len(mine) > EXACT:
            break
    return np.array(list(gains.values()))
