"""`mollia bench promise`: what tickets and cascades promise to lose at most, by constants chosen without the family.

Tickets are searched as `mollia panel` does, and each sub-panel of the front is scored: records of what was expected and
what was lost, from which `drift` is chosen for each family left out. A cascade with the constants in use tells how many
labels change for one that changes on its pilot (`refitted`); what it promises is said with both constants chosen
without the family.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import MappingProxyType

from mollia.arrays import Classes, Probs
from mollia.errors import DataError
from mollia.fusion import Mixture
from mollia.fusion.panel_trees import SHIPPED
from mollia.panel import Costs, Refits, parts_of, search
from mollia.panel.cascade import REFITTED, Course, masked, order_of, pilot_rows, run_cascade
from mollia.panel.lottery_ticket import LOSS
from mollia.panel.promise import DRIFT
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.described import described
from mollia_benchmarks.families import families
from mollia_benchmarks.fusion import trees_of, vectors
from mollia_benchmarks.job import Job
from mollia_benchmarks.panel import costs_of
from mollia_benchmarks.promise_choice import (
    Kept,
    Record,
    choose_drift,
    choose_refitted,
    families_table,
    kept_by,
    means_table,
    rescaled,
    sets_table,
    ticket_by,
    without,
)
from mollia_benchmarks.protocol import Cell, Scores

TICKETS, CASCADE = "tickets", "cascade"
IN_USE = f"{CASCADE} {LOSS:g} {DRIFT:g} {REFITTED:g}"  # names the cells: other constants are measured anew


class Bench:
    """One draw of one set: its panel, labels, and the default fuser with trees that its family did not teach."""

    def __init__(self, cell: Cell, data: Path, rows: int, trees: str) -> None:
        self.recorded: Recorded = load(cell.set, data, most=rows)
        self.X, self.texts = self.recorded.answers, self.recorded.texts
        self.y = protocol.labels_of(self.recorded.gold, cell.labels, cell.draw)
        self.fuser = Mixture(encoder=vectors(self.recorded), trees=trees)
        self.quick = Mixture(encoder=vectors(self.recorded), calibrate=False)
        self.whole: Probs = self.fuser.fit_predict_proba(self.X, self.y, texts=self.texts)

    @property
    def costs(self) -> Costs:
        """Readings of the text."""
        return costs_of(self.recorded, parts_of(self.X), "calls")

    def lost(self, labels: Classes) -> dict[str, float]:
        """Return accuracy lost, and labels changed, by labels (n,) on the rows that nobody labelled."""
        open_, gold = self.y < 0, self.recorded.gold[self.y < 0]
        own, of_all = labels[open_], self.whole[open_].argmax(1)
        lost: Classes = (of_all == gold).astype(int) - (own == gold)
        return {"lost": float(lost.mean()), "moved": float((own != of_all).mean())}


def measure(cell: Cell, *, data: Path, rows: int, trees: Mapping[str, str] = MappingProxyType({})) -> Scores:
    """Return what was expected and lost: of each sub-panel of the front, or of one cascade."""
    bench = Bench(cell, data, rows, trees.get(cell.set, SHIPPED))
    if cell.method == TICKETS:
        return _tickets(bench)
    return _cascade(bench)


def _tickets(bench: Bench) -> Scores:
    refits = Refits(
        fuser=bench.quick, X=bench.X, y=bench.y, texts=bench.texts, reference=bench.whole, final=bench.fuser
    )
    found = search(refits, bench.costs)
    scores: dict[str, float] = {}
    for number, each in enumerate(found.front[:-1]):  # the last is the whole panel
        own = refits.final_labels(each.parts)
        told = {
            "n": float(refits.judged.sum()),
            "cost": each.share,
            "loss": each.loss.value,
            "changed": each.loss.changed,
        }
        scores |= {f"{number} {name}": value for name, value in (told | bench.lost(own)).items()}
    return scores


def _cascade(bench: Bench) -> Scores:
    pilot = pilot_rows(bench.y)
    texts = [bench.texts[row] for row in pilot.tolist()]
    first = bench.fuser.fit_predict_proba(bench.X[pilot], bench.y[pilot], texts=texts)
    refits = Refits(fuser=bench.quick, X=bench.X[pilot], y=bench.y[pilot], texts=texts, reference=first)
    order = order_of(refits, bench.costs)
    done = run_cascade(
        lambda _llms, _rows: bench.X,
        bench.fuser,
        bench.X,
        bench.y,
        bench.texts,
        course=Course(pilot=pilot, order=order, loss=LOSS),
    )
    P = bench.fuser.fit_predict_proba(masked(bench.X, done.asked), bench.y, texts=bench.texts)
    told = {"n": float(len(bench.y)), "cost": 1 - done.saved, "loss": done.loss, "changed": done.changed}
    return {f"0 {name}": value for name, value in (told | bench.lost(P.argmax(1))).items()}


def records_of(cell: Cell, scores: Scores) -> list[Record]:
    """Return a cell's records."""
    by_number: dict[str, dict[str, float]] = {}
    for key, value in scores.items():
        number, name = key.split()
        by_number.setdefault(number, {})[name] = value
    return [Record(set=cell.set, draw=cell.draw, **values) for values in by_number.values()]


