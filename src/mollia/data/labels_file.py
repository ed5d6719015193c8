"""Labelled rows out: every column that came in, then what was found."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mollia.arrays import MANY, Classes, Mask, Probs, Vector
from mollia.data import hub
from mollia.data.arrow_column import ArrowColumn
from mollia.data.cells import number_of
from mollia.data.format import format_of
from mollia.data.frames import with_columns
from mollia.data.guess import take_text
from mollia.data.label_columns import (
    ACCEPT,
    BEFORE_CALIBRATED,
    BY_PEOPLE,
    CALIBRATED,
    CLASS,
    CONFIDENCE,
    DISAGREEMENT,
    EMPTY_TEXT,
    LABEL,
    NEGATIVE,
    PREFIX,
    SOURCE,
    STUDENT_CONFIDENCE,
    STUDENT_LABEL,
    UNLABELLED,
    Columns,
    beside,
    chosen,
    prefix_in,
)
from mollia.data.label_parts import listed, named, numbers, write_parts
from mollia.data.matching import LabelMatcher, match_column
from mollia.data.read import id_column, pool_ids, pool_texts, read_table
from mollia.data.table import Say, Table, as_text, quiet, shown
from mollia.data.write_table import write_columns, writing
from mollia.errors import DataError
from mollia.records import Fused, Pool
from mollia.strings import Strings
from mollia.text_format import UTF_8, TextFormat

DIGITS = 6  # of a probability in text files


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreColumns:
    """What only some files of labels hold of n rows.

    Parameters
    ----------
    disagreement : (n,), the share of LLMs whose own answer is not y+, NaN where none gave one.
    student_probs : (n, K), the student's, shown as its label and confidence.
    accept : (n,), whether a label may be taken without a review.
    llms : by LLM its own label (n,), -1 where it gave none.
    """

    disagreement: Vector | None = None
    student_probs: Probs | None = None
    accept: Mask | None = None
    llms: Mapping[str, Classes] = field(default_factory=dict)

    def part(self, rows: slice) -> MoreColumns:
        """Return what they hold of some rows."""
        return MoreColumns(
            disagreement=None if self.disagreement is None else self.disagreement[rows],
            student_probs=None if self.student_probs is None else self.student_probs[rows],
            accept=None if self.accept is None else self.accept[rows],
            llms={llm: own[rows] for llm, own in self.llms.items()},
        )


NO_MORE = MoreColumns()


def label_columns(
    classes: Sequence[str],
    fused: Fused,
    source: Sequence[str],
    *,
    more: MoreColumns = NO_MORE,
    taken: Sequence[str] = (),
) -> Columns:
    """Return the columns a run adds to n rows.

    label, confidence, calibrated (whether human labels checked it), p_<class> (the
    posterior) for each class, negative_labels (a list of names), source, and `more`. When one of the names is `taken`,
    all of them get the prefix "mollia_". A column with each LLM's own label comes last, unless one of that name is `taken`.
    """
    return _beside(taken, _added(classes, fused, source, more, IN_CELLS), _of_llms(classes, more, IN_CELLS))


class _Made(NamedTuple):
    """How columns are made: names by number, numbers, both missing where blank, and lists of the names that are marked."""

    named: Callable[[Sequence[str], Any, Mask], Sequence[object]]
    numbers: Callable[[Vector, Mask], Sequence[object]]
    listed: Callable[[Sequence[str], Mask], Sequence[object]]


def _added(
    classes: Sequence[str], fused: Fused, source: Sequence[str], more: MoreColumns, made: _Made
) -> Columns:
    failed = np.array([where in UNLABELLED for where in source], bool)
    columns: Columns = {
        LABEL: made.named(classes, fused.label, failed),
        CONFIDENCE: made.numbers(fused.confidence, failed),
        CALIBRATED: [fused.calibrated] * len(failed),
    }
    for k, name in enumerate(classes):
        columns[CLASS + name] = made.numbers(fused.posterior[:, k], failed)
    columns[NEGATIVE] = made.listed(classes, fused.negative)
    columns[SOURCE] = list(source)
    if more.accept is not None:
        columns[ACCEPT] = more.accept.tolist()
    if more.disagreement is not None:
        columns[DISAGREEMENT] = made.numbers(more.disagreement, np.isnan(more.disagreement))
    if more.student_probs is not None:
        empty = np.array([where == EMPTY_TEXT for where in source], bool)
        columns[STUDENT_LABEL] = made.named(classes, more.student_probs.argmax(1), empty)
        columns[STUDENT_CONFIDENCE] = made.numbers(more.student_probs.max(1), empty)
    return columns


def _of_llms(classes: Sequence[str], more: MoreColumns, made: _Made) -> Columns:
    return {llm: made.named(classes, own, own < 0) for llm, own in more.llms.items()}


def _beside(taken: Sequence[str], added: Columns, of_llms: Columns) -> Columns:
    """Return all columns that can stand beside those that are `taken`, which may hold an LLM's answers already."""
    columns = beside(taken, added)
    for llm, cells in of_llms.items():
        if llm not in taken:
            columns[llm if llm not in columns else PREFIX + llm] = cells
    return columns


