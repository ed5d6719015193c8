"""Any table in: by file name, or a frame; and the pool of texts from it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mollia.data import hub
from mollia.data.arrow_column import ArrowColumn
from mollia.data.content_columns import ContentColumns, Contents, read_contents
from mollia.data.files import existing, file_batches
from mollia.data.frames import is_frame, read_frame
from mollia.data.matching import ClassNames, LabelMatcher, match_column
from mollia.data.table import (
    Say,
    Table,
    as_text,
    blank_note,
    check_writable,
    is_blank,
    nameless,
    quiet,
    shown,
    without_nameless,
)
from mollia.errors import DataError, a_kind
from mollia.records import Pool
from mollia.text_format import UTF_8, TextFormat


def read_table(source: object, *, text_format: TextFormat = UTF_8) -> Table:
    """Read a file by its suffix, a pandas, polars or pyarrow frame, or a data set; a Table passes through.

    A data set of the library `datasets` is an object, a folder that `save_to_disk` wrote, or
    "hub:owner/name:config@split".
    `text_format` is for text files. Nothing is guessed but the delimiter.

    Raises
    ------
    DataError
        When the source cannot be read; the message names file, line or byte offset.
    """
    if isinstance(source, Table):
        return source
    if is_frame(source):
        return read_frame(source)
    if hub.is_dataset(source):
        return hub.read_dataset(source)
    if not isinstance(source, (str, os.PathLike)):
        raise DataError(
            f"A {type(source).__name__} is not a table.",
            hint="Give a file's path, a pandas or polars frame, or a data set.",
        )
    (table,) = file_batches(existing(source), text_format=text_format)
    table = without_nameless(table, nameless(table))
    left_out = (*table.left_out, *blank_note(table.source, table.unit, table.blank))
    return replace(table, left_out=left_out, blank=(0, 0))


def read_pool(
    source: object,
    *,
    text: str = "text",
    id: str | None = None,  # noqa: A002  # the column's name everywhere
    gold: str | None = None,
    classes: ClassNames = (),
    text_format: TextFormat = UTF_8,
    say: Say = quiet,
    content: ContentColumns | None = None,
) -> Pool:
    """Read the texts to label, or what `content` names in their place; row order and every column are kept.

    `text`, `id` and `gold` name columns; for `id` see `id_column`. A missing text is "". Numbers and dates in the text column become strings. Labels in `gold` are
    matched to `classes` as LabelMatcher does, blank = -1. `say` is told about choices made.

    Raises
    ------
    DataError
        On a missing column, no rows, a missing or repeated id, a text that is a list or bytes,
        and a gold label that is not a class; with file and line.
    """
    table = read_table(source, text_format=text_format)
    for note in (*table.notes, *table.left_out):
        say(note)
    if content is None:
        table.need(text, "the texts")
    if not len(table):
        raise DataError(f"{table.source} has column names but no rows.")
    known = np.full(len(table), -1)
    if gold is not None:
        known = match_column(table, table.need(gold, "the gold labels", say=say), LabelMatcher(classes))
    ids = pool_ids(table, id_column(table, id, say=say))

    def texts() -> Sequence[str]:
        return pool_texts(table, table.need(text, "the texts", say=say))

    found = (
        Contents(kind="text", texts=texts(), replaced={})
        if content is None
        else read_contents(table, content, text=text, texts=texts, ids=ids, say=say)
    )
    return Pool(
        ids=ids,
        texts=found.texts,
        content=found.kind,
        captions=found.captions,
        vectors=found.vectors,
        gold=known,
        columns={**table.columns, **found.replaced},
        source=table.source,
        places=table.kept_places,
        delimiter=table.delimiter,
        notes=table.left_out,
    )


def id_column(table: Table, name: str | None, *, say: Say = quiet) -> str | None:
    """Return the column that holds the ids; None means row numbers, from 1.

    Without a name it is a column called "id", where there is one: files that belong together
    (texts, human labels, LLM answers) must not be joined by row numbers while they carry ids.
    "" as name asks for row numbers.

    Raises
    ------
    DataError
        When there is no column of the name given.
    """
    if name is None:
        return table.find("id", say=say)
    return table.need(name, "the ids", say=say) if name else None


def pool_ids(table: Table, column: str | None) -> Sequence[str]:
    """Return a column's ids (n,) as strings, or row numbers from "1".

    Raises
    ------
    DataError
        On a missing or repeated id, with its places.
    """
    if column is None:
        return tuple(str(number) for number in range(1, len(table) + 1))
    cells = table.columns[column]
    if (
        isinstance(cells, ArrowColumn)
        and cells.is_text
        and not cells.blank.any()
        and cells.n_distinct == len(cells)
    ):
        found = cells.strings()
        if found is not None:
            return found
    seen: dict[str, int] = {}
    for row, cell in enumerate(cells):
        written = None if is_blank(cell) else as_text(cell)
        if not written:
            raise DataError(
                f"{table.where(row, column)}: a row without a usable id.",
                hint='Give each row an id, or use row numbers (id = "").',
            )
        first = seen.setdefault(written, row)
        if first != row:
            raise DataError(
                f'{table.where(row, column)}: the id "{shown(written)}" was already used in {table.where(first)}.',
                hint='Make ids unique, or use row numbers (id = "").',
            )
        check_writable(written, table.where(row, column))
    return tuple(seen)


def pool_texts(table: Table, column: str) -> Sequence[str]:
    """Return a column's texts (n,), "" where missing.

    Raises
    ------
    DataError
        On a list, an object or bytes, with its place.
    """
    texts = []
    cells = table.columns[column]
    if isinstance(cells, ArrowColumn) and (found := cells.strings()) is not None:
        return found
    for row, cell in enumerate(cells):
        written = as_text(cell)
        if written is None:
            raise DataError(
                f"{table.where(row, column)}: expected a text, found {a_kind(cell)}.",
                hint="Give the column that holds plain text.",
            )
        if not written.isascii():
            check_writable(written, table.where(row, column))
        texts.append(written)
    return tuple(texts)
