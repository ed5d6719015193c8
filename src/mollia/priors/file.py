"""The priors file: what finished tasks showed of each LLM, as JSON that can be shared.

It holds no text, no id, no key, no address and no path: names of LLMs and classes, counts and means (docs/priors.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mollia.errors import DataError
from mollia.version import __version__
from mollia.whole_files import write_text

FORMAT: Literal["mollia priors"] = "mollia priors"
VERSION = 1
HINT = "The command `mollia priors` writes one from finished tasks."
Count = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Portion = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=500)]


class Entry(BaseModel):
    """A part of the file; keys that a later mollia adds are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Accuracy(Entry):
    """Share of an LLM's answers that are right on one task, with the interval that holds it in 95 of 100."""

    value: Portion
    low: Portion
    high: Portion


class Shown(Entry):
    """What one LLM showed on one task.

    `confusion` holds, by the class a row has and the class the LLM named, how many rows that is; the class a row has is
    known where a person labelled it and a matter of probability elsewhere, so counts are fractions. `sharpness` is the mean
    probability of its most probable class, `bias` by how much it names a class more often than the class occurs.
    """

    task: Annotated[int, Field(ge=1)]
    rows: Annotated[int, Field(ge=0)]
    invalid: Portion
    accuracy: Accuracy
    sharpness: Portion
    bias: Mapping[Name, float]
    confusion: Mapping[Name, Mapping[Name, Count]]
    seconds: Count | None = None
    tokens: Count | None = None


class LLM(Entry):
    """One LLM, and what it showed on each task: `model` is what a server or a file calls it, where that is known."""

    name: Name
    model: str = ""
    prompt: str = ""
    variant: int = 0
    shown: tuple[Shown, ...]


class PastTask(Entry):
    """A finished task: its classes, and how many of its rows people labelled."""

    number: Annotated[int, Field(ge=1)]
    classes: Annotated[tuple[Name, ...], Field(min_length=2)]
    rows: Annotated[int, Field(ge=0)]
    human_labels: Annotated[int, Field(ge=0)]


class Priors(Entry):
    """The whole file."""

    format: Literal["mollia priors"] = FORMAT
    version: Annotated[int, Field(ge=1)] = VERSION
    mollia: str = __version__
    tasks: tuple[PastTask, ...]
    llms: tuple[LLM, ...]


def write_priors(priors: Priors, path: Path) -> None:
    """Write the file.

    Raises
    ------
    DataError
        When the place cannot be written to.
    """
    write_text(path, text_of(priors))


def text_of(priors: Priors) -> str:
    """Return the file's content."""
    return json.dumps(priors.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


def read_priors(path: Path) -> Priors:
    """Read a priors file.

    Raises
    ------
    DataError
        When it is missing, is not a priors file, or was written by a later mollia in a form this one does not know.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"There is no priors file {path}.", hint=HINT) from error
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}.", hint="Choose another file.") from error
    return parse_priors(content, str(path))


def parse_priors(content: bytes, name: str) -> Priors:
    """Return what a priors file says; `name` is what errors call it.

    Raises
    ------
    DataError
        When it is not a priors file, or was written by a later mollia in a form this one does not know.
    """
    try:
        found = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # not JSON, or not UTF-8
        raise DataError(f"{name} is not a JSON file.", hint=HINT) from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise DataError(f"{name} is not a priors file.", hint=HINT)
    version = found.get("version")
    if isinstance(version, int) and version > VERSION:
        raise DataError(
            f"{name} has version {version} of the format; this mollia reads up to {VERSION}.",
            hint="Update mollia, or write the file again with this one.",
        )
    try:
        priors = Priors.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise DataError(f"{name}: {key}: {first['msg']}.", hint=HINT) from error
    known = {task.number for task in priors.tasks}
    if lost := sorted({each.task for llm in priors.llms for each in llm.shown} - known):
        raise DataError(
            f"{name}: task {lost[0]} is named by an LLM but does not stand under tasks.", hint=HINT
        )
    return priors
