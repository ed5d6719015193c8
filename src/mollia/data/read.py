"""Any table in: by file name, or a frame; and the pool of texts from it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mollia.data.csv_file import read_csv
from mollia.data.frames import is_frame, read_frame
from mollia.data.jsonl_file import read_json, read_jsonl
from mollia.data.matching import ClassNames, LabelMatcher, match_column
from mollia.data.parquet_file import read_parquet
from mollia.data.table import Say, Table, as_text, check_writable, is_blank, quiet
from mollia.errors import DataError, did_you_mean
from mollia.records import Pool

KNOWN = ".csv, .tsv, .txt (cells separated), .jsonl, .ndjson, .json, .parquet"
ADVICE: Mapping[str, str] = {
    ".xlsx": 'Save it in the spreadsheet program as "CSV UTF-8".',
    ".xls": 'Save it in the spreadsheet program as "CSV UTF-8".',
    ".ods": 'Save it in the spreadsheet program as "CSV UTF-8".',
    ".gz": "Unpack it first.",
    ".zip": "Unpack it first.",
    ".pkl": "Pickle files can run code when opened; save it as Parquet.",
}


def read_table(source: object, *, encoding: str = "utf-8", delimiter: str | None = None) -> Table:
    """Read a file by its suffix, or a pandas, polars or pyarrow frame; a Table passes through.

    `encoding` and `delimiter` are for text files. Nothing is guessed but the delimiter.

    Raises
    ------
    DataError
        When the source cannot be read; the message names file, line or byte offset.
    """
    if isinstance(source, Table):
        return source
    if is_frame(source):
        return read_frame(source)
    if not isinstance(source, (str, os.PathLike)):
        raise DataError(
            f"A {type(source).__name__} is no table.", hint="Give a file's path, or a pandas or polars frame."
        )
    path = _file(os.fspath(source))
    try:
        return _read_file(path, encoding, delimiter)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None


def _read_file(path: Path, encoding: str, delimiter: str | None) -> Table:
    match path.suffix.lower():
        case ".csv" | ".txt":
            return read_csv(path, encoding=encoding, delimiter=delimiter)
        case ".tsv" | ".tab":
            return read_csv(path, encoding=encoding, delimiter=delimiter or "\t")
        case ".jsonl" | ".ndjson":
            return read_jsonl(path, encoding=encoding)
        case ".json":
            return read_json(path, encoding=encoding)
        case ".parquet" | ".pq":
            return read_parquet(path)
        case suffix:
            raise DataError(
                f'{path}: files that end in "{suffix}" are not read.',
                hint=ADVICE.get(suffix, f"Known: {KNOWN}."),
            )


def _file(name: str | bytes) -> Path:
    written = os.fsdecode(name)
    if written.startswith("hub:"):
        raise DataError(
            f"{written}: data sets on a hub are not read yet.", hint="Download it as a .parquet or .csv file."
        )
    path = Path(written).expanduser()
    if path.is_dir():
        raise DataError(f"{path} is a folder.", hint="Give the path of a file in it.")
    if not path.exists():
        near = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        lacking = "" if path.parent.is_dir() else f" There is no folder {path.parent} either."
        raise DataError(f"There is no file {path}.{lacking}{did_you_mean(path.name, near)}")
    return path


def read_pool(
    source: object,
    *,
    text: str = "text",
    id: str | None = None,  # noqa: A002  # the column's name everywhere
    gold: str | None = None,
    classes: ClassNames = (),
    encoding: str = "utf-8",
    delimiter: str | None = None,
    say: Say = quiet,
) -> Pool:
    """Read the texts to label; row order and every column are kept.

    `text`, `id` and `gold` name columns; for `id` see `id_column`. A missing text is "". Numbers and dates in the text column become strings. Labels in `gold` are
    matched to `classes` as LabelMatcher does, blank = -1. `say` is told about choices made.

    Raises
    ------
    DataError
        On a missing column, no rows, a missing or repeated id, a text that is a list or bytes,
        and a gold label that is no class; with file and line.
    """
    table = read_table(source, encoding=encoding, delimiter=delimiter)
    for note in table.notes:
        say(note)
    text_column = table.need(text, "the texts", say=say)
    if not len(table):
        raise DataError(f"{table.source} has column names but no rows.")
    known = np.full(len(table), -1)
    if gold is not None:
        known = match_column(table, table.need(gold, "the gold labels", say=say), LabelMatcher(classes))
    return Pool(
        ids=pool_ids(table, id_column(table, id, say=say)),
        texts=pool_texts(table, text_column),
        gold=known,
        columns=table.columns,
        source=table.source,
        places=tuple(table.places),
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


def pool_ids(table: Table, column: str | None) -> tuple[str, ...]:
    """Return a column's ids (n,) as strings, or row numbers from "1".

    Raises
    ------
    DataError
        On a missing or repeated id, with its places.
    """
    if column is None:
        return tuple(str(number) for number in range(1, len(table) + 1))
    seen: dict[str, int] = {}
    for row, cell in enumerate(table.columns[column]):
        written = None if is_blank(cell) else as_text(cell)
        if not written:
            raise DataError(
                f"{table.where(row, column)}: a row without a usable id.",
                hint='Give each row an id, or use row numbers (id = "").',
            )
        first = seen.setdefault(written, row)
        if first != row:
            raise DataError(
                f'{table.where(row, column)}: the id "{written}" was already used in {table.where(first)}.',
                hint='Make ids unique, or use row numbers (id = "").',
            )
        check_writable(written, table.where(row, column))
    return tuple(seen)


def pool_texts(table: Table, column: str) -> tuple[str, ...]:
    """Return a column's texts (n,), "" where missing.

    Raises
    ------
    DataError
        On a list, an object or bytes, with its place.
    """
    texts = []
    for row, cell in enumerate(table.columns[column]):
        written = as_text(cell)
        if written is None:
            raise DataError(
                f"{table.where(row, column)}: expected a text, found a {type(cell).__name__}.",
                hint="Give the column that holds plain text.",
            )
        if not written.isascii():
            check_writable(written, table.where(row, column))
        texts.append(written)
    return tuple(texts)
