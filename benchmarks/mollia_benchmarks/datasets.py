"""Recorded panels: texts with gold and the answers that LLMs once gave, read from a folder with a labels.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Floats, PanelMass, Rows
from mollia.data.read import read_table
from mollia.data.table import Table
from mollia.errors import DataError
from mollia.records import PanelAnswers
from mollia_benchmarks import DATA
from mollia_benchmarks.described import Described, about

MOST_ROWS = 3000
MAX_CHARACTERS = 2000
ANSWERS = {"z": "_probs", "c": "_votes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One set: its description, the panel's answers, gold (n,), texts; `data` is its folder."""

    name: str
    data: Path
    about: Described
    answers: PanelAnswers
    gold: Classes
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the K classes."""
        return self.about.labels


@cache
def load(name: str, data: Path = DATA, *, most: int | None = MOST_ROWS) -> Recorded:
    """Read a set's rows that have gold; of a larger set `most` rows, always the same, in random order.

    Raises
    ------
    DataError
        When the set or its file is not there, or the file is not what labels.json says.
    """
    described = about(name, data)
    path = data / described.pool
    table = read_table(str(path))
    gold = gold_of(table, described.labels, path)
    rows = np.flatnonzero(gold >= 0)
    if most is not None and len(rows) > most:
        rows = rows[np.random.RandomState(0).permutation(len(rows))[:most]]  # the rows of docs/fusion.md
    z, c = (_masses(table, described, suffix, rows, path) for suffix in ANSWERS.values())
    ids = table.columns["id"]
    return Recorded(
        name=name,
        data=data,
        about=described,
        answers=PanelAnswers(ids=tuple(str(ids[i]) for i in rows.tolist()), llms=described.llms, z=z, c=c),
        gold=gold[rows],
        texts=texts_of(table, rows),
    )


def gold_of(table: Table, classes: Sequence[str], path: Path) -> Classes:
    """Return gold (n,) as class numbers, -1 where a row has none.

    Raises
    ------
    DataError
        When a row's gold is none of the classes, or a column is missing.
    """
    for column in ("id", "text", "gold"):
        if column not in table.columns:
            raise DataError(f'{path} has no column "{column}".', hint="benchmarks/data/README.md lists them.")
    number = {label: k for k, label in enumerate(classes)}
    gold = np.full(len(table.columns["gold"]), -1)
    for row, label in enumerate(table.columns["gold"]):
        if label is None:
            continue
        if str(label) not in number:
            raise DataError(
                f'{path}, row {row + 1}: gold is "{label}", which is not among the labels of labels.json.',
                hint="Add it to the labels, or leave the cell empty where a row has no gold.",
            )
        gold[row] = number[str(label)]
    return gold


def texts_of(table: Table, rows: Rows) -> tuple[str, ...]:
    """Return the texts of some rows, their first 2,000 characters."""
    texts = table.columns["text"]
    return tuple(str(texts[row])[:MAX_CHARACTERS] for row in rows.tolist())


def _masses(table: Table, described: Described, suffix: str, rows: Rows, path: Path) -> PanelMass:
    """Return one kind of answer (n, N, K); rows that sum to more than 1 are divided by their sum."""
    n_classes = len(described.labels)
    out = np.zeros((len(rows), len(described.llms), n_classes))
    for column, llm in enumerate(described.llms):
        cells = table.columns.get(llm + suffix)
        if cells is None:
            if all(llm + each not in table.columns for each in ANSWERS.values()):
                raise DataError(
                    f'{path} has no answers of "{llm}", which labels.json names.',
                    hint=f"Its columns are {llm}_votes and, where the LLM gave probabilities, {llm}_probs.",
                )
            continue
        for at, row in enumerate(rows.tolist()):
            if cells[row] is not None:
                out[at, column] = _mass(cells[row], n_classes, f"{path}, row {row + 1}, {llm}{suffix}")
    total = out.sum(2, keepdims=True)
    mass: PanelMass = out / np.maximum(total, 1.0)
    return mass


def _mass(cell: object, n_classes: int, where: str) -> Floats:
    try:
        mass = np.asarray(cell, float)
    except (TypeError, ValueError):
        mass = np.zeros(0)
    if mass.shape != (n_classes,) or not np.isfinite(mass).all() or (mass < 0).any():
        raise DataError(
            f"{where} is not a list of {n_classes} numbers from 0 up, one per label.",
            hint="A cell without an answer is null.",
        )
    return mass
