"""A picture of one figure per set, as SVG: a dot with its error, sets of a family together and in one colour."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from mollia_benchmarks.plot import COLOURS, FONT

WIDE, LEFT, RIGHT, TOP, ROW, BELOW = 760, 210, 30, 44, 17, 40
MOST_TICKS = 9


def dot_plot(
    dots: Mapping[str, tuple[float, float]], groups: Mapping[str, Sequence[str]], *, title: str, x_name: str
) -> str:
    """Return an SVG picture of values and their errors, by name, in the order of `groups`; a line stands at zero."""
    ends = [end for value, error in dots.values() for end in (value - error, value + error)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    span = (high - low) or 1.0

    def across(value: float) -> float:
        return LEFT + (WIDE - LEFT - RIGHT) * (value - low) / span

    names = [(name, i) for i, members in enumerate(groups.values()) for name in members if name in dots]
    tall = TOP + ROW * len(names) + BELOW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {tall}" {FONT}>',
        f'<rect width="{WIDE}" height="{tall}" fill="white"/>',
        f'<text x="12" y="20" font-weight="bold">{escape(title)}</text>',
    ]
    bottom = tall - BELOW
    parts.extend(
        f'<line x1="{across(value):.1f}" x2="{across(value):.1f}" y1="{TOP - 8}" y2="{bottom}" stroke="#ddd"/>'
        f'<text x="{across(value):.1f}" y="{bottom + 14}" text-anchor="middle">{value:+g}</text>'
        for value in _ticks(low, high)
    )
    parts.append(
        f'<line x1="{across(0):.1f}" x2="{across(0):.1f}" y1="{TOP - 8}" y2="{bottom}" stroke="#000"/>'
        f'<text x="{(LEFT + WIDE - RIGHT) / 2}" y="{bottom + 32}" text-anchor="middle">{escape(x_name)}</text>'
    )
    for row, (name, group) in enumerate(names):
        value, error = dots[name]
        y, colour = TOP + ROW * row, COLOURS[group % len(COLOURS)]
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end" fill="{colour}">{escape(name)}</text>'
            f'<line x1="{across(value - error):.1f}" x2="{across(value + error):.1f}" y1="{y}" y2="{y}" '
            f'stroke="{colour}"/><circle cx="{across(value):.1f}" cy="{y}" r="4" fill="{colour}"/>'
        )
    return "\n".join([*parts, "</svg>\n"])


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers between two values, at equal steps."""
    step = 10.0 ** math.floor(math.log10(max(high - low, 1e-9)) - 1)
    while (high - low) / step > MOST_TICKS:
        step *= 2.5 if f"{step:e}".startswith("2") else 2
    return [round(step * i, 9) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
