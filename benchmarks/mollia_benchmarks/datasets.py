"""The recorded panels (`../shared/data` beside the repository, or where MOLLIA_DATA says)."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, PanelMass
from mollia.data.read import read_table
from mollia.data.table import Table
from mollia.errors import DataError, did_you_mean
from mollia.records import PanelAnswers

SETS = ("trec", "pubmed", "policy_en", "consumer_complaints")
MOST_ROWS = 3000
MAX_CHARACTERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One set: class names, the panel's answers, gold (n,), texts."""

    name: str
    classes: tuple[str, ...]
    answers: PanelAnswers
    gold: Classes
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)


def data_folder() -> Path:
    """Return the folder with the recorded panels.

    Raises
    ------
    DataError
        When it is not there.
    """
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("MOLLIA_DATA", beside))
    if not (folder / "labels.json").is_file():
        raise DataError(
            f"The recorded panels are not at {folder}: labels.json is missing.",
            hint="Set MOLLIA_DATA to the folder that holds labels.json.",
        )
    return folder


@cache
def load(name: str, *, most: int = MOST_ROWS) -> Recorded:
    """Read a set; of a larger one `most` rows, always the same, in random order.

    Raises
    ------
    DataError
        When the set or the folder is not there.
    """
    folder = data_folder()
    described = json.loads((folder / "labels.json").read_text("utf-8"))
    if name not in described:
        raise DataError(
            f'There is no recorded set "{name}".{did_you_mean(name, described)}',
            hint=f"Known: {', '.join(described)}.",
        )
    classes = tuple(described[name]["labels"])
    llms = tuple(described[name]["llms"])
    table = read_table(str(folder / described[name]["pool"]))
    number = {label: k for k, label in enumerate(classes)}
    gold = np.array([number.get(str(label), -1) for label in table.columns["gold"]])
    rows = np.flatnonzero(gold >= 0)
    if len(rows) > most:
        rows = rows[np.random.RandomState(0).permutation(len(rows))[:most]]  # the rows of docs/fusion.md
    z, c = (_masses(table, llms, suffix, rows, len(classes)) for suffix in ("_probs", "_votes"))
    ids, texts = table.columns["id"], table.columns["text"]
    return Recorded(
        name=name,
        classes=classes,
        answers=PanelAnswers(ids=tuple(str(ids[i]) for i in rows.tolist()), llms=llms, z=z, c=c),
        gold=gold[rows],
        texts=tuple(str(texts[i])[:MAX_CHARACTERS] for i in rows.tolist()),
    )


def _masses(table: Table, llms: tuple[str, ...], suffix: str, rows: Classes, n_classes: int) -> PanelMass:
    """Return one kind of answer (n, N, K); rows that sum to more than 1 are divided by it."""
    out = np.zeros((len(rows), len(llms), n_classes))
    for column, llm in enumerate(llms):
        cells = table.columns[llm + suffix]
        for at, row in enumerate(rows.tolist()):
            cell = cells[row]
            if isinstance(cell, list) and len(cell) == n_classes:
                out[at, column] = cell
    total = out.sum(2, keepdims=True)
    mass: PanelMass = out / np.maximum(total, 1.0)
    return mass
