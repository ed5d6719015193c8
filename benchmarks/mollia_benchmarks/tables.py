"""Markdown tables of a benchmark's figures."""

from __future__ import annotations

from collections.abc import Sequence


def figure(value: float, spread: float | None = None) -> str:
    """Return ".791", or ".791 ± .014" with a spread."""
    shown = f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"
    return shown if spread is None else f"{shown} ± {figure(spread)}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a markdown table, one line a row."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
