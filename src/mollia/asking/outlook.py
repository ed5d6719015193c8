"""What would help a task's labels most, forecast from what its own rows show: more labels, another LLM, better descriptions.

With F the posterior of the whole panel, calibrated on the human labels, and L(a) the mean over the rows nobody labelled of
F[x, label of all] - F[x, label of a], where a is a refit with less (as in `panel.refits`):

    twice the human labels   (1/2) mean of L(one half of the labels), over both halves
    one more LLM             (N - 1) / (N + 1) times the mean of L(all LLMs but one)
    better descriptions      at most the mass of F by which two classes are taken for each other

The factors follow from an excess error that falls as 1/n with n labels and as 1/N with N LLMs. L is what F believes, and
F is made of the larger part's own labels: `mollia bench advise` measures how far the forecasts are off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Rows
from mollia.panel import Refits
from mollia.panel.parts import llms_of
from mollia.panel.refits import posterior_of
from mollia.randomness import generator

TWICE = 0.5  # of what the last doubling gave: an excess error of 1/n
LEAST_LABELS = 20  # below, nothing is calibrated and nothing can be forecast
# How far forecasts were off on the recorded panels (points; docs/benchmarks-panel.md), told beside each of them.
LABELS_OFF, LLM_OFF = 2.1, 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Forecasts of accuracy gained, as shares.

    `labels` is the gain of `more` human labels on top of `n_human`; `llm` that of one more LLM like those on the panel,
    None for a panel of one; `pair` are the two classes most often taken for each other, and `confused` the share of
    the rows that this is expected to cost.
    """

    n_human: int
    more: int
    labels: float
    llm: float | None
    pair: tuple[int, int]
    confused: float


def outlook(refits: Refits, *, random_state: int | None = 0) -> Outlook | None:
    """Return the forecasts; None with fewer than LEAST_LABELS human labels, or no other row."""
    human = np.flatnonzero(refits.y >= 0)
    if len(human) < LEAST_LABELS or len(human) == len(refits.y):
        return None
    pair, confused = most_confused(refits)
    return Outlook(
        n_human=len(human),
        more=min(len(human), len(refits.y) - len(human)),
        labels=_labels(refits, human, random_state),
        llm=_llm(refits),
        pair=pair,
        confused=confused,
    )


def most_confused(refits: Refits) -> tuple[tuple[int, int], float]:
    """Return the two classes that F takes for each other most, and the mass of that among the rows nobody labelled."""
    F = refits.reference[refits.judged]
    K = F.shape[1]
    mass = np.zeros((K, K))
    np.add.at(mass, F.argmax(1), F)
    mass = (mass + mass.T) / len(F)
    np.fill_diagonal(mass, -1.0)
    a, b = np.unravel_index(int(mass.argmax()), mass.shape)
    return (int(min(a, b)), int(max(a, b))), float(mass[a, b])


def _labels(refits: Refits, human: Rows, random_state: int | None) -> float:
    """Return the gain expected of twice the labels, from what either half of them loses."""
    order = generator(random_state, "outlook").permutation(human)
    middle = len(order) // 2
    lost = []
    for half in (order[:middle], order[middle:]):
        y = np.full(len(refits.y), -1)
        y[half] = refits.y[half]
        own = posterior_of(refits.fuser, refits.X, y, refits.texts).argmax(1)
        lost.append(_loss(refits, own))
    return max(0.0, TWICE * float(np.mean(lost)))


def _loss(refits: Refits, own: Classes) -> float:
    """Return L of labels (n,) of a refit."""
    F, of_all = refits.reference, refits.labels(refits.parts)
    rows = np.flatnonzero(refits.judged)
    return float((F[rows, of_all[rows]] - F[rows, own[rows]]).mean())


def _llm(refits: Refits) -> float | None:
    llms = llms_of(refits.parts)
    if len(llms) < 2:  # noqa: PLR2004  # nothing to leave out
        return None
    missed = [refits.loss([part for part in refits.parts if part.llm != llm]).value for llm in llms]
    return max(0.0, float(np.mean(missed)) * (len(llms) - 1) / (len(llms) + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What asking costs, in words: one LLM about every text, and the whole panel about every text."""

    llm: str
    panel: str


def sentences(found: Outlook, classes: Sequence[str], cost: Cost) -> list[str]:
    """Return the advice, best forecast first; what is only known to be no more than something comes last."""
    forecast = [
        (
            found.labels,
            (
                f"{found.more:,} more human labels: {_expected(found.labels, LABELS_OFF)}. "
                f"Cost: {found.more:,} labels by hand."
            ),
        )
    ]
    if found.llm is not None:
        forecast.append(
            (
                found.llm,
                (f"One more LLM like those on the panel: {_expected(found.llm, LLM_OFF)}. Cost: {cost.llm}."),
            )
        )
    a, b = (classes[k] for k in found.pair)
    last = (
        f"Better descriptions of “{a}” and “{b}”, the two classes most often taken for each other: at most "
        f"{_points(found.confused)}, if they settled every such case. Cost: {cost.panel}."
    )
    return [*(said for _, said in sorted(forecast, key=lambda each: -each[0])), last]


def _expected(share: float, off: float) -> str:
    """Say a forecast, and how far such forecasts were off by the benchmark."""
    if 100 * share < off:
        return f"{_points(share)} expected, within the error of such forecasts ({off:g} points on recorded panels)"
    return f"{_points(share)} expected (such forecasts were off by {off:g} points on recorded panels)"


def _points(share: float) -> str:
    said = f"{100 * share:.1f}"
    return f"+{said} {'point' if said == '1.0' else 'points'}"
