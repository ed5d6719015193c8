"""Draws docs/pictures/rooms.svg from the layers that import-linter checks: `make reference`, or with a path to write it elsewhere."""

from __future__ import annotations

import ast
import sys
import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "pictures" / "rooms.svg"
WIDTH, MARGIN, GAP, LINE, PAD = 880, 10, 8, 18, 12
PER_ROW = 4
STYLE = """text { font: 13px system-ui, sans-serif; fill: #1c2b2a } .name { font-weight: 600; font-size: 14px }
rect { fill: #e6f2f0; stroke: #2b7a70 } .ground { fill: #f3f3ee; stroke: #8a8a7a }"""


def layers() -> list[list[str]]:
    """Return the rooms from the doors down, a list per layer."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = (c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    cut = [layer.replace(":", "|").split("|") for layer in contract["layers"]]
    return [[room.strip(" ()") for room in layer] for layer in cut]


def purpose(room: str) -> str:
    """Return the first sentence of a room's docstring."""
    package = ROOT / "src" / "mollia" / room
    file = package / "__init__.py" if package.is_dir() else package.with_suffix(".py")
    found = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return found.split("\n\n")[0].replace("\n", " ").split(". ")[0].rstrip(".")


def wrapped(text: str, letters: int) -> list[str]:
    """Break a sentence into lines of at most so many letters."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= letters and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def picture() -> str:
    """Return the drawing: a box per room, a row per layer; a room imports only from rows below its own."""
    parts, y = [], MARGIN
    for layer in layers():
        ground = not any((ROOT / "src" / "mollia" / room).is_dir() for room in layer)
        for start in range(0, len(layer), PER_ROW):
            row = layer[start : start + PER_ROW]
            width = (WIDTH - 2 * MARGIN - GAP * (len(row) - 1)) / len(row)
            words = [wrapped(purpose(room), int((width - 2 * PAD) / 6.6)) for room in row]
            height = PAD * 2 + LINE * (1 + max(map(len, words)))
            for place, (room, lines) in enumerate(zip(row, words, strict=True)):
                x = MARGIN + place * (width + GAP)
                kind = ' class="ground"' if ground else ""
                parts.append(
                    f'<rect{kind} x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" rx="6"/>'
                )
                texts = [(room, ' class="name"'), *((line, "") for line in lines)]
                for number, (line, style) in enumerate(texts, start=1):
                    at = y + PAD + LINE * number - 5
                    parts.append(f'<text{style} x="{x + PAD:.1f}" y="{at}">{escape(line)}</text>')
            y += height + GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + MARGIN}" role="img">'
    title = "<title>The rooms of mollia: each imports only from rows below its own</title>"
    return "\n".join([head, title, f"<style>{STYLE}</style>", *parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    target.parent.mkdir(exist_ok=True)
    target.write_text(picture(), "utf-8")
