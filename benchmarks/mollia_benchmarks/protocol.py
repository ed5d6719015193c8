"""The rules of every comparison: the same draws for all, scored on rows that nobody labelled."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mollia.arrays import Classes, Rows
from mollia.errors import DataError, did_you_mean

Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cell:
    """One measurement: a method, with so many human labels, in one draw, on one set."""

    set: str
    method: str
    labels: int
    draw: int

    @property
    def file(self) -> str:
        """The cell's file name."""
        return f"{self.set}.{self.method}.{self.labels}.{self.draw}.json"


def draw_rows(n: int, labels: int, draw: int) -> Rows:
    """Return the rows people label in a draw; a larger seed of the same draw holds the smaller."""
    rows: Rows = np.random.default_rng(1000 + draw).permutation(n)[:labels]
    return rows


def labels_of(gold: Classes, labels: int, draw: int) -> Classes:
    """Return y (n,): gold in the drawn rows, -1 elsewhere."""
    return labels_in(gold, draw_rows(len(gold), labels, draw))


def labels_in(gold: Classes, rows: Rows) -> Classes:
    """Return y (n,): gold in the rows, -1 elsewhere."""
    y = np.full(len(gold), -1)
    y[rows] = gold[rows]
    return y


def require_known(names: Iterable[str], known: Collection[str], what: str, to: str = "compare") -> None:
    """Refuse a name that is not known.

    Raises
    ------
    DataError
        With the nearest known name, and all of them.
    """
    for name in names:
        if name not in known:
            raise DataError(
                f'There is no {what} "{name}" to {to}.{did_you_mean(name, known)}',
                hint=f"Known: {', '.join(known)}.",
            )


def summary(cells: Mapping[Cell, Scores]) -> dict[tuple[str, str, int], dict[str, tuple[float, float]]]:
    """Return mean and standard deviation over the draws, by (set, method, labels) and score."""
    groups: dict[tuple[str, str, int], list[Scores]] = {}
    for cell, scores in cells.items():
        groups.setdefault((cell.set, cell.method, cell.labels), []).append(scores)
    return {
        group: {
            name: (float(np.mean([s[name] for s in several])), float(np.std([s[name] for s in several])))
            for name in several[0]
        }
        for group, several in groups.items()
    }


def write(out: Path, written: str, figures: Mapping[Any, object]) -> None:
    """Write a benchmark's table and its figures, by groups of names, to `out`: `table.md`, `scores.json`."""
    (out / "table.md").write_text(written, "utf-8")
    named = {" ".join(map(str, group)): values for group, values in figures.items()}
    (out / "scores.json").write_text(json.dumps(named, indent=1) + "\n", "utf-8")
