"""What a stored student reads of a table's rows: texts, images, or numbers in columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mollia.arrays import Floats, Mask, Rows
from mollia.content import content_bytes, data_reference
from mollia.data.content_columns import number_columns, read_files
from mollia.data.guess import take_text
from mollia.data.read import pool_texts
from mollia.data.table import Say, Table, is_blank, quiet
from mollia.encode.onnx_images import OnnxImages
from mollia.encode.pixels import Pixels
from mollia.encode.precomputed import VectorFeatures
from mollia.errors import DataError
from mollia.student.load import LoadedStudent

IMAGE = "image"  # the column, where no other is named
Inputs = Sequence[str] | Floats
Reader = Callable[[Table], tuple[Table, Inputs]]


def reader_for(
    student: LoadedStudent,
    first: Table,
    column: str | None,
    folder: Path,
    *,
    travels: bool = False,
    say: Say = quiet,
) -> Reader:
    """Return what takes a student's inputs out of a batch of rows; `column` is the one that a person has named.

    A student of images reads `column`, or "image", with paths taken from `folder`; one of columns with numbers
    reads those that it was taught. Images go as their bytes where the work `travels` to other machines. A batch whose cells hold bytes comes back with names in their place.

    Raises
    ------
    DataError
        When the `first` batch has no such column, or the student's vectors came from a file of their own.
    """
    if isinstance(student.features, Pixels | OnnxImages):
        name = first.need(column or IMAGE, "the images", say=say)

        def images(table: Table) -> tuple[Table, Inputs]:
            found = read_files(table, name, "image", folder)
            inputs = tuple(map(_carried, found.texts)) if travels else found.texts
            return replace(table, columns={**table.columns, **found.replaced}), inputs

        return images
    if isinstance(student.features, VectorFeatures):
        columns = student.features.columns
        if not columns:
            raise DataError(
                "This student reads vectors that its run took from a .npy file, and a table holds none.",
                hint="In Python: mollia.load_student(folder).predict_proba(vectors), with vectors (n, d).",
            )
        for each in columns:
            first.need(each, "part of what the student reads")
        return lambda table: (table, np.asarray(number_columns(table, columns), np.float64))
    text = take_text(first, column, say=say)
    return lambda table: (table, pool_texts(table, text))


def _carried(reference: str) -> str:
    """Return a reference that holds its bytes itself."""
    return data_reference(content_bytes(reference)) if reference.strip() else ""


def chosen(inputs: Inputs, rows: Rows) -> Inputs:
    """Return what some rows hold."""
    return inputs[rows] if isinstance(inputs, np.ndarray) else [inputs[row] for row in rows.tolist()]


def present(inputs: Inputs) -> Mask:
    """Return which rows (n,) hold something to read."""
    if isinstance(inputs, np.ndarray):
        return np.ones(len(inputs), np.bool_)
    return np.array([not is_blank(each) for each in inputs], np.bool_)