def run(job: Job, *, labels: int, draws: int, rows: int, trees: Path | None = None) -> str:
    """Measure all cells; write `table.md` and `scores.json` to `job.out`; return the tables.

    `trees` is a folder of `mollia bench fusion --learn`: each set is fused by the trees that its family did not teach.

    Raises
    ------
    DataError
        When the sets are of one family, or the recorded panels are not there.
    """
    family_of = families({name: each.llms for name, each in described(job.data).items()})
    fair = [name for name in job.sets if labels <= len(load(name, job.data, most=rows)) // 2]
    left_out = dict.fromkeys(family_of[name] for name in fair)
    if len(left_out) < 2:  # noqa: PLR2004  # one must be left to choose on
        raise DataError(
            "The sets are of one family: nothing is left to choose constants on.",
            hint="Name more with --sets.",
        )

    cells = [
        Cell(set=name, method=method, labels=labels, draw=draw)
        for draw in range(draws)
        for name in fair
        for method in (TICKETS, IN_USE)
    ]
    others = trees_of(job, trees)
    measured = job.measure(cells, partial(measure, rows=rows, trees=others), f"cells-{rows}")
    found = {cell: records_of(cell, scores) for cell, scores in measured.items()}
    chosen = {family: _constants(found, family_of, family) for family in ("", *left_out)}
    kept = _kept(found, {name: chosen[family_of[name]] for name in fair})
    tables = [families_table(kept, family_of, chosen), means_table(kept), sets_table(kept)]
    written = "\n".join(tables)
    figures: dict[tuple[object, ...], object] = {
        ("family", family or "none"): {"drift": drift, "refitted": refitted}
        for family, (drift, refitted) in chosen.items()
    }
    figures |= {
        (what, each.set, each.draw): asdict(each) | {"family": family_of[each.set]}
        for what, some in kept.items()
        for each in some
    }
    protocol.write(job.out, written, figures)
    return written


def _constants(
    found: Mapping[Cell, Sequence[Record]], family_of: Mapping[str, str], family: str
) -> tuple[float, float]:
    """Return `drift` and `refitted` as all other families have them."""
    searched, asked = (
        without(
            [record for cell, some in found.items() for record in some if cell.method == method],
            family_of,
            family,
        )
        for method in (TICKETS, IN_USE)
    )
    return choose_drift(searched), choose_refitted(asked, REFITTED)


def _kept(
    found: Mapping[Cell, Sequence[Record]], chosen: Mapping[str, tuple[float, float]]
) -> dict[str, list[Kept]]:
    """Return what each ticket and each cascade promised and lost, by the constants `chosen` for its set."""
    kept: dict[str, list[Kept]] = {TICKETS: [], CASCADE: []}
    for cell, some in found.items():
        drift, refitted = chosen[cell.set]
        if cell.method == TICKETS:
            kept[TICKETS].append(kept_by(ticket_by(some, LOSS, drift), cell, drift))
        else:
            kept[CASCADE].append(kept_by(rescaled(some[0], refitted / REFITTED), cell, drift))
    return kept