def _blank(values: NDArray[Any], where: Mask) -> list[object]:
    return [None if empty else value for value, empty in zip(values.tolist(), where.tolist(), strict=True)]


def _names_of(names: Sequence[str], number: NDArray[Any], where: Mask) -> list[object]:
    return _blank(np.array(names, object)[number], where)


def _marked(names: Sequence[str], marked: Mask) -> list[object]:
    every = np.array(names, object)
    return [every[row].tolist() for row in marked]


IN_CELLS = _Made(named=_names_of, numbers=_blank, listed=_marked)


def pool_columns(pool: Pool) -> Columns:
    """Return a pool's columns as read, led by the ids where no column holds them.

    A pool without columns (built from arrays) gives id and text.
    """
    if not pool.columns:
        return {"id": pool.ids, "text": pool.shown}
    if any(_holds(cells, pool.ids) for cells in pool.columns.values()):
        return dict(pool.columns)
    name = "id"
    while name in pool.columns:
        name = PREFIX + name
    return {name: pool.ids, **pool.columns}


def _holds(cells: Sequence[object], ids: Sequence[str]) -> bool:
    if isinstance(cells, ArrowColumn) and isinstance(ids, Strings) and cells.array is ids.array:
        return True
    return all(as_text(cell) == known for cell, known in zip(cells, ids, strict=True))


def write_labels(
    path: str | os.PathLike[str] | None,
    pool: Pool,
    classes: Sequence[str],
    fused: Fused,
    source: Sequence[str],
    *,
    more: MoreColumns = NO_MORE,
    text_format: TextFormat = UTF_8,
    only: Sequence[str] = (),
) -> Columns:
    """Write the pool's n rows with their labels, and return the columns written; of very many rows the pool's own.

    `only` names the columns to write, () = all.

    The suffix chooses CSV, JSONL or Parquet; None writes nothing. `source` (n,) is "human",
    "panel", "student" or the like, "failed" or "empty text" where label and probabilities stay blank. Text files get 6 digits of a probability, lists as JSON in CSV cells. A cell that begins with = + - @ is
    a formula to a spreadsheet program, unless `text_format` says that the file is for one. The file appears whole or not at all.

    Raises
    ------
    DataError
        On an unknown suffix, a character the encoding lacks (with row and column), a column
        Parquet cannot type, and a place that cannot be written to.
    """
    kept = pool_columns(pool)
    if path is not None and len(pool) > MANY:
        _write_many(
            Path(path),
            kept,
            classes,
            fused,
            source,
            more=more,
            text_format=text_format.beside(pool.delimiter),
            only=only,
        )
        return kept
    added = label_columns(
        classes,
        fused,
        source,
        more=more,
        taken=list(kept),
    )
    if path is not None:
        if not format_of(Path(path)).typed:
            added = {name: [_rounded(cell) for cell in cells] for name, cells in added.items()}
        write_columns(Path(path), chosen(kept | added, only), text_format=text_format.beside(pool.delimiter))
    return chosen(kept | added, only)


def _write_many(
    path: Path,
    kept: Columns,
    classes: Sequence[str],
    fused: Fused,
    source: Sequence[str],
    *,
    more: MoreColumns,
    text_format: TextFormat,
    only: Sequence[str],
) -> None:
    """Write the rows part by part; the columns are those of `label_columns`."""
    typed, names = format_of(path).typed, list(kept)

    def added(part: slice, some: Fused) -> Columns:
        columns = label_columns(classes, some, source[part], more=more.part(part), taken=names)
        if not typed:
            return {name: [_rounded(cell) for cell in cells] for name, cells in columns.items()}
        return columns

    def in_arrow(part: slice, some: Fused) -> Columns:
        return arrow_columns(classes, some, source[part], more.part(part), taken=names)

    with writing(path, text_format=text_format) as rows:
        write_parts(rows, kept, fused, in_arrow if path.suffix.lower() == ".parquet" else added, only)


