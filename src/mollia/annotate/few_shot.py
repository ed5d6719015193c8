"""Which labelled rows an LLM is shown as examples; never the row it is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Floats, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A labelled text."""

    text_id: str
    text: str
    label: int


def fixed(y: Classes, n: int) -> Rows:
    """Return up to `n` positions in the labelled rows (m,), the same for every text: classes in turn."""
    return _in_turn(np.arange(len(y)), y, n)


def nearest(vectors: Floats, labelled: Rows, y: Classes, n: int, *, diverse: bool = False) -> list[Rows]:
    """Return for each row (n rows) up to `n` positions in `labelled`, the most alike last.

    Parameters
    ----------
    vectors : (n, d), one a row.
    labelled : (m,) rows that people labelled.
    y : (m,) their class numbers.
    diverse : take the nearest of each class in turn, instead of the nearest at all.
    """
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(length > 0, length, 1.0)
    out: list[Rows] = []
    for start in range(0, len(unit), 1024):
        alike = unit[start : start + 1024] @ unit[labelled].T  # (rows, m)
        order = np.argsort(-alike, axis=1, kind="stable")
        for row, best in enumerate(order, start=start):
            others = best[labelled[best] != row]
            picked = _in_turn(others, y, n) if diverse else others[:n]
            out.append(picked[::-1])
    return out


def _in_turn(candidates: Rows, y: Classes, n: int) -> Rows:
    """Take the first candidate of each class, then each class's second, until there are `n`."""
    seen: dict[int, int] = {}
    turns = []
    for place, candidate in enumerate(candidates):
        label = int(y[candidate])
        turns.append((seen.get(label, 0), place))
        seen[label] = seen.get(label, 0) + 1
    chosen = sorted(turns)[:n]
    out: Rows = candidates[[place for _, place in chosen]]
    return out


def without(examples: Sequence[Example], text_id: str, text: str) -> tuple[Example, ...]:
    """Return the examples that are neither the row itself nor a copy of it."""
    return tuple(e for e in examples if e.text_id != text_id and e.text.strip() != text.strip())
