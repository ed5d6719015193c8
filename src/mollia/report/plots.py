"""Figures for a notebook, drawn by matplotlib (the extra `plot`); each returns the Axes, to be changed or saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mollia.errors import DataError, NotEnoughLabels, a_kind
from mollia.honest.calibration_error import expected_calibration_error, reliability
from mollia.honest.intervals import wilson_bounds
from mollia.loop.result import RunResult
from mollia.optional import require
from mollia.quality.label_curve import LabelPoint
from mollia.report.class_tables import Judged, confusion, judged_rows
from mollia.report.numbers import count, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVEL = 0.95
ENOUGH = 200  # judging rows for ten bins of confidence; five below
MOST_WRITTEN = 12  # classes up to which the cells of a confusion hold their number
LONGEST = 28  # characters of a class's name


def new_axes(ax: Axes | None, *, wide: float = 5.0, high: float = 4.0) -> Axes:
    """Return the Axes given, or new ones."""
    pyplot = require("matplotlib.pyplot", extra="plot", purpose="Drawing figures")
    if ax is not None:
        if not hasattr(ax, "imshow"):
            raise DataError(
                f"ax is {a_kind(ax)}.", hint="Expected the Axes of a figure, or nothing for a new one."
            )
        return ax
    made: Axes = pyplot.subplots(figsize=(wide, high), layout="constrained")[1]
    return made


def plot_calibration(result: RunResult, ax: Axes | None = None) -> Axes:
    """Draw stated confidence against the share right, in bins of equal counts with 95% intervals.

    Raises
    ------
    NotEnoughLabels
        When no row may judge the labels.
    MissingExtra
        Without matplotlib.
    """
    judged = _judged(result)
    ax = new_axes(ax)
    confidence, right = judged.probs.max(1), judged.label == judged.truth
    bins = 10 if len(right) >= ENOUGH else 5
    found = reliability(confidence, right, bins=bins, weight=judged.weight)
    bounds = [
        wilson_bounds(float(share), float(n), LEVEL)
        for share, n in zip(found.right, found.effective, strict=True)
    ]
    low, high = np.array(bounds).T
    ax.plot([0, 1], [0, 1], color="0.6", linestyle=":", label="holds what it says")
    ax.errorbar(
        found.confidence,
        found.right,
        yerr=[np.maximum(found.right - low, 0), np.maximum(high - found.right, 0)],
        marker="o",
        capsize=3,
        label=f"{count(len(right), 'row')}, 95% intervals",
    )
    ece = expected_calibration_error(confidence, right, bins=bins, weight=judged.weight)
    ax.set(
        xlim=(0, 1.02),
        ylim=(0, 1.02),
        xlabel="stated confidence",
        ylabel="share right",
        title=f"Off by {100 * ece:.1f} points on average",
    )
    ax.legend(loc="lower right", frameon=False)
    return ax


def plot_confusion(result: RunResult, ax: Axes | None = None, *, normalise: bool = True) -> Axes:
    """Draw the true class (rows) against the label given (columns), by default as shares of each row.

    Raises
    ------
    NotEnoughLabels
        When no row may judge the labels.
    MissingExtra
        Without matplotlib.
    """
    judged = _judged(result)
    k = len(result.classes)
    ax = new_axes(ax, wide=3 + 0.45 * k, high=2.2 + 0.4 * k)
    counts = confusion(result, judged).counts
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    shown = shares if normalise else counts
    ax.imshow(shown, cmap="Blues", vmin=0, vmax=1 if normalise else max(1, int(counts.max())))
    names = [_plain(shorten(name, LONGEST)) for name in result.classes]
    ax.set_xticks(range(k), names, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(k), names)
    ax.set(
        xlabel="label given", ylabel="true class", title=f"{count(len(judged.rows), 'row')} that may judge"
    )
    if k <= MOST_WRITTEN:
        for row, column in zip(*np.nonzero(counts), strict=True):
            said = f"{shares[row, column]:.0%}" if normalise else str(counts[row, column])
            dark = shares[row, column] > 0.5  # noqa: PLR2004  # white on dark blue
            ax.text(column, row, said, ha="center", va="center", color="white" if dark else "black")
    return ax


def plot_rounds(curves: Mapping[str, Sequence[tuple[float, float]]], ax: Axes | None = None) -> Axes:
    """Draw a run's learning curve: the student after each round."""
    ax = new_axes(ax)
    for (name, points), style in zip(curves.items(), ("-", "--", ":"), strict=False):
        ax.plot(*zip(*points, strict=True), style, marker="o", label=_plain(name))
    ax.set(xlabel="rows the student has learned from", ylabel="share", title="Learning curve")
    ax.legend(frameon=False, fontsize="small")
    return ax


def plot_labels(points: Sequence[LabelPoint], ax: Axes | None = None) -> Axes:
    """Draw the share right against the number of human labels, mean and spread over draws."""
    ax = new_axes(ax)
    mean = np.array([point.mean for point in points])
    ax.errorbar(
        [point.learned for point in points],
        mean,
        yerr=[point.spread for point in points],
        marker="o",
        capsize=3,
    )
    first = points[0]
    ax.set(
        xlabel="human labels learned from",
        ylabel=f"share right on {first.scored} texts held out",
        title=f"Mean and standard deviation over {len(first.right)} draws",
    )
    return ax


def _judged(result: RunResult) -> Judged:
    judged = judged_rows(result)
    if judged is None:
        raise NotEnoughLabels(
            "No row may judge these labels: there is no gold column, and too few rows have a human label.",
            hint="Label about 50 rows drawn at random, and fuse again.",
        )
    return judged


def _plain(text: str) -> str:
    """Return a name as matplotlib draws it letter by letter: a $ begins no formula."""
    return text.replace("$", r"\$")
