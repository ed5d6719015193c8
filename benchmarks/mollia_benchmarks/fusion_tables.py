"""The tables and the picture of `mollia bench fusion`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import t as student_t

from mollia.fusion.cross_fit import MIN_LABELS
from mollia_benchmarks.plot import plot
from mollia_benchmarks.tables import figure, table

Group = tuple[str, str, int]  # set, method, human labels
Figures = Mapping[Group, Mapping[str, tuple[float, float]]]  # mean and standard deviation of each score


def accuracy_table(figures: Figures, name: str, methods: Sequence[str], labels: Sequence[int]) -> str:
    """Return one set's accuracy and calibration error by method and number of labels."""
    shown = _measured(figures, name, methods, labels)
    rows = []
    for method in methods:
        cells = [figures.get((name, method, n)) for n in shown]
        rows.append(
            [
                method,
                *(
                    "" if cell is None else f"{figure(*cell['accuracy'])} ({figure(cell['ece'][0])})"
                    for cell in cells
                ),
            ]
        )
    return table([f"{name}: accuracy (ECE)", *(str(n) for n in shown)], rows)


def calibration_table(
    figures: Figures, name: str, methods: Sequence[str], labels: Sequence[int], draws: Mapping[Group, int]
) -> str:
    """Return one set's proper scores: ECE with its interval, Brier, log loss and area under risk-coverage.

    The ECE is that of equal-mass bins; its interval is the 95 % t-interval of the mean over the draws.
    """
    rows = []
    for method in methods:
        for n in _measured(figures, name, methods, labels):
            if (cell := figures.get((name, method, n))) is None:
                continue
            low, high = interval(*cell["ece_mass"], draws[name, method, n])
            ece = f"{figure(cell['ece_mass'][0])} [{figure(low)}, {figure(high)}]"
            rest = (figure(cell[score][0]) for score in ("brier", "log_loss", "risk"))
            rows.append([method, str(n), ece, *rest])
    return table([name, "labels", "ECE [95 %]", "Brier", "log loss", "AURC"], rows)


def negative_table(figures: Figures, sets: Sequence[str], labels: Sequence[int]) -> str:
    """Return Y- by the paper's rule and by ours: precision, coverage, and the share that ours expects wrong."""
    rows = []
    for name in sets:
        for n in labels:
            ours = figures.get((name, "default", n))
            if ours is None or n < MIN_LABELS:  # `mollia bench fusion --negative` has those
                continue
            expected = ours.get("negative_expected")
            rows.append(
                [
                    f"{name}, {n}",
                    figure(*ours["paper_negative_precision"]),
                    figure(ours["paper_negative_coverage"][0]),
                    figure(*ours["negative_precision"]),
                    figure(ours["negative_coverage"][0]),
                    "" if expected is None else f"{expected[0]:.2%}",
                ]
            )
    head = ["Y-", "paper's rule: precision", "coverage", "ours: precision", "coverage", "expected wrong"]
    return table(head, rows)


def interval(mean: float, spread: float, draws: int) -> tuple[float, float]:
    """Return the 95 % t-interval of a mean over draws whose standard deviation (of the draws) is `spread`."""
    if draws < 2:  # noqa: PLR2004  # one draw shows no spread
        return mean, mean
    half = float(student_t.ppf(0.975, draws - 1)) * spread / np.sqrt(draws - 1)
    return mean - half, mean + half


def accuracy_plot(
    figures: Figures, sets: Sequence[str], methods: Sequence[str], labels: Sequence[int]
) -> str:
    """Return a picture of accuracy against the number of labels, a panel a set."""
    panels = {
        name: {
            method: [figures[name, method, n]["accuracy"][0] for n in labels if (name, method, n) in figures]
            for method in methods
        }
        for name in sets
    }
    return plot(panels, labels, x_name="human labels", y_name="accuracy on the rows nobody labelled")


def _measured(figures: Figures, name: str, methods: Sequence[str], labels: Sequence[int]) -> list[int]:
    return [n for n in labels if any((name, method, n) in figures for method in methods)]
