"""How a text file is written: its encoding, what separates its cells, and whether it begins with a mark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFormat:
    """How the cells of a text file become bytes, and back.

    Parameters
    ----------
    encoding : never guessed.
    delimiter : of a CSV file; None = recognised where the file is read, a comma where it is written.
    bom : write a byte order mark before UTF-8, which Excel needs to recognise it.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    bom: bool = False


UTF_8 = TextFormat()
