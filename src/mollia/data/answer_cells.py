"""One cell of a panel file: raw replies, or K masses, in the spellings files have for lists."""

from __future__ import annotations

import ast
import json
import math
import re
import statistics
import warnings
from collections.abc import Callable, Sequence
from typing import TypeAlias

from mollia.data.cells import NO_NUMBER, number_of
from mollia.data.matching import LabelMatcher
from mollia.data.table import is_blank, shown
from mollia.errors import DataError

Replies: TypeAlias = tuple[str, ...]
Mass: TypeAlias = tuple[float, ...]  # K numbers
ONE = 1.01  # a probability with its rounding
LEAST_PERCENT = 20.0  # that a row of percentages sums to; votes of a few samples sum to less


def as_replies(cell: object, matcher: LabelMatcher, where: str) -> Replies:
    """Return the raw replies of a cell: a list, a list written out, or one reply; see `LabelMatcher.as_reply`.

    Raises
    ------
    DataError
        When a listed reply is itself a list.
    """
    if is_blank(cell):
        return ()
    listed = _listed(cell)
    if isinstance(listed, dict):  # structured output is read by the parser of replies
        return (cell if isinstance(cell, str) else _as_json(cell),)
    if listed is None:
        return (matcher.as_reply(cell),)
    if any(isinstance(reply, (list, tuple)) for reply in listed):
        raise DataError(f"{where}: a reply that is not text.", hint="Give a list of strings.")
    return tuple(
        "" if is_blank(reply) else _as_json(reply) if isinstance(reply, dict) else matcher.as_reply(reply)
        for reply in listed
    )


def _as_json(reply: object) -> str:
    return json.dumps(reply, ensure_ascii=False, default=str)


def is_mass(cell: object, n_classes: int) -> bool:
    """Tell whether a cell is a list of as many numbers as there are classes."""
    found = _listed(cell)
    return isinstance(found, list) and len(found) == n_classes and None not in map(number_of, found)


def as_mass(cell: object, matcher: LabelMatcher, where: str) -> Mass | None:
    """Return the K masses of a cell: a list in class order, or an object by class name.

    None stands for a blank cell and for a list without a single number.

    Raises
    ------
    DataError
        When it is not K finite numbers of at least 0, with place and what was found.
    """
    if is_blank(cell) or (isinstance(cell, str) and cell.strip().casefold() in NO_NUMBER):
        return None
    listed = _listed(cell)
    if listed is None:
        raise DataError(
            f"{where}: expected {len(matcher.names)} numbers, found {shown(cell)!r}.",
            hint="Write a list like [0.7, 0.2, 0.1], in the order of the classes, with decimal points.",
        )
    if isinstance(listed, dict):
        listed = _by_class(listed, matcher, where)
    if len(listed) != len(matcher.names):
        twice = len(listed) == 2 * len(matcher.names)
        raise DataError(
            f"{where}: {len(listed)} numbers for {len(matcher.names)} classes"
            f"{f', twice as many: {shown(cell)} looks like decimal commas' if twice else ''}.",
            hint=f"Give one number for each class, in this order: {', '.join(matcher.names)[:200]}"
            f"{'; write decimal points in a list' if twice else ''}.",
        )
    return joined_mass(listed, where)


def _by_class(given: dict[object, object], matcher: LabelMatcher, where: str) -> list[object]:
    listed: dict[int, object] = {}
    for name, value in given.items():
        number = matcher(name)
        if number < 0:
            raise matcher.refusal(name, where)
        if number in listed:
            raise DataError(
                f'{where}: two numbers for the class "{matcher.names[number]}".', hint="Give one of them."
            )
        listed[number] = 0.0 if value is None else value
    return [listed.get(number, 0.0) for number in range(len(matcher.names))]


def joined_mass(cells: Sequence[object], where: str) -> Mass | None:
    """Return cells as masses, or None when all are blank; see `as_mass` and `cells.number_of`."""
    numbers = [number_of(cell) for cell in cells]
    if all(number is not None and math.isnan(number) for number in numbers):
        return None
    mass = tuple(math.nan if number is None else number for number in numbers)
    if not all(math.isfinite(value) and value >= 0 for value in mass):
        logs = all(math.isfinite(value) and value <= 0 for value in mass)
        raise DataError(
            f"{where}: {_shown(cells)} are not all numbers of at least 0.",
            hint="They look like log-probabilities: write their exponentials."
            if logs
            else "Numbers may be written .8, 0.8, 0,8 (decimal comma) or 80% (percent). "
            "Leave the whole cell blank where the LLM gave no answer.",
        )
    return mass


def as_probabilities(
    masses: Sequence[Mass | None], where: Callable[[int], str], llm: str
) -> tuple[Sequence[Mass | None], str]:
    """Return an LLM's masses (n,) from 0 to 1, and a sentence where they were written from 0 to 100.

    Raises
    ------
    DataError
        Where a number is above 1 and the column is not in percent, with its place.
    """
    given = [(row, mass) for row, mass in enumerate(masses) if mass is not None]
    above = next((row for row, mass in given if max(mass) > ONE), None)
    if above is None:
        return masses, ""
    sums = [sum(mass) for _, mass in given if sum(mass) > 0]
    wrong = next((row for row, mass in given if max(mass) > 100 * ONE), None)
    if wrong is None and statistics.median(sums) < LEAST_PERCENT:
        wrong = above
    if wrong is not None:
        raise DataError(
            f"{where(wrong)}: {_shown(masses[wrong] or ())} are neither probabilities (0 to 1) "
            "nor percentages (0 to 100).",
            hint=f"If they count votes, call the column {llm}_votes.",
        )
    small = next((row for row, mass in given if 0 < sum(mass) <= ONE), None)
    if small is not None:
        raise DataError(
            f"{where(small)}: {_shown(masses[small] or ())} may be probabilities (0 to 1) or percentages "
            f"(0 to 100); others of {llm} are percentages.",
            hint="Write all of them on one scale.",
        )
    said = f"{llm}: probabilities from 0 to 100 were read as percentages."
    return [None if mass is None else tuple(value / 100 for value in mass) for mass in masses], said


def _shown(cells: Sequence[object]) -> str:
    return shown(f"[{', '.join(shown(cell) for cell in cells)}]")


def _listed(cell: object) -> list[object] | dict[object, object] | None:
    """Return a list or object, written out or not; None for anything else."""
    if isinstance(cell, (list, dict)):
        return cell
    if isinstance(cell, tuple) or hasattr(cell, "tolist"):
        plain = list(cell) if isinstance(cell, tuple) else cell.tolist()
        return plain if isinstance(plain, list) else None
    if not isinstance(cell, str) or cell.strip()[:1] not in {"[", "{", "("}:
        return None
    return _parsed(cell.strip())


def _literal(written: str) -> object:
    """Read a Python literal; what its compiler thinks of the text is nobody's concern."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)  # a backslash in a text, before Python 3.12
        return ast.literal_eval(written)


def _parsed(written: str) -> list[object] | dict[object, object] | None:
    """Read JSON, else a Python literal (pandas writes lists so), else numbers in brackets (numpy)."""
    for read in (json.loads, _literal):
        try:
            found = read(written)
        except (
            ValueError,
            SyntaxError,
            TypeError,
            RecursionError,
            MemoryError,
        ):  # a number of 5,000 digits, {{1}}
            continue
        if isinstance(found, (list, dict)):
            return found
        return list(found) if isinstance(found, tuple) else None
    words = re.split(r"[;\s]+", written.strip("[]() "))
    numbers = [number_of(word.rstrip(",")) for word in words]
    return None if None in numbers or words == [""] else [*numbers]
