"""The few SVG pieces the charts are drawn from; escaping is the XML writer's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

LEGEND_ROW = 20.0
FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def node(tag: str, text: str = "", **attributes: float | str) -> Element:
    """Return an element; `class_` is class, `text_anchor` is text-anchor, numbers keep two digits."""
    element = Element(tag)
    for name, value in attributes.items():
        shown = value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
        element.set(name.rstrip("_").replace("_", "-"), shown)
    element.text = printable(text) or None
    return element


def label(text: str, x: float, y: float, *, anchor: str = "start", class_: str = "") -> Element:
    """Return a text whose baseline starts, is centred, or ends at (x, y)."""
    attributes = {"class_": class_} if class_ else {}
    return node("text", text, x=x, y=y, text_anchor=anchor, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Element:
    """Return a straight line."""
    return node("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def drawing(
    name: str, title: str, description: str, size: tuple[float, float], parts: Iterable[Element]
) -> Markup:
    """Return an inline SVG with its text alternative; `name` must be unique on the page."""
    svg = node(
        "svg",
        viewBox=f"0 0 {size[0]:g} {size[1]:g}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_="chart",
    )
    SubElement(svg, "title", id=f"{name}-title").text = printable(title)
    SubElement(svg, "desc", id=f"{name}-desc").text = printable(description)
    svg.extend(list(parts))
    return Markup(tostring(svg, encoding="unicode"))  # noqa: S704  # the XML writer escapes every text


def standalone(chart: str) -> str:
    """Return a chart as a picture of its own, for a file or a notebook: with the report's light colours, on white."""
    page = files("mollia.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"(--\w+): ([^;]+);", page.partition("}")[0]))
    rules = re.findall(r"^svg (?:text|\.).*$", page, re.MULTILINE)
    style = re.sub(r"var\((--\w+)\)", lambda used: colours[used[1]], " ".join(rules)).replace('"', "'")
    opening = '<svg xmlns="http://www.w3.org/2000/svg" width="560" style="background: white" '
    return str(chart).replace("<svg ", opening, 1).replace("<title", f"<style>{style}</style><title", 1)


def with_legend(chart: str, legend: Sequence[tuple[str, str]], size: tuple[float, float]) -> str:
    """Return a chart with its legend, (name, style of the line), below it; `size` is the chart's."""
    if not legend:
        return str(chart)
    width, height = size
    parts = []
    for number, (name, style) in enumerate(legend):
        y = height + LEGEND_ROW * (number + 0.5)
        parts += [line(8, y, 40, y, f"line {style}"), label(name, 48, y + 4)]
    inside = "".join(tostring(part, encoding="unicode") for part in parts)
    taller = f'viewBox="0 0 {width:g} {height + LEGEND_ROW * (len(legend) + 0.25):g}"'
    grown = str(chart).replace(f'viewBox="0 0 {width:g} {height:g}"', taller, 1)
    return grown.removesuffix("</svg>") + inside + "</svg>"


def printable(text: str) -> str:
    """Replace the control characters and lone surrogates that neither XML nor HTML allows."""
    return FORBIDDEN.sub("\ufffd", text)
