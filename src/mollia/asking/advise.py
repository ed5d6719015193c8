"""Which LLMs of a panel are worth asking: lottery tickets and worth, from a task's ledger or a file of answers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from threadpoolctl import threadpool_limits

from mollia.arrays import Classes, Vector
from mollia.asking.outlook import Outlook, outlook
from mollia.errors import DataError
from mollia.estimate import Estimate
from mollia.fusion import DawidSkene, Mixture
from mollia.fusion.cross_fit import MIN_LABELS
from mollia.honest.cross_fit import cross_fitted_posterior
from mollia.honest.prediction_powered import uneven, weighted_share
from mollia.panel import Asking, Costs, Refits, Search, Worth, make_costs, restricted, search, worth
from mollia.panel.lottery_ticket import LOSS
from mollia.panel.parts import Part, parts_of, samples_of
from mollia.panel.refits import posterior_of, sample_rows
from mollia.panel.worth import quick_worth
from mollia.progress import LLMS_WORTH, Progress, quiet
from mollia.protocols import Fuser
from mollia.quality.evidence import FuserChoice
from mollia.records import PanelAnswers
from mollia.registry import find

SEARCH_ROWS = 2000  # the search works on so many rows: a loss of half a point is told apart to .2 points
QUICK_ROWS = 500  # a run's own look
LEAST_ROWS = 50  # below which it does not look
WEAK = 0.9  # an estimated accuracy below which it is said what would help most
LEAST_HUMAN = 10  # labels below which cross-fitting says nothing
MIXTURES = ("default", "mixture")
SEARCH = "searching for tickets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What was found about a panel.

    `expected` is the whole panel's accuracy as its calibrated posterior states it, `whole` and `ticket`
    are accuracies on the human rows by cross-fitting (None with under 10 of them).
    """

    search: Search
    worth: tuple[Worth, ...]
    costs: Costs
    expected: float
    whole: Estimate | None
    ticket: Estimate | None
    n_rows: int
    n_human: int
    n_refits: int
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What asking `each` LLM about one text costs, and how many samples it draws (None = as many as are held)."""

    each: Mapping[str, Asking]
    samples: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Which sub-panels the search is for.

    Parameters
    ----------
    unit : what costs are counted in; None = the first of money, seconds, tokens, calls known for all LLMs.
    loss : accuracy that the ticket may lose at most, in 9 of 10 panels.
    share : of the whole cost that the ticket may take, whatever it loses then; 1 = the loss alone decides.
    searches : names of the searches.
    views : whether one of an LLM's two views may be dropped, or whole LLMs only.
    most_rows : rows the search looks at, at most.
    """

    unit: str | None = None
    loss: float = LOSS
    share: float = 1.0
    searches: tuple[str, ...] = ("prune", "grow")
    views: bool = True
    most_rows: int = SEARCH_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Human:
    """What people said of n rows: class numbers y (n,), -1 = nothing, and how many rows each stands for (n,).

    `weight` is 0 for a row that was picked and may not judge (`quality.drawn_rows`).
    """

    y: Classes
    weight: Vector


GOAL, DEFAULT_FUSER = Goal(), FuserChoice()


