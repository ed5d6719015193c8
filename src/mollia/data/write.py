"""Labelled rows out: every column that came in, then what was found."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mollia.arrays import Mask, Probs, Vector
from mollia.data.csv_file import as_delimiter, csv_lines
from mollia.data.frames import read_frame, with_columns
from mollia.data.jsonl_file import jsonl_lines, plain
from mollia.data.parquet_file import write_parquet
from mollia.data.table import as_text, is_blank
from mollia.errors import DataError, did_you_mean
from mollia.records import Fused, Pool

PREFIX = "mollia_"
FAILED = "failed"  # the source of a row nobody could label: its label stays blank
DIGITS = 6  # of a probability in text files
TYPED = (".parquet", ".pq")
SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", *TYPED)

Columns = dict[str, Sequence[object]]


def label_columns(
    classes: Sequence[str],
    fused: Fused,
    source: Sequence[str],
    *,
    disagreement: Vector | None = None,
    student_probs: Probs | None = None,
    taken: Sequence[str] = (),
) -> Columns:
    """Return the columns a run adds to n rows.

    label, confidence (`confidence_uncalibrated` when nothing checked it), p_<class> (the
    posterior) for each class, negative_labels (a list of names), source, and where given
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
    if disagreement is not None:
        columns["disagreement"] = _blank(disagreement, np.isnan(disagreement))
    if student_probs is not None:
        columns["student_label"] = names[student_probs.argmax(1)].tolist()
        columns["student_confidence"] = student_probs.max(1).tolist()
    while set(columns) & set(taken):
        columns = {PREFIX + name: cells for name, cells in columns.items()}
    return columns


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
    encoding: str = "utf-8",
    bom: bool = False,
    delimiter: str | None = None,
) -> Columns:
    """Write the pool's n rows with their labels, and return the columns written.

    The suffix chooses CSV, JSONL or Parquet; None writes nothing. `source` (n,) is "human",
    "panel", "student" or the like, "failed" where label and probabilities stay blank; `disagreement` (n,) the share of LLMs asked whose top label is not y+,
    NaN where none was. Text files get 6 digits of a probability, lists as JSON in CSV cells. `bom`
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
        classes, fused, source, disagreement=disagreement, student_probs=student_probs, taken=list(kept)
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
    """Return a frame of the same kind (pandas, polars, pyarrow) with `label_columns` added."""
    taken = list(read_frame(frame).columns)
    added = label_columns(
        classes, fused, source, disagreement=disagreement, student_probs=student_probs, taken=taken
    )
    return with_columns(frame, added)


def write_columns(
    path: Path,
    columns: Mapping[str, Sequence[object]],
    *,
    encoding: str = "utf-8",
    bom: bool = False,
    delimiter: str | None = None,
) -> None:
    """Write columns of equal length by the path's suffix; see `write_labels`."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(
            f'{path}: files that end in "{suffix}" are not written.{did_you_mean(suffix, SUFFIXES)}',
            hint=f"Known: {', '.join(SUFFIXES)}.",
        )
    with replacing(path) as unfinished:
        if suffix in TYPED:
            write_parquet(unfinished, columns)
            return
        if suffix in {".jsonl", ".ndjson"}:
            text = "".join(jsonl_lines(columns))
        else:
            between = as_delimiter(delimiter) or ("\t" if suffix == ".tsv" else ",")
            cells_of = {name: [_cell(cell) for cell in cells] for name, cells in columns.items()}
            text = "".join(csv_lines(cells_of, delimiter=between))
        unfinished.write_bytes(_encoded(text, columns, encoding, bom=bom))


def _rounded(cell: object) -> object:
    return round(cell, DIGITS) if isinstance(cell, float) else cell


def _cell(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return "" if is_blank(cell) else repr(cell)
    if isinstance(cell, (list, tuple, dict)):
        return json.dumps(cell, ensure_ascii=False, default=plain)
    if isinstance(cell, (bytes, bytearray)):
        raise DataError("Bytes cannot be written to a text file.", hint="Write a .parquet file instead.")
    return "" if cell is None else str(cell)


def _encoded(text: str, columns: Mapping[str, Sequence[object]], encoding: str, *, bom: bool) -> bytes:
    try:
        return text.encode("utf-8-sig" if bom else encoding)
    except LookupError:
        raise DataError(f'There is no text encoding called "{encoding}".', hint="Use utf-8.") from None
    except UnicodeEncodeError as error:
        character = text[error.start]
        for name, cells in columns.items():
            for row, cell in enumerate([name, *cells]):
                if character in str(cell):
                    at = f'row {row}, column "{name}"' if row else f'the name of column "{name}"'
                    raise DataError(
                        f"{character!r} in {at} cannot be written in {encoding}.",
                        hint="Write utf-8 (with bom=True for Excel).",
                    ) from None
        raise


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a file beside `path` to write to; it takes `path`'s place when all went well.

    Raises
    ------
    DataError
        When the place cannot be written to.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Close it if another program has it open, or choose another place.",
        ) from None
    finally:
        with suppress(OSError):  # the folder may be what failed
            unfinished.unlink(missing_ok=True)
