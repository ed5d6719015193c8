"""`mollia bench panel`: tickets, criteria and the cascade, chosen on a few labels and scored on all other rows."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Probs
from mollia.asking.advise import make_refits
from mollia.asking.costs import readings
from mollia.fusion import Mixture
from mollia.panel import Asking, Costs, Part, Refits, make_costs, parts_of, restricted, search
from mollia.panel.cascade import Course, masked, order_of, pilot_rows, run_cascade
from mollia.panel.parts import samples_of
from mollia.records import PanelAnswers
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.described import about
from mollia_benchmarks.fusion import vectors
from mollia_benchmarks.job import Job
from mollia_benchmarks.prices import price, unpriced
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.tables import figure, table

MONEY = "money"
TICKETS = {  # method: (cost, whether one view may go alone)
    "ticket": ("calls", True),
    "ticket_llms": ("calls", False),
    "ticket_priced": (MONEY, True),
}
PRICED = ("ticket_priced", "cascade_priced")
METHODS = (*TICKETS, "criteria", "cascade", "cascade_priced")
CRITERIA = ("expected loss", "agreement - .1 nll", "seed accuracy", "seed nll")
SUB_PANELS = 12  # whose true loss the criteria are compared with


def posterior(recorded: Recorded, X: PanelAnswers, y: Classes) -> Probs:
    """Return the default fuser's posterior (n, K) of a panel on a set's rows."""
    return Mixture(encoder=vectors(recorded)).fit_predict_proba(X, y, texts=recorded.texts)


def costs_of(recorded: Recorded, parts: Sequence[Part], unit: str) -> Costs:
    """Return the parts' costs: readings of the text, or readings times the stand-in price."""
    asking = {
        llm: Asking(calls=each.calls, money=each.calls * price(llm, recorded.about) if unit == MONEY else 0.0)
        for llm, each in readings(recorded.answers).items()
    }
    T = {llm: max(samples_of(recorded.answers, llm), 1) for llm in recorded.answers.llms}
    return make_costs(parts, asking, samples=T, unit=unit)


def measure(cell: Cell, *, data: Path) -> Scores:
    """Choose on one draw's labels, refit on what was chosen, and score on the rows that nobody labelled."""
    recorded = load(cell.set, data)
    y = protocol.labels_of(recorded.gold, cell.labels, cell.draw)
    if cell.method == "criteria":
        return _criteria(recorded, y, cell.draw)
    if cell.method.startswith("cascade"):
        return _cascade(recorded, y, MONEY if cell.method == "cascade_priced" else "calls")
    return _ticket(recorded, y, *TICKETS[cell.method])


def _ticket(recorded: Recorded, y: Classes, unit: str, views: bool) -> Scores:  # noqa: FBT001  # from a table
    began = time.perf_counter()
    refits, _ = make_refits(recorded.answers, y, recorded.texts)
    found = search(refits, costs_of(recorded, refits.parts, unit), views=views)
    seconds = time.perf_counter() - began
    ticket = found.ticket
    own = _accuracy(recorded, posterior(recorded, restricted(recorded.answers, ticket.parts), y), y)
    whole = _accuracy(recorded, posterior(recorded, recorded.answers, y), y)
    return {
        "whole": whole,
        "accuracy": own,
        "lost": whole - own,
        "expected": ticket.loss.value,
        "at_most": ticket.loss.at_most,
        "cost": ticket.share,
        "llms": len(ticket.llms),
        "seconds": seconds,
    }


def _cascade(recorded: Recorded, y: Classes, unit: str) -> Scores:
    began = time.perf_counter()
    X, texts = recorded.answers, recorded.texts
    pilot = pilot_rows(y)
    first, _ = make_refits(X[pilot], y[pilot], [texts[row] for row in pilot.tolist()])
    costs = costs_of(recorded, parts_of(X), unit)
    done = run_cascade(
        lambda _llm, _rows: X,
        Mixture(encoder=vectors(recorded)),
        X,
        y,
        texts,
        course=Course(pilot=pilot, order=order_of(first, costs)),
    )
    seconds = time.perf_counter() - began
    own = _accuracy(recorded, posterior(recorded, masked(X, done.asked), y), y)
    whole = _accuracy(recorded, posterior(recorded, X, y), y)
    by_llm = np.array([costs.of(part for part in costs.by_part if part.llm == llm) for llm in X.llms])
    return {
        "whole": whole,
        "accuracy": own,
        "lost": whole - own,
        "expected": done.loss,
        "at_most": done.at_most,
        "cost": float((done.asked @ by_llm).mean() / by_llm.sum()),
        "calls": 1 - done.saved,
        "seconds": seconds,
    }