def advise(
    X: PanelAnswers,
    human: Human,
    texts: Sequence[str] | None,
    *,
    classes: Sequence[str],
    asked: Asked,
    goal: Goal = GOAL,
    fuser: FuserChoice = DEFAULT_FUSER,
    progress: Progress = quiet,
) -> Advice:
    """Search a panel for lottery tickets and say what each of its LLMs is worth.

    The search looks at the rows that every LLM was asked, at most `most_rows` of them.

    Raises
    ------
    DataError
        When there is nothing to search: no row that all LLMs answered, or fewer than two parts.
    """
    began = time.monotonic()
    with threadpool_limits(1):
        state = fuser.random_state
        refits, calibrated = make_refits(X, human.y, texts, fuser=fuser, most_rows=goal.most_rows)
        costs = _costs(refits, asked, goal.unit)
        found = _search(refits, costs, goal, progress)
        table = worth(
            refits,
            costs,
            classes=classes,
            random_state=state,
            say=lambda done, of: progress(LLMS_WORTH, done, of),
        )
        progress("cross-fitting", 0, 1)
        weight_of = dict(zip(X.ids, human.weight.tolist(), strict=True))
        weight = np.array([weight_of[id_] for id_ in refits.X.ids])[refits.y >= 0]
        checked = [_checked(refits, each.parts, weight, state) for each in (found.whole, found.ticket)]
        progress("cross-fitting", 1, 1)
    return Advice(
        search=found,
        worth=table,
        costs=costs,
        expected=refits.accuracy,
        whole=checked[0],
        ticket=checked[1],
        n_rows=len(refits.X),
        n_human=int((refits.y >= 0).sum()),
        n_refits=refits.n_refits,
        seconds=time.monotonic() - began,
        notes=_notes(X, refits, calibrated=calibrated),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What a run can tell in passing: each LLM's worth, the refits that tell it, what asking each LLM takes; empty where it cannot."""

    worth: tuple[Worth, ...] = ()
    refits: Refits | None = None
    asking: Mapping[str, Asking] = field(default_factory=dict)


def is_weak(estimate: Estimate | None) -> bool:
    """Tell whether labels of an estimated accuracy want more help than what is there; None = nothing is known."""
    return estimate is not None and estimate.value < WEAK


def quick_look(
    X: PanelAnswers,
    y: Classes,
    texts: Sequence[str] | None,
    *,
    classes: Sequence[str],
    asking: Mapping[str, Asking],
    fuser: FuserChoice = DEFAULT_FUSER,
) -> Glance:
    """Look at 500 rows, with one refit per LLM."""
    whole = np.flatnonzero(X.asked.all(1))
    looked_at = X[whole[sample_rows(y[whole], QUICK_ROWS, fuser.random_state)]]  # as `make_refits` takes them
    if len(whole) < LEAST_ROWS or len({part.llm for part in parts_of(looked_at)}) < 2:  # noqa: PLR2004  # nothing to compare
        return Glance()
    with threadpool_limits(1):
        by_default = replace(fuser, method=DEFAULT_FUSER.method)
        refits, _ = make_refits(X, y, texts, fuser=by_default, most_rows=QUICK_ROWS)
        costs = _costs(refits, Asked(each=asking))
        return Glance(worth=quick_worth(refits, costs, classes=classes), refits=refits, asking=asking)


def look_ahead(glance: Glance, *, random_state: int | None = 0) -> Outlook | None:
    """Return what would help most, which takes two refits; None where nothing can be told."""
    if glance.refits is None:
        return None
    with threadpool_limits(1):
        return outlook(glance.refits, random_state=random_state)


def _search(refits: Refits, costs: Costs, goal: Goal, progress: Progress) -> Search:
    """Return the sub-panels found."""
    pairs = len(refits.parts) * (len(refits.parts) + 1) // 2  # sub-panels on the way down
    found = search(
        refits,
        costs,
        searches=goal.searches,
        views=goal.views,
        loss=goal.loss,
        share=goal.share,
        cheap=_cheap(refits),
        say=lambda _name, tried: progress(SEARCH, tried, max(tried, pairs)),
    )
    progress(SEARCH, found.tried, found.tried)
    return found


def _cheap(refits: Refits) -> Refits:
    """Return refits by a fuser that takes a fraction of the time, for the first look at many sub-panels."""
    fuser = cast("Fuser", DawidSkene())
    return Refits(fuser=fuser, X=refits.X, y=refits.y, texts=None, reference=refits.reference)


def _costs(refits: Refits, asked: Asked, unit: str | None = None) -> Costs:
    """Return what each part of the panel costs."""
    samples = asked.samples
    if samples is None:
        samples = {llm: max(samples_of(refits.X, llm), 1) for llm in refits.X.llms}
    return make_costs(refits.parts, asked.each, samples=samples, unit=unit)


def make_refits(
    X: PanelAnswers,
    y: Classes,
    texts: Sequence[str] | None,
    *,
    fuser: FuserChoice = DEFAULT_FUSER,
    most_rows: int = SEARCH_ROWS,
) -> tuple[Refits, bool]:
    """Return refits on the rows that every LLM was asked, and whether the reference is calibrated.

    Raises
    ------
    DataError
        As `advise`.
    """
    whole = np.flatnonzero(X.asked.all(1))
    if not len(whole):
        raise DataError(
            "There is no row that every LLM of the panel was asked.",
            hint="Ask all of them about a few hundred rows first; the command annotate does.",
        )
    rows = whole[sample_rows(y[whole], most_rows, fuser.random_state)]
    some, few = X[rows], None if texts is None else [texts[row] for row in rows]
    if len(parts_of(some)) < 2:  # noqa: PLR2004  # a choice needs two
        raise DataError(f"The panel has nothing to choose from: {', '.join(X.llms)} gave one kind of answer.")
    whole_fit, quick = _fusers(fuser)
    reference = posterior_of(whole_fit, some, y[rows], few)
    calibrated = fuser.method in MIXTURES and int((y[rows] >= 0).sum()) >= MIN_LABELS
    final = None if quick is whole_fit else whole_fit
    return Refits(fuser=quick, X=some, y=y[rows], texts=few, reference=reference, final=final), calibrated


def _fusers(choice: FuserChoice) -> tuple[Fuser, Fuser]:
    """Return the fuser of the reference and the one of the refits."""
    if choice.method in MIXTURES:
        encoder, state = choice.encoder, choice.random_state
        return (
            cast("Fuser", Mixture(encoder=encoder, random_state=state)),
            cast("Fuser", Mixture(encoder=encoder, calibrate=False, random_state=state)),
        )
    fuser: Fuser = find("fuser", choice.method)()
    return fuser, fuser


def _checked(
    refits: Refits, parts: Sequence[Part], weight: Vector, random_state: int | None
) -> Estimate | None:
    """Return a sub-panel's accuracy on the human rows that speak for the pool, each judged by a fit without its label.

    `weight` (m,) says for how many rows each of the m human rows stands.
    """
    human = np.flatnonzero(refits.y >= 0)
    speaking = weight > 0
    if int(speaking.sum()) < LEAST_HUMAN:
        return None
    small = restricted(refits.X, parts)
    posterior = cross_fitted_posterior(refits.fuser, small, refits.y, refits.texts, random_state=random_state)
    right = (posterior.argmax(1) == refits.y[human])[speaking]
    return weighted_share(right, uneven(weight[speaking]))


def _notes(X: PanelAnswers, refits: Refits, *, calibrated: bool) -> tuple[str, ...]:
    notes = []
    if not calibrated:
        notes.append(
            f"With under {MIN_LABELS} human labels, or a fuser that is not calibrated, the losses are rough: "
            "label about 50 rows."
        )
    not_asked = int((~X.asked.all(1)).sum())
    if not_asked:
        notes.append(f"{not_asked} of {len(X)} rows were left out: not every LLM was asked about them.")
    silent = [llm for llm in X.llms if not any(part.llm == llm for part in refits.parts)]
    if silent:
        notes.append(f"No usable answer at all came from: {', '.join(silent)}.")
    return tuple(notes)
