"""What a folder's labels.json says of its recorded panels: the only place that knows a set's name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mollia.errors import DataError, did_you_mean

FILE = "labels.json"
ALL = "all"
FEW_CLASSES = 30  # more take minutes per fit
INSTRUCTION = "Which class does the text belong to?"
Names = Annotated[tuple[str, ...], Field(min_length=1)]


class Described(BaseModel):
    """One set of labels.json; keys that are not named here are allowed (benchmarks/data/README.md).

    `labels` are the K classes and `llms` the N annotators, in the order of the columns; `pool` is the Parquet
    file. Rows that only score are those of the file `test`; without one, those whose id is at least
    `test_from_id`; without both, three tenths of the rows, drawn at random, always the same ones. `molam` are
    MoLAM's hyper-parameters where the paper sets them for this set, `instruction` is what an LLM is asked about
    a text, `prices` what one reading of a text costs, by LLM, in US dollars per million tokens. `source`,
    `licence`, `gold` (what gold is) and `changed` (what was changed) are for the attribution.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    labels: Names
    llms: Names
    pool: str
    test: str | None = None
    test_from_id: int | None = None
    n: int | None = None
    n_test: int | None = None
    molam: dict[str, int | float] = {}
    instruction: str = INSTRUCTION
    prices: dict[str, float] = {}
    source: str = ""
    licence: str = ""
    gold: str = ""
    changed: str = ""

    @property
    def has_test(self) -> bool:
        """Whether the set says which of its rows only score."""
        return self.test is not None or self.test_from_id is not None


@cache
def described(data: Path) -> Mapping[str, Described]:
    """Return the sets of a folder, by name, in the order of its labels.json.

    Raises
    ------
    DataError
        When the file is missing or does not describe recorded panels.
    """
    path = data / FILE
    if not path.is_file():
        raise DataError(
            f"The recorded panels are not at {data}: {FILE} is missing.",
            hint="Name the folder that holds labels.json with --data.",
        )
    try:
        read = json.loads(path.read_text("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not a JSON file: {error}.", hint="Mend the file.") from error
    if not isinstance(read, dict) or not read:
        raise DataError(
            f"{path} describes no set.", hint="It is an object: a set's name, then its description."
        )
    return MappingProxyType({name: _described(path, name, about) for name, about in read.items()})


def _described(path: Path, name: str, about: object) -> Described:
    try:
        return Described.model_validate(about)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join([name, *map(str, first["loc"])])
        raise DataError(
            f"{path}: {key}: {first['msg']}.", hint="benchmarks/data/README.md lists the keys of a set."
        ) from error


def about(name: str, data: Path) -> Described:
    """Return one set's description.

    Raises
    ------
    DataError
        When the folder has no set of that name.
    """
    known = described(data)
    if name not in known:
        raise DataError(
            f'There is no recorded set "{name}" in {data}.{did_you_mean(name, known)}',
            hint=f"Known: {', '.join(known)}.",
        )
    return known[name]


def few_classes(data: Path) -> tuple[str, ...]:
    """Return the sets that are quick to fit: those with at most 30 classes."""
    return tuple(name for name, each in described(data).items() if len(each.labels) <= FEW_CLASSES)


def with_test(data: Path) -> tuple[str, ...]:
    """Return the sets that are quick to fit and say which of their rows score."""
    return tuple(name for name in few_classes(data) if about(name, data).has_test)


def chosen(
    written: Iterable[str], data: Path, *, default: Callable[[Path], tuple[str, ...]] = few_classes
) -> tuple[str, ...]:
    """Return the sets that a list of names stands for: "all" is each one, no name those of `default`.

    Raises
    ------
    DataError
        When the folder has no set of a name, or the default is none.
    """
    names = tuple(dict.fromkeys(written))
    for name in names:
        if name != ALL:
            about(name, data)
    if ALL in names:
        return tuple(described(data))
    if names:
        return names
    found = default(data)
    if not found:
        raise DataError(
            f"No set in {data} is of the kind that is measured by default.",
            hint="Name sets with --sets, or all.",
        )
    return found