def _criteria(recorded: Recorded, y: Classes, draw: int) -> Scores:
    """Return each criterion's correlation with the true loss of random sub-panels, and our estimate's error."""
    refits, _ = make_refits(recorded.answers, y, recorded.texts, most_rows=len(y))
    whole = _accuracy(recorded, refits.reference, y)
    rng = np.random.default_rng(draw)
    lost, by_criterion = [], []
    llms = recorded.answers.llms
    for number in range(SUB_PANELS):
        size = 1 + number * (len(llms) - 1) // SUB_PANELS
        kept = rng.choice(llms, size, replace=False).tolist()
        P = posterior(recorded, recorded.answers.subpanel(kept), y)
        lost.append(whole - _accuracy(recorded, P, y))
        by_criterion.append(_judged(refits, P, y))
    values = np.array(by_criterion)
    out = {
        name: float(np.corrcoef(values[:, i], lost)[0, 1]) if np.ptp(values[:, i]) else 0.0
        for i, name in enumerate(CRITERIA)
    }
    error = values[:, 0] - lost
    return out | {"bias": float(error.mean()), "rmse": float(np.sqrt((error**2).mean()))}


def _judged(refits: Refits, P: Probs, y: Classes) -> list[float]:
    """Return the criteria of a sub-panel with posterior P, each the larger the worse."""
    F, label = refits.reference, P.argmax(1)
    open_, human = y < 0, np.flatnonzero(y >= 0)
    expected = (F.max(1) - F[np.arange(len(F)), label])[open_].mean()
    agreement = (label == F.argmax(1)).mean()
    nll = -np.log(np.maximum(P[human, y[human]], 1e-6)).mean()
    right = (label[human] == y[human]).mean()
    return [float(expected), float(0.1 * nll - agreement), float(-right), float(nll)]


def _accuracy(recorded: Recorded, P: Probs, y: Classes) -> float:
    return float((P.argmax(1) == recorded.gold)[y < 0].mean())


def run(job: Job, *, methods: Sequence[str], labels: int, draws: int) -> str:
    """Measure all cells; write `table.md` and `scores.json` to `job.out`; return the tables.

    Raises
    ------
    DataError
        When a set or method is not known, or the recorded panels are not there.
    """
    protocol.require_known(methods, METHODS, "method", "measure")
    lacking = {
        (name, method): f'{name}: {method} is left out, since nothing says what a reading by "{llm}" costs.'
        for name in job.sets
        if (llm := unpriced(about(name, job.data)))
        for method in methods
        if method in PRICED
    }
    for sentence in lacking.values():
        job.say(sentence)
    cells = [
        Cell(set=name, method=method, labels=labels, draw=draw)
        for draw in range(draws)
        for name in job.sets
        for method in methods
        if (name, method) not in lacking
        if method != "ticket_llms"
        or load(name, job.data).answers.z.any()  # with one view an LLM it is "ticket"
    ]
    scores = job.measure(cells, measure)
    figures = protocol.summary(scores)
    written = "\n".join(
        part
        for part in (_panels(figures, job.sets, methods, labels), _compared(figures, job.sets, labels))
        if part
    )
    protocol.write(job.out, written, figures)
    return written


Figures = Mapping[tuple[str, str, int], Mapping[str, tuple[float, float]]]


def _panels(figures: Figures, sets: Sequence[str], methods: Sequence[str], labels: int) -> str:
    """Return the table of tickets and cascades: what they cost and lose."""
    rows = []
    for name in sets:
        for method in methods:
            found = figures.get((name, method, labels))
            if found is None or method == "criteria":
                continue
            rows.append(
                [
                    name,
                    method,
                    figure(*found["whole"]),
                    figure(*found["accuracy"]),
                    f"{100 * found['lost'][0]:+.2f} ± {100 * found['lost'][1]:.2f}",
                    f"{100 * found['expected'][0]:.2f}",
                    f"{100 * found['at_most'][0]:.2f}",
                    f"{found['cost'][0]:.0%} ± {100 * found['cost'][1]:.0f}",
                    f"{found['seconds'][0]:.0f}",
                ]
            )
    head = [
        "set",
        "method",
        "whole panel",
        "accuracy",
        "points lost",
        "expected",
        "at most",
        "cost",
        "seconds",
    ]
    return table(head, rows) if rows else ""


def _compared(figures: Figures, sets: Sequence[str], labels: int) -> str:
    """Return the table of criteria: correlation with the true loss."""
    shown = [name for name in sets if (name, "criteria", labels) in figures]
    rows = [
        [what, *(figure(figures[name, "criteria", labels][what][0]) for name in shown)]
        for what in (*CRITERIA, "bias", "rmse")
    ]
    return table(["correlation with the true loss", *shown], rows) if shown else ""
