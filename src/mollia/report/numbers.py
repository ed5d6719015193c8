"""Numbers as a reader wants them."""

from __future__ import annotations

import math
import re

MINUTE, HOUR = 60, 3600


def percent(share: float, digits: int = 1) -> str:
    """Return a share as `77.9%`; an en dash where there is none."""
    return "–" if math.isnan(share) else f"{share:.{digits}%}"


def count(number: int, noun: str = "", plural: str = "") -> str:
    """Return `1,000 texts`, `1 text`."""
    said = f"{number:,}"
    if not noun:
        return said
    return f"{said} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """Return seconds as `41 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < MINUTE:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004  # one digit below ten
    if seconds < HOUR:
        return f"{seconds // MINUTE:.0f} min {seconds % MINUTE:.0f} s"
    return f"{seconds // HOUR:.0f} h {seconds % HOUR // MINUTE:.0f} min"


def shorten(text: str, length: int = 320) -> str:
    """Return the text on one line, cut at a word near `length` characters."""
    line = re.sub(r"\s+", " ", text).strip()
    if len(line) <= length:
        return line
    cut = line[:length].rsplit(" ", 1)[0] if " " in line[:length] else line[:length]
    return f"{cut} …"


def listing(words: list[str], most: int = 4) -> str:
    """Return `a, b and c`, or `a, b, c and 5 more`."""
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} more"]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
