"""How a text file is written: its encoding, what separates its cells, and whether it begins with a mark."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFormat:
    """How the cells of a text file become bytes, and back.

    Parameters
    ----------
    encoding : never guessed.
    delimiter : of a CSV file; None = recognised where the file is read, a comma where it is written.
    bom : write a byte order mark before UTF-8, which Excel needs to recognise it.
    spreadsheet : a CSV cell that a spreadsheet program would take for a formula begins with an
        apostrophe, which is taken off again where the file is read; numbers stay as they are.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    bom: bool = False
    spreadsheet: bool = False

    def beside(self, delimiter: str | None) -> TextFormat:
        """Return the format of a file that goes with one whose cells `delimiter` separates: the same, unless another is named."""
        return self if self.delimiter or delimiter is None else replace(self, delimiter=delimiter)


UTF_8 = TextFormat()
