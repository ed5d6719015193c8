"""A file by its suffix, or a Hugging Face data set: as one table, or in batches of rows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from mollia.data import hub
from mollia.data.csv_file import csv_batches
from mollia.data.decode import text_lines
from mollia.data.jsonl_file import jsonl_batches, read_json
from mollia.data.parquet_file import parquet_batches
from mollia.data.table import Table
from mollia.errors import DataError, did_you_mean

KNOWN = (
    ".csv, .tsv, .txt (cells separated), .jsonl, .ndjson, .json, .parquet, "
    "a folder that datasets.save_to_disk wrote, hub:owner/name"
)
ADVICE: Mapping[str, str] = {
    ".xlsx": 'Save it in the spreadsheet program as "CSV UTF-8".',
    ".xls": 'Save it in the spreadsheet program as "CSV UTF-8".',
    ".ods": 'Save it in the spreadsheet program as "CSV UTF-8".',
    ".gz": "Unpack it first.",
    ".zip": "Unpack it first.",
    ".pkl": "Pickle files can run code when opened; save it as Parquet.",
}


def file_batches(
    path: Path,
    *,
    encoding: str = "utf-8",
    delimiter: str | None = None,
    size: int | None = None,
    names: Iterable[str] | None = None,
) -> Iterator[Table]:
    """Read a file as tables of `size` rows, None for one table of all; at least one table.

    `encoding` and `delimiter` are for text files; `names` are the columns of a JSON or JSONL file,
    None for the keys each table's rows have. A .json file is read whole whatever the size.

    Raises
    ------
    DataError
        When the file cannot be read; the message names file, line or byte offset.
    """
    try:
        yield from _by_suffix(path, encoding, delimiter, size, names)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None


def _by_suffix(
    path: Path, encoding: str, delimiter: str | None, size: int | None, names: Iterable[str] | None
) -> Iterator[Table]:
    source = str(path)
    if source.startswith(hub.PREFIX) or path.is_dir():
        table = hub.read_hub(source) if source.startswith(hub.PREFIX) else hub.read_saved(path)
        return _pieces(table, size)
    match path.suffix.lower():
        case ".csv" | ".txt" | ".tsv" | ".tab" as suffix:
            if suffix in {".tsv", ".tab"}:
                delimiter = delimiter or "\t"
            lines = text_lines(path, encoding=encoding)
            return csv_batches(lines, source=source, delimiter=delimiter, size=size)
        case ".jsonl" | ".ndjson":
            # a JSON string may hold U+2028 and the like: only \n ends a line
            lines = text_lines(path, encoding=encoding, newline="\n")
            return jsonl_batches(lines, source=source, size=size, names=names)
        case ".json":
            table = read_json("".join(text_lines(path, encoding=encoding)), source=source, names=names)
            return _pieces(table, size)
        case ".parquet" | ".pq":
            return parquet_batches(path, size=size)
        case suffix:
            raise DataError(
                f'{path}: files that end in "{suffix}" are not read.',
                hint=ADVICE.get(suffix, f"Known: {KNOWN}."),
            )


def _pieces(table: Table, size: int | None) -> Iterator[Table]:
    step = size or len(table)
    for at in range(0, len(table), step):
        columns = {name: cells[at : at + step] for name, cells in table.columns.items()}
        yield replace(table, columns=columns, places=table.places[at : at + step])


def existing(source: str | os.PathLike[str]) -> Path:
    """Return the path of a file that exists, or of a saved data set; a name on the hub passes through.

    Raises
    ------
    DataError
        When there is none; the message names the nearest.
    """
    written = os.fspath(source)
    if written.startswith(hub.PREFIX):
        return Path(written)
    path = Path(written).expanduser()
    if path.is_dir() and not hub.is_saved(path):
        raise DataError(
            f"{path} is a folder, and not one that datasets.save_to_disk wrote.",
            hint="Give the path of a file in it.",
        )
    if path.is_dir():
        return path
    if not path.exists():
        near = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        lacking = "" if path.parent.is_dir() else f" There is no folder {path.parent} either."
        raise DataError(f"There is no file {path}.{lacking}{did_you_mean(path.name, near)}")
    return path
