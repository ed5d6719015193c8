"""What one cell means: a number, or the whole number that a typed column or a spreadsheet wrote in another form."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Hashable, Iterable
from decimal import Decimal
from functools import cached_property
from typing import Generic, TypeVar

from mollia.data.table import EXACT_BELOW, as_text, is_blank

AROUND = " \t\r\n\u00a0\u200b\u2060\ufeff"  # blanks and invisible characters that copying leaves at the ends
NO_NUMBER = frozenset(
    {"nan", "na", "n/a", "null", "none", "-", "\u2013", "\u2014"}
)  # how programs write a gap
MOST_DIGITS = 40  # of a number in a cell; more are no label, id or probability
# what a spreadsheet program takes for the beginning of a formula
FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
MARK = "'"
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"([+-]?\d+)(?:[.,]0*)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:([.,'\u2019 \u00a0\u202f])\d{3})(?:\1\d{3})*", re.ASCII)
_POWER = re.compile(
    r"[+-]?\d(?:\.\d+)?e\+?\d{1,2}", re.ASCII
)  # as R and Python write it: every digit is there
_SHORTENED = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+?\d{1,3}", re.ASCII)  # as spreadsheets do: digits are lost
_ERRORS = frozenset(
    {"#NAME?", "#VALUE!", "#REF!", "#DIV/0!", "#N/A", "#NUM!", "#NULL!", "#SPILL!", "#ERROR!"}
)

T = TypeVar("T", bound=Hashable)


def number_of(cell: object) -> float | None:
    """Return the number that a cell means, NaN for a blank one, None where it is not a number.

    "85%" is .85, "0,8" is .8; a number with a comma and three digits behind it (1,234) is not read,
    since it may be either. Truth values are not numbers.
    """
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
        return _as_float(cell)
    if is_blank(cell):
        return math.nan
    if not isinstance(cell, str):
        item = getattr(cell, "item", None)  # a scalar of numpy
        found = item() if item is not None and getattr(cell, "ndim", None) == 0 else None
        return _as_float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else None
    written = cell.strip(AROUND)
    if written.casefold() in NO_NUMBER:
        return math.nan
    bare = written.removesuffix("%").rstrip(AROUND)
    if len(bare) > MOST_DIGITS or not _NUMBER.fullmatch(bare) or re.fullmatch(r"[+-]?[1-9]\d*,\d{3}", bare):
        return None
    found = float(bare.replace(",", "."))
    return found / 100 if bare != written else found


def _as_float(number: float | Decimal) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def plain(written: str) -> str:
    """Return an id or label in one Unicode form, without blanks and invisible characters at its ends."""
    return (written if written.isascii() else unicodedata.normalize("NFC", written)).strip(AROUND)


def spellings(written: str) -> tuple[str, ...]:
    """Return the whole numbers that a cell may mean, plainly written; () where it is not one.

    "3.0" and "3,0" mean 3 (a typed column with gaps), "1,234" means 1234, "1e+05" means 100000, and
    "1.000" means 1 or 1000. A number that a float cannot hold, or a spreadsheet shortened, means none.
    """
    bare = written.strip(AROUND)
    if not bare or len(bare) > MOST_DIGITS or bare[-1].isalpha() or not bare.lstrip("+-")[:1].isdecimal():
        return ()
    found: dict[str, None] = {}
    if whole := _WHOLE.fullmatch(bare):
        digits = whole[1].removeprefix("+")
        if digits == bare or abs(int(digits)) < EXACT_BELOW:
            found[re.sub(r"^-(0+)$", r"\1", digits)] = None
    if _THOUSANDS.fullmatch(bare):
        found[re.sub(r"[^\d-]", "", bare)] = None
    if _POWER.fullmatch(bare):
        value = Decimal(bare)
        if value == value.to_integral_value() and abs(value) < EXACT_BELOW:
            found[str(int(value))] = None
    return tuple(found)


class Alike(Generic[T]):
    """Finds what a name stands for, also where a typed column, a spreadsheet or copying changed how it is written.

    The name as written wins; then in one Unicode form, without blanks at its ends; then without the
    mark that keeps a spreadsheet from reading it as a formula; then as a whole number. Each only where it
    fits one name.
    """

    def __init__(self, known: Iterable[tuple[str, T]]) -> None:
        self._exact: dict[str, T] = dict(known)

    @cached_property
    def _plain(self) -> dict[str, T | None]:
        return _unique((plain(name), value) for name, value in self._exact.items())

    @cached_property
    def _whole(self) -> dict[str, T | None]:
        return _unique((form, value) for name, value in self._exact.items() for form in spellings(name)[:1])

    @cached_property
    def _zeros(self) -> dict[str, T | None]:
        found = ((_without_zeros(name), value) for name, value in self._exact.items())
        return _unique((key, value) for key, value in found if key)

    def __call__(self, cell: object) -> T | None:
        """Return what the cell stands for, None where it is nothing known."""
        written = as_text(cell)
        if not written:
            return None
        if (found := self._exact.get(written)) is not None:
            return found
        if (found := self._plain.get(plain(written))) is not None:
            return found
        return self.loosely(written)

    def loosely(self, written: str) -> T | None:
        """Return what a name stands for without its mark, or as a whole number."""
        if written[0] in FORMULA and (found := self._exact.get(MARK + written)) is not None:
            return found  # the mark is the name's own
        bare = unmarked(written)
        if bare != written and (found := self._exact.get(bare, self._plain.get(plain(bare)))) is not None:
            return found
        found_by = {self._whole[form] for form in spellings(bare) if self._whole.get(form) is not None}
        return found_by.pop() if len(found_by) == 1 else None

    def why_not(self, cell: object) -> str:
        """Return the likely cause why a name is not known, "" where nothing suggests one."""
        written = (as_text(cell) or "").strip(AROUND)
        if written.upper() in _ERRORS:
            return "A spreadsheet program took the cell for a formula: write it again as text."
        if _SHORTENED.fullmatch(written):
            return (
                "A spreadsheet program shortened a long number: keep that column as text and copy it again."
            )
        whole = _WHOLE.fullmatch(written) if len(written) <= MOST_DIGITS else None
        long = whole and abs(int(whole[1])) >= EXACT_BELOW and written != whole[1]
        if long or (_POWER.fullmatch(written) and not spellings(written)):
            return "A number this long loses digits as a float: keep that column as text and write it again."
        if whole and self._zeros.get(_without_zeros(whole[1])) is not None:
            return (
                "Leading zeros were lost or added on the way (a spreadsheet program reads 0001 as 1): "
                "keep that column as text and write it again."
            )
        return ""


def _unique(pairs: Iterable[tuple[str, T]]) -> dict[str, T | None]:
    """Return what each key stands for, None where it stands for several things."""
    found: dict[str, T | None] = {}
    for key, value in pairs:
        if found.setdefault(key, value) != value:
            found[key] = None
    return found


def _without_zeros(written: str) -> str:
    digits = plain(written)
    return digits.lstrip("0") or "0" if digits.isascii() and digits.isdigit() else ""


def marked(cell: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula; numbers stay as they are."""
    bare = cell.lstrip(MARK)
    number = bare == cell and len(cell) <= MOST_DIGITS and _NUMBER.fullmatch(cell)
    return MARK + cell if bare[:1] and bare[0] in FORMULA and not number else cell


def unmarked(cell: str) -> str:
    """Return what `marked` made a cell of."""
    bare = cell.lstrip(MARK)
    if bare != cell and bare and bare[0] in FORMULA:
        return cell[1:]
    return cell
