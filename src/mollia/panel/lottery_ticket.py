"""Lottery tickets: small sub-panels that, refitted from scratch, label as well as the whole panel.

After the lottery-ticket hypothesis (Frankle and Carbin 2019): prune what matters least, train what is
left again from its start, prune again. What is pruned here are LLMs, or one view z_i or c_i of an LLM.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

from mollia.errors import DataError, did_you_mean
from mollia.panel.costs import Costs
from mollia.panel.parts import Part, llms_of
from mollia.panel.refits import Loss, Refits

LOSS = 0.01  # accuracy a ticket may lose at most, in 9 of 10 panels
CONFIRMED = 6  # sub-panels that are refitted with the fuser that will label: those nearest to that loss
MOST_LLMS = 12  # of an exhaustive search
FEW_ENOUGH = 64  # sub-panels that are all refitted; of more, those that a cheap fuser points to
HOPELESS = 0.05  # pruning ends at a loss beyond this
NO_LOSS = 0.0005  # growing ends, and a loss counts as none, at or below this

Parts = frozenset[Part]
Say = Callable[[str, int], None]  # the search's name, sub-panels tried by it


@dataclass(frozen=True, slots=True, kw_only=True)
class SubPanel:
    """Some parts of the panel: cost per text, that cost's share of the whole, loss, the search that met it."""

    parts: tuple[Part, ...]
    cost: float
    share: float
    loss: Loss
    found_by: str

    name: str  # its LLMs, with the view where the other one is not asked

    @property
    def llms(self) -> tuple[str, ...]:
        """The LLMs that are asked anything."""
        return llms_of(self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was found: the whole panel, the front (cheapest first, losses confirmed), and the ticket."""

    whole: SubPanel
    front: tuple[SubPanel, ...]
    ticket: SubPanel
    tried: int


def prune(refits: Refits, costs: Costs, *, views: bool = True) -> Iterator[Parts]:
    """Yield sub-panels from the whole one down: each time the LLM or view goes whose bound a saved cost rises least."""
    left = frozenset(refits.parts)
    lost = bound = 0.0
    while lost <= HOPELESS:
        smaller = _distinct(left - gone for gone in _units(left, views=views))
        if not smaller:
            return
        yield from smaller
        left = min(smaller, key=lambda kept: _rate(refits, costs, kept, left, bound))
        lost, bound = refits.loss(left).value, refits.loss(left).at_most


def grow(refits: Refits, costs: Costs, *, views: bool = True) -> Iterator[Parts]:
    """Yield sub-panels from the empty one up: each time the LLM or view comes that gains most a cost."""
    have: Parts = frozenset()
    lost = refits.loss(have).value
    while len(have) < len(refits.parts) and lost > NO_LOSS:
        larger = _distinct(have | come for come in _units(frozenset(refits.parts) - have, views=views))
        yield from larger
        have = max(larger, key=lambda kept: (lost - refits.loss(kept).value) / costs.of(kept - have))
        lost = refits.loss(have).value


def exhaustive(refits: Refits, costs: Costs, *, cheap: Refits | None = None) -> Iterator[Parts]:
    """Yield every set of LLMs; of more than 64 sets those that a cheap fuser finds on its own front.

    Raises
    ------
    DataError
        With more than 12 LLMs.
    """
    llms = llms_of(refits.parts)
    if len(llms) > MOST_LLMS:
        raise DataError(
            f"An exhaustive search over {len(llms)} LLMs would try {2 ** len(llms) - 1} sub-panels.",
            hint=f"Use prune or grow; exhaustive is for at most {MOST_LLMS} LLMs.",
        )
    sets = [
        frozenset(part for part in refits.parts if part.llm in kept)
        for kept in chain.from_iterable(combinations(llms, size) for size in range(1, len(llms) + 1))
    ]
    if len(sets) > FEW_ENOUGH and cheap is not None:
        ranked = sorted(sets, key=lambda kept: cheap.loss(kept).value)
        sets = sorted(sets, key=lambda kept: (costs.of(kept), cheap.loss(kept).value))
        on_front, least = [], float("inf")
        for kept in sets:
            if cheap.loss(kept).value < least:
                least = cheap.loss(kept).value
                on_front.append(kept)
        sets = [*dict.fromkeys([*on_front, *ranked])][:FEW_ENOUGH]
    yield from sets


SEARCHES = ("prune", "grow", "exhaustive")


def search(
    refits: Refits,
    costs: Costs,
    *,
    searches: Sequence[str] = ("prune", "grow"),
    views: bool = True,
    loss: float = LOSS,
    share: float = 1.0,
    cheap: Refits | None = None,
    say: Say = lambda _name, _tried: None,
) -> Search:
    """Search for the ticket: the cheapest sub-panel that loses at most `loss` of accuracy, in 9 of 10 panels.

    Sub-panels are compared with a quick fuser, and the nearest to `loss` refitted with the one that will label.
    Where none holds, the ticket is the whole panel. Where it takes more than `share` of the whole cost, the ticket
    is the sub-panel within that share that loses least at most, which may be more than `loss`.

    Parameters
    ----------
    refits : Refits
        Gives each sub-panel's expected loss.
    costs : Costs
    searches : names out of prune, grow, exhaustive
    views : bool
        Whether one view of an LLM may go alone; False keeps or drops whole LLMs, as exhaustive does.
    loss, share : float
        .01 is a point of accuracy; a share of 1 lets the loss alone decide.
    cheap : Refits, optional
        A cheap fuser's, for an exhaustive search over more than 64 sub-panels.

    Raises
    ------
    DataError
        When a search is not known, or exhaustive is asked of more than 12 LLMs.
    """
    for name in searches:
        if name not in SEARCHES:
            raise DataError(
                f'There is no search "{name}".{did_you_mean(name, SEARCHES)}',
                hint=f"Known: {', '.join(SEARCHES)}.",
            )
    found: dict[Parts, SubPanel] = {}
    for name, parts in _met(refits, costs, searches, views=views, cheap=cheap, say=say):
        if parts not in found:
            found[parts] = _sub_panel(refits, costs, parts, name)
    whole = found[frozenset(refits.parts)]
    near = _nearest((each for each in _front(found.values()) if each.share <= share), loss)
    confirmed = [*(replace(each, loss=refits.confirmed(each.parts)) for each in near), whole]
    ticket = _ticket(confirmed, loss=loss, share=share)
    front = sorted(dict.fromkeys([*_front(confirmed), ticket]), key=lambda each: each.cost)
    return Search(whole=whole, front=tuple(front), ticket=ticket, tried=len(found))


def _met(
    refits: Refits,
    costs: Costs,
    searches: Sequence[str],
    *,
    views: bool,
    cheap: Refits | None,
    say: Say,
) -> Iterator[tuple[str, Parts]]:
    """Yield the whole panel, and what each search meets, with the search's name."""
    yield "whole", frozenset(refits.parts)
    for name in searches:
        if name == "exhaustive":
            met = exhaustive(refits, costs, cheap=cheap)
        else:
            met = (prune if name == "prune" else grow)(refits, costs, views=views)
        for number, parts in enumerate(met, 1):
            say(name, number)
            yield name, parts


def _ticket(confirmed: Sequence[SubPanel], *, loss: float, share: float) -> SubPanel:
    """Return the cheapest that is safe, else the whole, which comes last; or what loses least within the share."""
    whole = confirmed[-1]
    safe = [each for each in confirmed if each.loss.at_most <= loss or each is whole]
    ticket = min(safe, key=lambda each: (each.cost, each.loss.at_most))
    if ticket.share <= share:
        return ticket
    within = [each for each in confirmed if each.share <= share]
    return min(within, key=lambda each: (each.loss.at_most, each.cost), default=ticket)


def _nearest(front: Iterable[SubPanel], loss: float) -> list[SubPanel]:
    """Return the sub-panels smaller than the whole whose bound is nearest to the loss allowed, cheapest first."""
    some = [each for each in front if each.share < 1]
    some.sort(key=lambda each: abs(math.log(max(each.loss.at_most, NO_LOSS) / max(loss, NO_LOSS))))
    return sorted(some[:CONFIRMED], key=lambda each: each.cost)


def _sub_panel(refits: Refits, costs: Costs, parts: Parts, found_by: str) -> SubPanel:
    ordered = tuple(part for part in refits.parts if part in parts)
    cost = costs.of(ordered)
    return SubPanel(
        parts=ordered,
        cost=cost,
        share=cost / costs.whole,
        loss=refits.loss(parts),
        found_by=found_by,
        name=_name(ordered, refits.parts),
    )


def _name(parts: Sequence[Part], all_parts: Sequence[Part]) -> str:
    named = []
    for llm in llms_of(parts):
        own = [part.view for part in parts if part.llm == llm]
        whole = sum(part.llm == llm for part in all_parts)
        named.append(llm if len(own) == whole else f"{llm} ({own[0]})")
    return ", ".join(named)


def _front(found: Iterable[SubPanel]) -> Iterator[SubPanel]:
    """Yield, cheapest first, each sub-panel that loses less at most than all cheaper ones; the whole comes last."""
    least, last = float("inf"), None
    ordered = sorted(found, key=lambda each: (each.cost, each.loss.at_most))
    for each in ordered:
        if each.loss.at_most < least and least > NO_LOSS:
            least, last = each.loss.at_most, each
            yield each
    if last is not ordered[-1]:
        yield ordered[-1]


def _units(parts: Parts, *, views: bool) -> list[Parts]:
    """Return what can come or go at once: each LLM with all its parts, and with `views` each part, in order."""
    ordered = sorted(parts)
    by_llm = [frozenset(part for part in ordered if part.llm == llm) for llm in llms_of(ordered)]
    return [*by_llm, *(frozenset([part]) for part in ordered if views)]


def _distinct(sets: Iterable[Parts]) -> list[Parts]:
    return [each for each in dict.fromkeys(sets) if each]


def _rate(refits: Refits, costs: Costs, kept: Parts, left: Parts, bound: float) -> float:
    """Bound added a cost saved; an addition below noise counts as none, so that the dearer part goes first."""
    added = max(refits.loss(kept).at_most - bound, 0.0) + NO_LOSS
    return added / costs.of(left - kept)
