"""What `mollia bench fusion` says of many sets at once: means over sets and families, and the sets that lose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mollia_benchmarks.dot_plot import dot_plot
from mollia_benchmarks.families import members
from mollia_benchmarks.fusion_tables import Figures
from mollia_benchmarks.gains import loses
from mollia_benchmarks.tables import figure, table

SHOWN = ("accuracy", "log_loss", "ece", "ece_floor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """How far the default stays behind the best simple method of a set, and the paired standard error."""

    set: str
    method: str
    lead: float
    error: float

    @property
    def beyond_noise(self) -> bool:
        """Whether it loses beyond noise."""
        return loses(self.lead, self.error)


def means_table(
    figures: Figures, family_of: Mapping[str, str], methods: Sequence[str], labels: Sequence[int]
) -> str:
    """Return each method's scores at each number of labels: means over sets, and over families of means over sets."""
    rows = []
    for n in labels:
        names = sets_with(figures, methods, n)
        for method in methods if names else ():
            of = {name: figures[name, method, n] for name in names}
            by_set = [figure(float(np.mean([each[score][0] for each in of.values()]))) for score in SHOWN]
            families = [
                np.mean([of[name]["accuracy"][0] for name in some])
                for some in members(family_of, of).values()
            ]
            rows.append([f"{n} ({len(names)} sets)", method, *by_set, figure(float(np.mean(families)))])
    head = ["labels", "method", "accuracy", "log loss", "ECE", "its floor", "accuracy by family"]
    return table(head, rows)


def losses_table(figures: Figures, labels: Sequence[int]) -> str:
    """Return the sets on which the default loses to the best simple method, chosen for each set in hindsight.

    Counted where more than half a point is lost beyond the paired standard error over the rows.
    """
    rows = []
    for n in labels:
        found = sorted(leads(figures, n), key=lambda loss: loss.lead)
        if not found:
            continue
        beyond = [loss for loss in found if loss.beyond_noise]
        named = ", ".join(f"{loss.set} {100 * loss.lead:+.1f} ({loss.method})" for loss in beyond)
        worst = f"{found[0].set} {100 * found[0].lead:+.1f}"
        mean = f"{100 * np.mean([loss.lead for loss in found]):+.1f}"
        rows.append([str(n), mean, f"{len(beyond)} of {len(found)}", worst, named])
    head = ["labels", "mean lead (points)", "sets that lose beyond noise", "worst", "which"]
    return table(head, rows)


def leads_plot(figures: Figures, family_of: Mapping[str, str], labels: int) -> str:
    """Return a picture of the default's lead over the best simple method, a dot a set."""
    found = {loss.set: (100 * loss.lead, 100 * loss.error) for loss in leads(figures, labels)}
    title = f"mollia minus the best simple method of each set, chosen in hindsight; {labels} human labels"
    return dot_plot(
        found, members(family_of, found), title=title, x_name="points of accuracy, with one standard error"
    )


def leads(figures: Figures, labels: int) -> Iterator[Loss]:
    """Yield the default's lead over the best simple method of each set."""
    for (name, method, n), scores in figures.items():
        if method != "default" or n != labels:
            continue
        over = {
            key.removeprefix("over_"): value[0]
            for key, value in scores.items()
            if key.startswith("over_") and not key.endswith("_error")
        }
        if over:
            best = min(over, key=over.__getitem__)
            yield Loss(set=name, method=best, lead=over[best], error=scores[f"over_{best}_error"][0])


def sets_with(figures: Figures, methods: Sequence[str], labels: int) -> list[str]:
    """Return the sets that every method was measured on with so many labels."""
    names = dict.fromkeys(name for name, _, n in figures if n == labels)
    return [name for name in names if all((name, method, labels) in figures for method in methods)]
