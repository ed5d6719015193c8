"""One cell of a panel file: raw replies, or K masses, in the spellings files have for lists."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Sequence
from typing import TypeAlias

from mollia.data.matching import LabelMatcher
from mollia.data.table import as_text, is_blank
from mollia.errors import DataError

Replies: TypeAlias = tuple[str, ...]
Mass: TypeAlias = tuple[float, ...]  # K numbers


def as_replies(cell: object, where: str) -> Replies:
    """Return the raw replies of a cell: a list, a list written out, or one reply.

    Raises
    ------
    DataError
        When a listed reply is itself a list.
    """
    if is_blank(cell):
        return ()
    listed = _listed(cell)
    if isinstance(listed, dict):
        raise DataError(f"{where}: expected replies, found an object.", hint="Give a list of strings.")
    if listed is None:
        return (str(cell) if isinstance(cell, str) else as_text(cell) or "",)
    replies = tuple(as_text(reply) for reply in listed)
    if None in replies:
        raise DataError(f"{where}: a reply that is not text.", hint="Give a list of strings.")
    return tuple(reply or "" for reply in replies)


def as_mass(cell: object, matcher: LabelMatcher, where: str) -> Mass | None:
    """Return the K masses of a cell: a list in class order, or an object by class name.

    None stands for a blank cell and for a list without a single number.

    Raises
    ------
    DataError
        When it is not K finite numbers of at least 0, with place and what was found.
    """
    if is_blank(cell):
        return None
    listed = _listed(cell)
    if listed is None:
        raise DataError(
            f"{where}: expected {len(matcher.names)} numbers, found {str(cell)[:60]!r}.",
            hint="Write a list like [0.7, 0.2, 0.1], in the order of the classes.",
        )
    if isinstance(listed, dict):
        listed = _by_class(listed, matcher, where)
    if len(listed) != len(matcher.names):
        raise DataError(
            f"{where}: {len(listed)} numbers for {len(matcher.names)} classes.",
            hint=f"Give one number for each class, in this order: {', '.join(matcher.names)[:200]}.",
        )
    return joined_mass(listed, where)


def _by_class(given: dict[object, object], matcher: LabelMatcher, where: str) -> list[object]:
    listed: list[object] = [0.0] * len(matcher.names)
    for name, value in given.items():
        number = matcher(name)
        if number < 0:
            raise matcher.refusal(name, where)
        listed[number] = 0.0 if value is None else value
    return listed


def joined_mass(cells: Sequence[object], where: str) -> Mass | None:
    """Return cells as masses, or None when all are blank; see `as_mass`."""
    if all(is_blank(cell) for cell in cells):
        return None
    try:
        mass = tuple(float(cell) for cell in cells)  # type: ignore[arg-type]  # what is not a number is caught
    except (TypeError, ValueError):
        mass = (math.nan,)
    if not all(math.isfinite(value) and value >= 0 for value in mass):
        raise DataError(
            f"{where}: {_shown(cells)} are not all numbers of at least 0.",
            hint="Leave the whole cell blank where the LLM gave no answer.",
        )
    return mass


def _shown(cells: Sequence[object]) -> str:
    return f"[{', '.join(str(cell) for cell in cells)}]"[:80]


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


def _parsed(written: str) -> list[object] | dict[object, object] | None:
    """Read JSON, else a Python literal (pandas writes lists so), else numbers in brackets (numpy)."""
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(written)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, (list, dict)):
            return found
        return list(found) if isinstance(found, tuple) else None
    try:
        return [float(word) for word in written.strip("[]").split()]
    except ValueError:
        return None
