"""Rows on their way to another labelling tool, each with what mollia thinks of it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Vector, read_only
from mollia.content import Kind
from mollia.whole_files import write_text

ID, CHANCE = "mollia_id", "mollia_chance"  # travel with a task and come back with its label
SCORE, MODEL = "mollia_score", "mollia_model"  # travel with a proposal
QUESTION, TEXT = "label", "text"  # how the tools call what is asked, and what is shown
DIGITS, CHANCE_DIGITS = 4, 9  # of a score, of an inclusion probability


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One row of Tasks; None where there is no proposal or the row was not drawn."""

    id: str
    text: str
    file: str  # "" where the row is a text
    label: str | None
    score: float | None
    chance: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """n rows to label: `label` (n,) is the proposal, -1 = none; `score` (n,) its confidence, NaN = none.

    `chance` (n,) is each row's inclusion probability, NaN where the rows were not drawn. `model` names
    what proposed, with its version. Rows that are images or sound (`kind`) have `files` (n,): a path from the data's `folder`, an
    address, or the bytes as a data URL; their text is a caption, or what the data calls the file.
    """

    ids: Sequence[str]
    texts: Sequence[str]
    classes: tuple[str, ...]
    label: Classes
    score: Vector
    chance: Vector
    model: str
    instruction: str = ""
    kind: Kind = "text"
    files: Sequence[str] = ()
    folder: Path = Path()

    def __post_init__(self) -> None:
        for name, dtype in (("label", np.int64), ("score", np.float64), ("chance", np.float64)):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype))

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[TaskRow]:
        for row, (id_, text) in enumerate(zip(self.ids, self.texts, strict=True)):
            k = int(self.label[row])
            yield TaskRow(
                id=id_,
                text=text,
                file=self.files[row] if self.files else "",
                label=self.classes[k] if k >= 0 else None,
                score=_known(self.score[row], DIGITS),
                chance=_known(self.chance[row], CHANCE_DIGITS),
            )


def line_columns(
    tasks: Tasks, name: str, labelled: Callable[[str | None], object]
) -> dict[str, list[object]]:
    """Return the columns of a JSONL file: the texts, their labels as a tool writes them under `name`, and what travels along."""
    rows = list(tasks)
    columns: dict[str, list[object]] = {
        TEXT: [row.text for row in rows],
        name: [labelled(row.label) for row in rows],
        ID: [row.id for row in rows],
    }
    if any(row.chance is not None for row in rows):
        columns[CHANCE] = [row.chance for row in rows]
    if any(row.label is not None for row in rows):
        columns[SCORE] = [row.score for row in rows]
        columns[MODEL] = [tasks.model if row.label is not None else None for row in rows]
    return columns


def _known(value: float, digits: int) -> float | None:
    return None if math.isnan(value) else round(float(value), digits)


def write_json(path: Path, value: object) -> None:
    """Write JSON for people to read; the file appears whole or not at all."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")
