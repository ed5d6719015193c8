"""A file by its suffix, or a Hugging Face data set: as one table, or in batches of rows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mollia.data import hub
from mollia.data.database_address import parts_of
from mollia.data.format import format_of, unknown_format
from mollia.data.limits import check_whole
from mollia.data.table import Table, pieces, without_blank
from mollia.errors import DataError, did_you_mean
from mollia.registry import added
from mollia.text_format import UTF_8, TextFormat

CELLS = ".csv, .tsv, .txt (cells separated), .jsonl, .ndjson, .json, .parquet, .xlsx, .sqlite, .duckdb (as FILE::TABLE)"
ELSE = "a folder that datasets.save_to_disk wrote, hub:owner/name"
ADVICE: Mapping[str, str] = {
    ".xls": 'Save it in the spreadsheet program as .xlsx or "CSV UTF-8".',
    ".ods": 'Save it in the spreadsheet program as .xlsx or "CSV UTF-8".',
    ".gz": "Unpack it first.",
    ".zip": "Unpack it first.",
    ".pkl": "Pickle files can run code when opened; save it as Parquet.",
}


def file_batches(
    path: Path,
    *,
    text_format: TextFormat = UTF_8,
    size: int | None = None,
    names: Iterable[str] | None = None,
) -> Iterator[Table]:
    """Read a file as tables of `size` rows, None for one table of all; at least one table.

    Rows that hold nothing are left out. `text_format` is for text files; `names` are the columns of a JSON or JSONL file,
    None for the keys each table's rows have. A .json file is read whole whatever the size.

    Raises
    ------
    DataError
        When the file cannot be read; the message names file, line or byte offset.
    """
    try:
        if size is None and path.is_file():
            check_whole(path.stat().st_size, str(path))
        for table in _by_suffix(path, text_format, size, names):
            yield without_blank(table)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}.", hint="Allow reading it, or name another file."
        ) from None


def _by_suffix(
    path: Path, text_format: TextFormat, size: int | None, names: Iterable[str] | None
) -> Iterator[Table]:
    source = str(path)
    if source.startswith(hub.PREFIX) or path.is_dir():
        table = hub.read_hub(source) if source.startswith(hub.PREFIX) else hub.read_saved(path)
        return pieces(table, size)
    read = format_of(path).read
    if read is None:
        raise DataError(
            unknown_format(path, "read"), hint=ADVICE.get(path.suffix.lower(), f"Known: {_known()}.")
        )
    return read(path, text_format, size=size, names=names)


def _known() -> str:
    """Return what can be read, as a person would list it."""
    return ", ".join([CELLS, *(f".{name}" for name in added("format")), ELSE])


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
    address = Path(written).expanduser()
    path, _ = parts_of(address)
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
    if not path.is_file():
        raise DataError(
            f"{path} is a device or a pipe, not a file.", hint="Write what it gives to a file first."
        )
    return address
