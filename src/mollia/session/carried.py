"""The file of rows that a task carries over from a finished one: what people said of them, and what the LLMs did.

It is a file of a panel like any other (JSONL): id, text, label, weight, and for each LLM `<llm>_probs` and `<llm>_votes`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mollia.arrays import PanelMass
from mollia.data.read import read_table
from mollia.data.write_table import write_columns
from mollia.errors import DataError
from mollia.fusion.carried import CarriedRows
from mollia.session.panel_file import read_panel

LABEL, WEIGHT = "label", "weight"
PROBS, VOTES = "_probs", "_votes"
HINT = "The command `mollia adapt` writes one from a finished task."


def write_carried(rows: CarriedRows, path: Path, classes: Sequence[str]) -> None:
    """Write carried rows with their texts.

    Raises
    ------
    DataError
        When the place cannot be written to.
    """
    X = rows.answers
    columns: dict[str, Sequence[object]] = {
        "id": list(X.ids),
        "text": [""] * len(rows) if rows.texts is None else list(rows.texts),
        LABEL: [classes[k] for k in rows.y.tolist()],
        WEIGHT: [round(float(weight), 6) for weight in rows.weight],
    }
    for i, llm in enumerate(X.llms):
        columns[llm + PROBS] = _cells(X.z[:, i])
        columns[llm + VOTES] = _cells(X.c[:, i])
    write_columns(path, columns)


def _cells(mass: PanelMass) -> list[list[float] | None]:
    return [row.round(9).tolist() if row.any() else None for row in mass]


def read_carried(path: Path, classes: Sequence[str] | Sequence[Sequence[str]]) -> CarriedRows:
    """Read carried rows; those without a label are left out.

    Raises
    ------
    DataError
        When the file is missing or wrong, a weight is not above 0, or no row has a label.
    """
    table = read_table(path)
    for name in (LABEL, "text"):
        if name not in table.columns:
            raise DataError(f'{path} is not a file of carried rows: it has no column "{name}".', hint=HINT)
    llms = [name.removesuffix(VOTES) for name in table.columns if name.endswith(VOTES)]
    panel = read_panel(path, classes, text="text", gold=LABEL, llms=llms)
    rows = np.flatnonzero(panel.gold >= 0)
    if not len(rows):
        raise DataError(f"{path}: no row has a label.", hint=HINT)
    texts = panel.texts or [""] * len(panel.pool)
    return CarriedRows(
        answers=panel.answers[rows],
        y=panel.gold[rows],
        weight=np.array([_weight(path, panel.pool.columns.get(WEIGHT), int(row)) for row in rows]),
        texts=[texts[row] for row in rows.tolist()],
        source=path.name,
    )


def _weight(path: Path, cells: Sequence[object] | None, row: int) -> float:
    if cells is None:
        return 1.0
    try:
        weight = float(str(cells[row]))
    except ValueError:
        weight = np.nan
    if not (np.isfinite(weight) and weight > 0):
        raise DataError(
            f"{path}, row {row + 1}: the weight is {cells[row]!r}, not a number above 0.", hint=HINT
        )
    return weight


def carried_mark(rows: CarriedRows | None) -> list[str]:
    """Return a hash of carried rows, nothing where there are none: rounds that rest on them belong to them."""
    if rows is None:
        return []
    found = hashlib.sha256()
    for array in (rows.y, rows.weight, rows.answers.z, rows.answers.c):
        found.update(np.ascontiguousarray(array, np.float64).round(6).tobytes())
    found.update("\0".join(rows.texts or ()).encode(errors="surrogatepass"))
    return [found.hexdigest()]
