"""The task of new data, made of a finished one: the same question, classes and panel; other rows, no label yet."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from mollia.annotate.recorded import RecordedMember
from mollia.data.batches import read_batches
from mollia.data.table import Say, Table, quiet
from mollia.errors import DataError, TaskError
from mollia.report.toml_text import toml_text
from mollia.settings import PanelMember, seen_from_folder
from mollia.task.config import Task
from mollia.task.load import load_task
from mollia.task.task_file import TASK
from mollia.whole_files import write_text

CARRIED, SEED = "carried.jsonl", "seed.csv"
_CARRIED = re.compile(r"^(?:# )?(?P<key>carried = .*)$", re.MULTILINE)


def adapted_task(task: Task, to: Path, out: Path, *, answers: Path | None = None, say: Say = quiet) -> Task:
    """Return the task for new data in the folder `out`, which it is written to unless it is there.

    `answers` is the file with the answers of recorded LLMs to the new rows, where it is not `to` itself; `say` is told
    which separator of cells was recognised.

    Raises
    ------
    DataError, TaskError
        When the new data cannot be read, an LLM's recorded answers to them are nowhere, or `out` holds the task of other data.
    """
    file = out / TASK
    if not file.exists():
        write_text(file, _written(task, to, out, answers, say=say))
    found = load_task(file)
    if found.data.path.resolve() != to.resolve():
        raise TaskError(
            f"{file} is the task of {found.data.path}, not of {to}.",
            hint="Give the new data another folder with --out, or remove that one.",
        )
    return found


def use_carried(file: Path, *, used: bool) -> None:
    """Let a task file's line on the carried rows count, or make it a comment; nothing else of the file changes."""
    text = file.read_text("utf-8")
    found = _CARRIED.sub(lambda line: f"{'' if used else '# '}{line['key']}", text, count=1)
    if found != text:
        write_text(file, found)


def _written(task: Task, to: Path, out: Path, answers: Path | None, *, say: Say) -> str:
    """Return the new task file's text, its paths as seen from its folder."""
    settings: dict[str, Any] = task.model_dump(
        mode="json", exclude_none=True, exclude_defaults=True, context={"folder": out}
    )
    data: dict[str, Any] = settings["data"]
    if isinstance(data.get("vectors"), str):
        raise DataError(
            f"The finished task reads its vectors from {task.data.vectors}, which has none for the new rows.",
            hint="Put the vectors into columns of both data files, and name these under data.vectors.",
        )
    there = _header(task, to)
    for note in there.notes:
        say(note)
    data["path"] = seen_from_folder(to, out)
    data.pop("delimiter", None)
    if there.delimiter not in {None, ","}:
        data["delimiter"] = there.delimiter
    if "gold" in data and data["gold"] not in there.columns:
        del data["gold"]
    settings["seed"] = {"path": SEED}
    fuse = {key: value for key, value in settings.get("fuse", {}).items() if key != "priors"}
    settings["fuse"] = {**fuse, "carried": CARRIED}
    settings.get("run", {}).pop("out", None)
    settings["panel"] = [
        _member(dict(written), member, task, seen_from_folder(answers or to, out), answers=answers)
        for written, member in zip(settings["panel"], task.panel, strict=True)
    ]
    title = "# Written by `mollia adapt`: a finished task carried to new data (docs/new-domain.md).\n"
    return title + toml_text({key: value for key, value in settings.items() if value != {}})


def _header(task: Task, to: Path) -> Table:
    """Read the new data's columns, by the separator that the old file has, and where that splits nothing by the recognised one."""
    own = task.data.text_format
    if own.delimiter is not None:
        with suppress(
            DataError
        ):  # the new file may be written in another way; then it is told what is wrong with that
            if len((found := read_batches(to, text_format=own).header).columns) > 1:
                return found
    return read_batches(to, text_format=replace(own, delimiter=None)).header


def _member(
    written: dict[str, Any], member: PanelMember, task: Task, there: str, *, answers: Path | None
) -> dict[str, Any]:
    found = {"name": member.name, "kind": member.kind, **written}
    if not isinstance(member, RecordedMember):
        return found
    if answers is None and member.path.resolve() != task.data.path.resolve():
        raise DataError(
            f"The answers of {member.name} were recorded in {member.path}; nothing says where those to the new rows are.",
            hint="Name their file: --answers new-answers.csv",
        )
    return {**found, "path": there}
