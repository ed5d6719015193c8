"""Small line plots as SVG, one panel a set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType

# Colours that differ for colour-blind eyes too (Okabe and Ito).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
FONT = 'font-family="sans-serif" font-size="11"'
WIDTH, HEIGHT, LEFT, TOP, GAP = 320, 220, 46, 34, 30

Lines = Mapping[str, Sequence[float]]  # a value per x, by line


def plot(
    panels: Mapping[str, Lines],
    x: Sequence[float],
    *,
    x_name: str,
    y_name: str,
    marks: Mapping[str, Mapping[str, float]] = MappingProxyType({}),
) -> str:
    """Return an SVG picture: a panel for each set, a line for each method, x equally spaced.

    `marks` are open circles at the last x, by panel and line.
    """
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    colour = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
    wide = len(panels) * (WIDTH + GAP) + GAP
    high = TOP + HEIGHT + 70
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" {FONT}>',
        f'<rect width="{wide}" height="{high}" fill="white"/>',
    ]
    for number, (title, lines) in enumerate(panels.items()):
        parts.append(f'<g transform="translate({GAP + number * (WIDTH + GAP)},{TOP})">')
        parts.extend(_panel(title, lines, x, colour, marks.get(title, {})))
        parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT + 32}" text-anchor="middle">{escape(x_name)}</text>')
        parts.append("</g>")
    for i, name in enumerate(names):
        at = GAP + i * 140
        parts.append(f'<rect x="{at}" y="{high - 20}" width="14" height="4" fill="{colour[name]}"/>')
        parts.append(f'<text x="{at + 18}" y="{high - 14}">{escape(name)}</text>')
    parts.append(f'<text x="{GAP}" y="14" font-weight="bold">{escape(y_name)}</text></svg>\n')
    return "\n".join(parts)


def _panel(
    title: str, lines: Lines, x: Sequence[float], colour: Mapping[str, str], marks: Mapping[str, float]
) -> list[str]:
    values = [*(value for line in lines.values() for value in line), *marks.values()]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = (WIDTH - LEFT) / max(len(x) - 1, 1)

    def across(i: int) -> float:
        return LEFT + i * step

    def up(value: float) -> float:
        return HEIGHT * (1 - (value - low) / span)

    parts = [f'<text x="{LEFT}" y="-6" font-weight="bold">{escape(title)}</text>']
    for tick in range(5):
        value = low + span * tick / 4
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH}" y1="{up(value):.1f}" y2="{up(value):.1f}" stroke="#ddd"/>'
            f'<text x="{LEFT - 5}" y="{up(value) + 4:.1f}" text-anchor="end">{value:.3f}</text>'
        )
    parts.extend(
        f'<text x="{across(i):.1f}" y="{HEIGHT + 15}" text-anchor="middle">{label:g}</text>'
        for i, label in enumerate(x)
    )
    for name, line in lines.items():
        points = " ".join(f"{across(i):.1f},{up(value):.1f}" for i, value in enumerate(line))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour[name]}" stroke-width="1.8"/>')
    parts.extend(
        f'<circle cx="{across(len(x) - 1):.1f}" cy="{up(value):.1f}" r="4" fill="white" stroke="{colour[name]}" '
        'stroke-width="1.8"/>'
        for name, value in marks.items()
    )
    return parts
