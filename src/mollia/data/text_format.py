"""How a text file is written: its encoding, what separates its cells, and whether it begins with a mark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFormat:
    """encoding: never guessed. delimiter: of a CSV file; None = recognised. bom: a byte order mark is written."""

    encoding: str = "utf-8"
    delimiter: str | None = None
    bom: bool = False


UTF_8 = TextFormat()
