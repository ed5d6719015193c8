"""The report's charts as inline SVG, each with a title and a description in words.

Colours come from the page's style sheet, so that they follow light, dark and print.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from markupsafe import Markup

from mollia.estimate import Estimate
from mollia.honest.calibration_error import Reliability, RiskCoverage
from mollia.honest.intervals import wilson_bounds
from mollia.report.numbers import count, percent
from mollia.report.svg import drawing, label, line, node

WIDTH, HEIGHT = 460.0, 290.0
LEFT, RIGHT, TOP, BOTTOM = 54.0, 22.0, 36.0, 50.0  # room for 16 px labels on a phone
STRIP = (200.0, 16.0)
LEVEL = 0.95
SERIES = ("one", "two", "three")  # classes of the style sheet: line style differs, not only colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """A plotting area: data coordinates to drawing coordinates."""

    x: tuple[float, float]
    y: tuple[float, float]
    right: float = RIGHT

    def at_x(self, x: float) -> float:
        """Return where x lies."""
        span = (self.x[1] - self.x[0]) or 1.0
        return LEFT + (x - self.x[0]) / span * (WIDTH - LEFT - self.right)

    def at_y(self, y: float) -> float:
        """Return where y lies (larger is higher)."""
        return HEIGHT - BOTTOM - (y - self.y[0]) / (self.y[1] - self.y[0]) * (HEIGHT - BOTTOM - TOP)

    def frame(
        self,
        x_ticks: Mapping[float, str],
        y_ticks: Mapping[float, str],
        x_title: str,
        y_title: str,
    ) -> list[Element]:
        """Return grid lines, tick labels and axis titles."""
        low, high = self.at_x(self.x[0]), self.at_x(self.x[1])
        out = []
        for y, said in y_ticks.items():
            out += [
                line(low, self.at_y(y), high, self.at_y(y), "grid"),
                label(said, low - 8, self.at_y(y) + 4, anchor="end"),
            ]
        floor = self.at_y(self.y[0])
        out.append(line(low, floor, high, floor, "axis"))
        for x, said in x_ticks.items():
            out += [
                line(self.at_x(x), floor, self.at_x(x), floor + 4, "axis"),
                label(said, self.at_x(x), floor + 18, anchor="middle"),
            ]
        out.append(label(x_title, (low + high) / 2, HEIGHT - 8, anchor="middle", class_="axis-title"))
        return [*out, label(y_title, 0, 14, class_="axis-title")]


def nice_ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round numbers within [low, high], about `wanted` of them."""
    if high <= low:
        return [low]
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * f for f in (1, 2, 5, 10) if power * f >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 10) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def percent_ticks(low: float, high: float) -> dict[float, str]:
    """Return ticks for shares, as whole percents where the step allows."""
    ticks = nice_ticks(low, high)
    whole = all(abs(100 * t - round(100 * t)) < 1e-6 for t in ticks)  # noqa: PLR2004  # rounding noise
    return {t: percent(t, 0 if whole else 1) for t in ticks}


def share_range(values: Sequence[float]) -> tuple[float, float]:
    """Return a range of shares on tenths that holds the values."""
    low = max(0.0, math.floor(min(values) * 10 - 0.2) / 10)
    high = min(1.0, math.ceil(max(values) * 10 + 0.2) / 10)
    return (low, high) if high - low >= 0.1 else (max(0.0, high - 0.1), high)  # noqa: PLR2004  # one tenth at least


def interval_scale(name: str, estimate: Estimate) -> Markup:
    """Draw the headline figure on a scale from 0 to 100 %."""
    left, right, y = 8.0, 452.0, 22.0

    def at(share: float) -> float:
        return left + share * (right - left)

    parts = [line(left, y, right, y, "axis")]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        anchor = "start" if tick == 0 else "end" if tick == 1 else "middle"
        parts += [
            line(at(tick), y, at(tick), y + 6, "axis"),
            label(percent(tick, 0), at(tick), y + 22, anchor=anchor),
        ]
    parts += [
        node(
            "rect",
            x=at(estimate.low),
            y=y - 7,
            width=max(1.0, at(estimate.high) - at(estimate.low)),
            height=14.0,
            rx=2.0,
            class_="band",
        ),
        node("rect", x=at(estimate.value) - 1.5, y=y - 14, width=3.0, height=21.0, class_="mark"),
    ]
    return drawing(
        name,
        f"{estimate.what.capitalize()} and its interval",
        f"{percent(estimate.value)}; {estimate.level:.0%} interval from {percent(estimate.low)} "
        f"to {percent(estimate.high)}, on a scale from 0 to 100%.",
        (460, 50),
        parts,
    )


def interval_strip(name: str, what: str, estimate: Estimate, axis: tuple[float, float]) -> Markup:
    """Draw one figure with its interval as a strip for a table cell; `axis` is the shown range."""
    width, height = STRIP

    def at(share: float) -> float:
        return 2 + (min(max(share, axis[0]), axis[1]) - axis[0]) / (axis[1] - axis[0]) * (width - 4)

    parts = [line(2, height / 2, width - 2, height / 2, "grid")]
    parts.append(
        node(
            "rect",
            x=at(estimate.low),
            y=height / 2 - 3,
            width=max(1.0, at(estimate.high) - at(estimate.low)),
            height=6.0,
            class_="band",
        )
    )
    parts.append(
        node("rect", x=at(estimate.value) - 1.25, y=1.0, width=2.5, height=height - 2, class_="mark")
    )
    return drawing(
        name,
        what,
        f"{percent(estimate.value)}, interval {percent(estimate.low)} to {percent(estimate.high)}; "
        f"the strip runs from {percent(axis[0], 0)} to {percent(axis[1], 0)}.",
        STRIP,
        parts,
    )