def arrow_columns(
    classes: Sequence[str],
    fused: Fused,
    source: Sequence[str],
    more: MoreColumns,
    *,
    taken: Sequence[str] = (),
) -> Columns:
    """Return the columns of `label_columns` in Arrow memory."""
    made = _Made(named=named, numbers=numbers, listed=listed)
    return _beside(taken, _added(classes, fused, source, more, made), _of_llms(classes, more, made))


def label_frame(
    frame: object,
    classes: Sequence[str],
    fused: Fused,
    source: Sequence[str],
    *,
    more: MoreColumns = NO_MORE,
) -> object:
    """Return a frame of the same kind (pandas, polars, pyarrow, datasets) with `label_columns` added."""
    taken = list(read_table(frame).columns)
    added = label_columns(classes, fused, source, more=more, taken=taken)
    return hub.with_columns(frame, added, classes) if hub.is_dataset(frame) else with_columns(frame, added)


def _rounded(cell: object) -> object:
    return round(cell, DIGITS) if isinstance(cell, float) else cell


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsFile:
    """`label` (n,) -1 where blank, `confidence` (n,) NaN where blank; `human` (n,) rows people labelled."""

    table: Table
    ids: Sequence[str]
    texts: Sequence[str]
    classes: tuple[str, ...]
    label: Classes
    confidence: Vector
    human: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsFormat:
    """How a file of labels is read: its columns, its classes (those it has probabilities of, unless given), its format."""

    text: str | None = None
    id: str | None = None
    classes: tuple[str, ...] = ()
    text_format: TextFormat = UTF_8


AS_WRITTEN = LabelsFormat()  # by mollia, of a task that says nothing else


def read_labels_file(path: Path, how: LabelsFormat = AS_WRITTEN, *, say: Say = quiet) -> LabelsFile:
    """Read labels.csv or the like; see `take_text`.

    Raises
    ------
    DataError
        When a column is missing, or a label is none of the classes.
    """
    table = read_table(path, text_format=how.text_format)
    prefix = prefix_in(table.columns)
    known = how.classes or _classes(table, prefix)
    if len(known) < 2:  # noqa: PLR2004  # a choice needs two
        raise DataError(
            f"{path} has no columns p_<class>, so its classes are not known.",
            hint="Name them: --labels refund,delivery,other",
        )
    n = len(table)
    named = prefix + LABEL
    label = match_column(table, named, LabelMatcher(known)) if named in table.columns else np.full(n, -1)
    sources = table.columns.get(prefix + SOURCE, [""] * n)
    return LabelsFile(
        table=table,
        ids=pool_ids(table, id_column(table, how.id, say=say)),
        texts=pool_texts(table, take_text(table, how.text, say=say)),
        classes=known,
        label=label,
        confidence=_numbers(table, (prefix + CONFIDENCE, prefix + BEFORE_CALIBRATED)),
        human=np.array([(as_text(cell) or "") in BY_PEOPLE for cell in sources], bool),
    )


def _classes(table: Table, prefix: str) -> tuple[str, ...]:
    """Return the classes of the columns p_<class>; they stand between the confidence and the negative labels."""
    start = prefix + CLASS
    return tuple(name.removeprefix(start) for name in table.columns if name.startswith(start))


def _numbers(table: Table, names: Sequence[str]) -> Vector:
    """Return the confidences (n,) in the first of these columns that is there, NaN where blank."""
    name = next((each for each in names if each in table.columns), None)
    out = np.full(len(table), np.nan)
    for row, cell in enumerate([] if name is None else table.columns[name]):
        number = number_of(cell)
        out[row] = -1.0 if number is None else number
        if out[row] < 0 or out[row] > 1:
            raise DataError(
                f'{table.where(row, name)}: "{shown(cell)}" is not a confidence.',
                hint="Expected a number from 0 to 1, or a blank cell.",
            )
    return out
