"""Labelled rows out: every column that came in, then what was found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mollia.arrays import Classes, Mask, Probs, Vector
from mollia.data import hub
from mollia.data.format import format_of
from mollia.data.frames import with_columns
from mollia.data.matching import LabelMatcher, match_column
from mollia.data.read import id_column, pool_ids, pool_texts, read_table
from mollia.data.table import Say, Table, as_text, is_blank, quiet
from mollia.data.write_table import write_columns
from mollia.errors import DataError
from mollia.records import Fused, Pool

# Where a row's label comes from, in the words of the output.
HUMAN = "human"
COPY = "copy of a human label"
PANEL = "panel"
STUDENT = "student"
FAILED = "failed"  # no LLM gave a usable answer and no person a label: the label stays blank

PREFIX = "mollia_"
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
        if not format_of(Path(path)).typed:
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


UNCALIBRATED = "confidence_uncalibrated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`label` (n,) -1 where blank, `confidence` (n,) NaN where blank; `human` (n,) rows people labelled."""

    table: Table
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    classes: tuple[str, ...]
    label: Classes
    confidence: Vector
    human: Mask


def read_written(
    path: Path,
    *,
    text: str = "text",
    id: str | None = None,  # noqa: A002  # the column's name everywhere
    classes: Sequence[str] = (),
    encoding: str = "utf-8",
    delimiter: str | None = None,
    say: Say = quiet,
) -> Written:
    """Read labels.csv or the like; the classes are those it has probabilities of, unless given.

    Raises
    ------
    DataError
        When a column is missing, or a label is none of the classes.
    """
    table = read_table(path, encoding=encoding, delimiter=delimiter)
    prefix = prefix_in(table.columns)
    known = tuple(classes) or _classes(table, prefix)
    if len(known) < 2:  # noqa: PLR2004  # a choice needs two
        raise DataError(
            f"{path} has no columns p_<class>, so its classes are not known.",
            hint="Name them: --labels refund,delivery,other",
        )
    n = len(table)
    named = prefix + "label"
    label = match_column(table, named, LabelMatcher(known)) if named in table.columns else np.full(n, -1)
    sources = table.columns.get(prefix + "source", [""] * n)
    return Written(
        table=table,
        ids=pool_ids(table, id_column(table, id, say=say)),
        texts=pool_texts(table, table.need(text, "the texts", say=say)),
        classes=known,
        label=label,
        confidence=_numbers(table, (prefix + "confidence", prefix + UNCALIBRATED)),
        human=np.array([(as_text(cell) or "") in {HUMAN, COPY} for cell in sources], bool),
    )


def _classes(table: Table, prefix: str) -> tuple[str, ...]:
    """Return the classes of the columns p_<class>; they stand between the confidence and the negative labels."""
    start = prefix + "p_"
    return tuple(name.removeprefix(start) for name in table.columns if name.startswith(start))


def _numbers(table: Table, names: Sequence[str]) -> Vector:
    name = next((each for each in names if each in table.columns), None)
    if name is None:
        return np.full(len(table), np.nan)
    return np.array(
        [np.nan if is_blank(cell) else float(str(cell)) for cell in table.columns[name]], np.float64
    )