def bar(name: str, what: str, share: float, *, top: float = 1.0) -> Markup:
    """Draw a share as a bar for a table cell; `top` fills it."""
    width, height = STRIP
    parts = [
        node("rect", x=0.0, y=4.0, width=width, height=height - 8, class_="rail"),
        node("rect", x=0.0, y=4.0, width=width * share / top, height=height - 8, class_="fill"),
    ]
    return drawing(name, what, percent(share), STRIP, parts)


def learning_curve(series: Mapping[str, Sequence[tuple[float, float]]]) -> Markup:
    """Draw a student's shares against the rows it has learned from."""
    return curve(
        "curve", "Learning curve", series, x_title="rows the student has learned from", y_title="share"
    )


def curve(
    name: str,
    title: str,
    series: Mapping[str, Sequence[tuple[float, float]]],
    *,
    x_title: str,
    y_title: str,
) -> Markup:
    """Draw shares against a count, one line a series (at most three); the legend stands in the page."""
    xs = [x for points in series.values() for x, _ in points]
    ys = [y for points in series.values() for _, y in points]
    axes = Axes(x=(min(xs), max(xs)), y=share_range(ys))
    x_ticks = {x: count(round(x)) for x in nice_ticks(*axes.x) if x == round(x)}
    parts = axes.frame(x_ticks, percent_ticks(*axes.y), x_title, y_title)
    said = []
    for style, (series_name, points) in zip(SERIES, series.items(), strict=False):
        at = [(axes.at_x(x), axes.at_y(y)) for x, y in points]
        parts.append(
            node("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in at), class_=f"line {style}")
        )
        parts += [node("circle", cx=x, cy=y, r=3.0, class_=f"dot {style}") for x, y in at]
        said.append(
            f"{series_name}: from {percent(points[0][1])} at {count(round(points[0][0]))} "
            f"to {percent(points[-1][1])} at {count(round(points[-1][0]))}"
        )
    return drawing(
        name, title, f"{x_title} against {y_title}. " + "; ".join(said) + ".", (WIDTH, HEIGHT), parts
    )


def histogram(name: str, title: str, counts: Sequence[int], *, x_title: str) -> Markup:
    """Draw how many rows fall into equal bins of [0, 1]."""
    top = max(1, *counts)
    axes = Axes(x=(0.0, 1.0), y=(0.0, top * 1.05))
    y_ticks = {t: count(round(t)) for t in nice_ticks(0, top) if t == round(t)}
    parts = axes.frame({t: percent(t, 0) for t in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)}, y_ticks, x_title, "rows")
    width = 1 / len(counts)
    for k, number in enumerate(counts):
        parts.append(
            node(
                "rect",
                x=axes.at_x(k * width) + 1,
                y=axes.at_y(number),
                width=axes.at_x(width) - axes.at_x(0) - 2,
                height=axes.at_y(0) - axes.at_y(number),
                class_="fill",
            )
        )
    said = ", ".join(
        f"{percent(k * width, 0)} to {percent((k + 1) * width, 0)}: {number}"
        for k, number in enumerate(counts)
        if number
    )
    return drawing(name, title, f"Rows by {x_title}: {said}.", (WIDTH, HEIGHT), parts)


def reliability_diagram(name: str, title: str, found: Reliability) -> Markup:
    """Draw the share right against stated confidence, a bin a point, with Wilson intervals."""
    axes = Axes(x=(0.0, 1.0), y=(0.0, 1.0))
    ticks = {t: percent(t, 0) for t in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)}
    parts = axes.frame(ticks, ticks, "stated confidence", "share right")
    parts.append(line(axes.at_x(0), axes.at_y(0), axes.at_x(1), axes.at_y(1), "ideal"))
    said = []
    bins = zip(found.count, found.confidence, found.right, found.effective, strict=True)
    for number, confidence, right, effective in bins:
        low, high = wilson_bounds(float(right), float(effective), LEVEL)
        x = axes.at_x(float(confidence))
        parts.append(line(x, axes.at_y(low), x, axes.at_y(high), "whisker"))
        parts.append(node("circle", cx=x, cy=axes.at_y(float(right)), r=4.0, class_="dot one"))
        said.append(
            f"{percent(float(confidence), 0)} stated, {percent(float(right), 0)} right ({number} rows)"
        )
    return drawing(name, title, "; ".join(said) + ".", (WIDTH, HEIGHT), parts)


def risk_coverage_curve(name: str, title: str, found: RiskCoverage) -> Markup:
    """Draw the share of wrong labels among the rows kept, against the share kept."""
    points = list(zip(found.coverage.tolist(), found.risk.tolist(), strict=True))
    shown = points[:: max(1, len(points) // 200)]
    if shown[-1] != points[-1]:
        shown.append(points[-1])
    top = max(0.05, *(risk for _, risk in shown))
    axes = Axes(x=(0.0, 1.0), y=(0.0, min(1.0, top * 1.1)))
    ticks = {t: percent(t, 0) for t in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)}
    parts = axes.frame(
        ticks, percent_ticks(*axes.y), "share of rows kept, most confident first", "share wrong"
    )
    at = " ".join(f"{axes.at_x(x):.1f},{axes.at_y(y):.1f}" for x, y in shown)
    parts.append(node("polyline", points=at, class_="line one"))
    said = []
    for wanted in (0.25, 0.5, 0.75, 1.0):
        coverage, risk = min(points, key=lambda point: abs(point[0] - wanted))
        said.append(f"{percent(coverage, 0)} of rows kept: {percent(risk)} wrong")
    return drawing(name, title, "; ".join(said) + ".", (WIDTH, HEIGHT), parts)
