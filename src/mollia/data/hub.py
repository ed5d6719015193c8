"""Hugging Face data sets: a saved folder, an object, or a name on the hub in; a saved folder out.

A column of class numbers (`ClassLabel`) reads as its class names. Needs the extra `hub`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mollia.data.label_columns import LABEL, NEGATIVE, STUDENT_LABEL
from mollia.data.matching import LabelMatcher
from mollia.data.table import Table, is_blank
from mollia.errors import DataError, did_you_mean
from mollia.optional import require
from mollia.whole_files import new_folder

if TYPE_CHECKING:
    from types import ModuleType

PREFIX = "hub:"
CLASS_NAMES = (LABEL, STUDENT_LABEL)  # columns of class names
SHARD = "data/train-00000-of-00001.parquet"  # a repository's one split, as the hub names it
ONE, SEVERAL = "dataset_info.json", "dataset_dict.json"  # what save_to_disk leaves in a folder


def _library() -> ModuleType:
    return require("datasets", extra="hub", purpose="Reading and writing Hugging Face data sets")


def is_dataset(source: object) -> bool:
    """Tell whether `source` is an object of the library datasets, without importing it."""
    return type(source).__module__.split(".")[0] == "datasets"


def is_saved(folder: Path) -> bool:
    """Tell whether a folder was written by `save_to_disk`."""
    return (folder / ONE).is_file() or (folder / SEVERAL).is_file()


def read_saved(folder: Path) -> Table:
    """Read a folder that `save_to_disk` wrote; of several splits one must be named as a folder in it.

    Raises
    ------
    MissingExtra, DataError
        When the library is missing, the folder is damaged, or holds several splits.
    """
    library = _library()
    if (folder / SEVERAL).is_file():
        names = _splits(folder / SEVERAL)
        if len(names) != 1:
            raise DataError(
                f"{folder} holds several splits: {', '.join(names) or 'none'}.",
                hint=f"Give one: {folder / names[0]}" if names else "Save it again.",
            )
        folder /= names[0]
    try:
        return read_dataset(library.load_from_disk(str(folder)), source=str(folder))
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{folder} cannot be read as a data set: {_first_line(error)}") from None


def _splits(path: Path) -> list[str]:
    """Return the names of a saved data set's splits."""
    try:
        return [str(name) for name in json.loads(path.read_text("utf-8"))["splits"]]
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        raise DataError(f"{path} is damaged: it names no splits.", hint="Save the data set again.") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubName:
    """`hub:owner/name:config@split` in parts."""

    name: str
    config: str | None
    split: str | None


def hub_name(written: str) -> HubName:
    """Return the parts of a name; config and split may be missing."""
    whole, _, split = written.removeprefix(PREFIX).partition("@")
    name, _, config = whole.partition(":")
    return HubName(name=name, config=config or None, split=split or None)


def read_hub(written: str) -> Table:
    """Read `hub:owner/name[:config][@split]` with `datasets.load_dataset`, which may download it.

    In place of a name, a folder of data files does.

    Raises
    ------
    MissingExtra, DataError
        When the library is missing, there is no such data set or split, or it has several of them.
    """
    library, asked = _library(), hub_name(written)
    try:
        found = library.load_dataset(asked.name, asked.config)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{written} cannot be loaded: {_first_line(error)}",
            hint="Check the name and the connection; hub:owner/name:config@split names all parts.",
        ) from None
    names = list(found)
    if asked.split is None and len(names) > 1:
        raise DataError(
            f"{written} has several splits: {', '.join(names)}.", hint=f"Give one: {written}@{names[0]}"
        )
    split = asked.split or names[0]
    if split not in names:
        raise DataError(
            f'{written} has no split "{split}".{did_you_mean(split, names)}',
            hint=f"Its splits are: {', '.join(names)}.",
        )
    return read_dataset(found[split], source=written)


def read_dataset(dataset: object, *, source: str = "the data set") -> Table:
    """Return a `datasets.Dataset`'s columns; nothing is decoded, class numbers become names.

    Raises
    ------
    DataError
        On a DatasetDict (several splits) and on streams.
    """
    if type(dataset).__name__ != "Dataset":
        kind = type(dataset).__name__
        raise DataError(
            f"A {kind} is not a single data set.",
            hint="Give one split: dataset['train']."
            if kind == "DatasetDict"
            else "Load it without streaming.",
        )
    whole: Any = dataset  # the library has no types
    cells = whole.with_format("arrow")[:]
    columns: dict[str, Sequence[object]] = {}
    for name in whole.column_names:
        values = cells.column(name).to_pylist()
        names = getattr(whole.features[name], "names", None)
        columns[name] = values if names is None else [_named(value, names) for value in values]
    return Table(columns=columns, source=source, places=range(1, len(whole) + 1), unit="row")


def _named(value: object, names: Sequence[str]) -> object:
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else None


def with_columns(dataset: object, columns: Mapping[str, Sequence[object]], classes: Sequence[str]) -> object:
    """Return a Dataset with further columns behind its own: what `label_columns` gives, the label first.

    Columns of class names become ClassLabel.
    """
    library = _library()
    out: Any = dataset
    prefix = next(iter(columns), "").removesuffix(LABEL)
    for name, cells in columns.items():
        bare = name.removeprefix(prefix)
        if bare == NEGATIVE:  # the feature says what they are where all are empty
            out = out.add_column(name, list(cells), feature=library.List(library.Value("string")))
        elif bare in CLASS_NAMES:
            feature = library.ClassLabel(names=list(classes))
            out = out.add_column(name, _numbers(cells, classes), feature=feature)
        else:
            out = out.add_column(name, list(cells))
    return cast("object", out)


def _numbers(cells: Sequence[object], classes: Sequence[str]) -> list[int | None]:
    matcher = LabelMatcher([(name,) for name in classes])
    return [None if is_blank(cell) else matcher(cell) for cell in cells]


def save(
    folder: Path,
    kept: Mapping[str, Sequence[object]],
    added: Mapping[str, Sequence[object]],
    classes: Sequence[str],
    *,
    card: str = "",
    for_hub: bool = False,
) -> None:
    """Write columns as a folder for `datasets.load_from_disk`; `added` as in `with_columns`.

    `card` becomes its README.md. With `for_hub` it is a folder as a repository on the hub holds it, with one Parquet file. It
    appears whole or not at all.

    Raises
    ------
    MissingExtra, DataError
        When the library is missing, the folder is not empty, or a column has no one type.
    """
    library = _library()
    with new_folder(folder) as unfinished:
        try:
            dataset = library.Dataset.from_dict({name: list(cells) for name, cells in kept.items()})
            whole: Any = with_columns(dataset, added, classes)
            library.disable_progress_bars()
            if for_hub:
                (unfinished / SHARD).parent.mkdir()
                whole.to_parquet(str(unfinished / SHARD))
            else:
                whole.save_to_disk(str(unfinished))
            if card:
                (unfinished / "README.md").write_text(card, "utf-8")
        except (TypeError, ValueError) as error:  # pyarrow's errors are ValueErrors
            raise DataError(
                f"The columns cannot be saved as a data set: {_first_line(error)}",
                hint="Every column needs one type; write a .jsonl file instead.",
            ) from None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
