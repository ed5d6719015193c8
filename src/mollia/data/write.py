"""Labelled rows out: every column that came in, then what was found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mollia.arrays import Mask, Probs, Vector
from mollia.data import hub
from mollia.data.frames import with_columns
from mollia.data.read import read_table
from mollia.data.table import as_text
from mollia.data.writing import TYPED, write_columns
from mollia.records import Fused, Pool

PREFIX = "mollia_"
FAILED = "failed"  # the source of a row nobody could label: its label stays blank
DIGITS = 6  # of a probability in text files

Columns = dict[str, Sequence[object]]


def label_columns(
    classes: Sequence[str],
    fused: Fused,
    source: Sequence[str],
    *,
    disagreement: Vector | None = None,
    student_probs: Probs | None = None,
    accept: Mask | None = None,
    taken: Sequence[str] = (),
) -> Columns:
    """Return the columns a run adds to n rows.

    label, confidence (`confidence_uncalibrated` when nothing checked it), p_<class> (the
    posterior) for each class, negative_labels (a list of names), source, and where given accept (n,),
    disagreement (n,) and the student's label and confidence. When one of the names is `taken`,
    all of them get the prefix "mollia_".
    """
    names = np.array(classes, object)
    failed = np.array([where == FAILED for where in source], bool)
    columns: Columns = {
        "label": _blank(names[fused.label], failed),
        "confidence" if fused.calibrated else "confidence_uncalibrated": _blank(fused.confidence, failed),
    }
    for k, name in enumerate(classes):
        columns[f"p_{name}"] = _blank(fused.posterior[:, k], failed)
    columns["negative_labels"] = [names[row].tolist() for row in fused.negative]
    columns["source"] = list(source)
    if accept is not None:
        columns["accept"] = accept.tolist()
    if disagreement is not None:
        columns["disagreement"] = _blank(disagreement, np.isnan(disagreement))
    if student_probs is not None:
        columns["student_label"] = names[student_probs.argmax(1)].tolist()
        columns["student_confidence"] = student_probs.max(1).tolist()
    return beside(taken, columns)


def beside(taken: Iterable[str], columns: Mapping[str, Sequence[object]]) -> Columns:
    """Return columns that can stand beside others: all are prefixed when one name is taken."""
    known, out = set(taken), dict(columns)
    while known & out.keys():
        out = {PREFIX + name: cells for name, cells in out.items()}
    return out


def prefix_in(columns: Iterable[str]) -> str:
    """Return what the columns that a run added begin with: "", "mollia_", or that more than once."""
    known, prefix = set(columns), ""
    while f"{prefix}{PREFIX}label" in known:
        prefix += PREFIX
    return prefix


def _blank(values: NDArray[Any], where: Mask) -> list[object]:
    return [None if empty else value for value, empty in zip(values.tolist(), where.tolist(), strict=True)]


def pool_columns(pool: Pool) -> Columns:
    """Return a pool's columns as read, led by the ids where no column holds them.

    A pool without columns (built from arrays) gives id and text.
    """
    if not pool.columns:
        return {"id": pool.ids, "text": pool.texts}
    if any(_holds(cells, pool.ids) for cells in pool.columns.values()):
        return dict(pool.columns)
    name = "id"
    while name in pool.columns:
        name = PREFIX + name
    return {name: pool.ids, **pool.columns}


def _holds(cells: Sequence[object], ids: Sequence[str]) -> bool:
    return all(as_text(cell) == known for cell, known in zip(cells, ids, strict=True))


def write_labels(
    path: str | os.PathLike[str] | None,
    pool: Pool,
    classes: Sequence[str],
    fused: Fused,
    source: Sequence[str],
    *,
    disagreement: Vector | None = None,
    student_probs: Probs | None = None,
    accept: Mask | None = None,
    encoding: str = "utf-8",
    bom: bool = False,
    delimiter: str | None = None,
) -> Columns:
    """Write the pool's n rows with their labels, and return the columns written.

    The suffix chooses CSV, JSONL or Parquet; None writes nothing. `source` (n,) is "human",
    "panel", "student" or the like, "failed" where label and probabilities stay blank; `disagreement` (n,) the share of LLMs asked whose top label is not y+,
    NaN where none was; `accept` (n,) whether a label may be taken without a look. Text files get 6 digits of a probability, lists as JSON in CSV cells. `bom`
    puts a byte order mark before UTF-8, which Excel needs to recognise it. Cells are written as they
    are: one that begins with = + - @ is a formula to a spreadsheet program, so open files of
    strangers as text. The file appears whole or not at all.

    Raises
    ------
    DataError
        On an unknown suffix, a character the encoding lacks (with row and column), a column
        Parquet cannot type, and a place that cannot be written to.
    """
    kept = pool_columns(pool)
    added = label_columns(
        classes,
        fused,
        source,
        disagreement=disagreement,
        student_probs=student_probs,
        accept=accept,
        taken=list(kept),
    )
    if path is not None:
        if Path(path).suffix.lower() not in TYPED:
            added = {name: [_rounded(cell) for cell in cells] for name, cells in added.items()}
        write_columns(Path(path), kept | added, encoding=encoding, bom=bom, delimiter=delimiter)
    return kept | added


def label_frame(
    frame: object,
    classes: Sequence[str],
    fused: Fused,
    source: Sequence[str],
    *,
    disagreement: Vector | None = None,
    student_probs: Probs | None = None,
) -> object:
    """Return a frame of the same kind (pandas, polars, pyarrow, datasets) with `label_columns` added."""
    taken = list(read_table(frame).columns)
    added = label_columns(
        classes, fused, source, disagreement=disagreement, student_probs=student_probs, taken=taken
    )
    return hub.with_columns(frame, added, classes) if hub.is_dataset(frame) else with_columns(frame, added)


def _rounded(cell: object) -> object:
    return round(cell, DIGITS) if isinstance(cell, float) else cell
