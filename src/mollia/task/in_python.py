"""`mollia.Task(...)`: a task without a file, checked as one from a file is."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from mollia.errors import TaskError
from mollia.settings import PanelMember
from mollia.task.config import ClassSpec
from mollia.task.config import Task as TaskModel
from mollia.task.load import refusal


class Task(TaskModel):
    """A task made in Python; keys, defaults and errors are those of a task file (docs/task-file.md).

    Relative paths are taken from the current folder, and results go to `mollia_out` there.

    Parameters
    ----------
    name, instruction : str
        Shown in the report; the question every LLM is asked about each text.
    data : path, or mapping
        The file with the texts, or the keys of `[data]`: `{"path": "texts.csv", "text": "remark"}`.
    classes : K names, mapping from name to description, or K mappings
        In the order of the class numbers.
    panel : sequence of mappings
        One per LLM, with the keys of `[[panel]]`: `{"name": "qwen", "kind": "openai", "url": ..., "model": ...}`.
    **sections
        `guidelines`, and the other sections by name: `seed` (a path will do), `fuse`, `student`, `query`, `budget`, `run`, ...

    Raises
    ------
    TaskError
        With every fault and its key path.
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        instruction: str | None = None,
        data: str | os.PathLike[str] | Mapping[str, object] | None = None,
        classes: Sequence[str | Mapping[str, object] | ClassSpec] | Mapping[str, str] | None = None,
        panel: Sequence[Mapping[str, object] | PanelMember] | None = None,
        **sections: object,
    ) -> None:
        given = {
            "name": name,
            "instruction": instruction,
            "data": _path(data, "data"),
            "classes": _classes(classes),
            "panel": [dict(each) if isinstance(each, Mapping) else each for each in panel]
            if isinstance(panel, (list, tuple))
            else panel,
            **{key: _path(value, key) if key == "seed" else value for key, value in sections.items()},
        }
        written: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        try:
            super().__init__(**written)
        except ValidationError as error:
            raise refusal(error, written) from None


def _path(data: object, key: str) -> object:
    """Return the keys of a section of which only the path was given."""
    if isinstance(data, (str, os.PathLike)):
        return {"path": data}
    if hasattr(data, "columns"):
        raise TaskError(
            f"{key} is a data frame; a task reads a file, so that a later run finds the same rows.",
            hint=f'Write it first: df.to_parquet("texts.parquet"), then {key}="texts.parquet".',
        )
    return data


def _classes(classes: object) -> object:
    if isinstance(classes, Mapping):
        return [{"name": name, "description": said} for name, said in classes.items()]
    if isinstance(classes, (str, bytes)) or not isinstance(classes, Sequence):
        return classes
    return [{"name": each} if isinstance(each, str) else each for each in classes]
