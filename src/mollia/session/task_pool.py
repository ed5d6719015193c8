"""The rows a task file names, and how the labels of its run are written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mollia.data.content_columns import ContentColumns
from mollia.data.labels_file import LabelsFormat
from mollia.data.read import read_pool
from mollia.data.table import Say, quiet
from mollia.records import Pool
from mollia.session.content_rules import check_content
from mollia.task.config import Task
from mollia.task.data_section import Data


def pool_of(task: Task, *, say: Say = quiet) -> Pool:
    """Read the task's data file; see `read_pool` for what `say` tells and what is raised."""
    data = task.data
    pool = read_pool(
        data.path,
        text=data.text,
        id=data.id,
        gold=data.gold,
        classes=task.labels,
        text_format=data.text_format,
        say=say,
        content=content_columns(data),
    )
    check_content(task, pool)
    return pool


def content_columns(data: Data) -> ContentColumns | None:
    """Return which columns hold the rows' content, None where it is the text column alone."""
    if not (data.image or data.audio or data.columns or data.vectors):
        return None
    return ContentColumns(
        folder=data.media_folder,
        image=data.image,
        audio=data.audio,
        columns=data.columns,
        vectors=Path(data.vectors) if isinstance(data.vectors, str) else data.vectors,
    )


def labels_format(task: Task) -> LabelsFormat:
    """Return how the labels file of a task's run is written and read."""
    data = task.data
    text_format = replace(data.text_format, spreadsheet=task.run.spreadsheet)
    shown = data.image or data.audio or (data.columns[0] if data.columns else data.text)
    return LabelsFormat(text=shown, id=data.id, classes=task.class_names, text_format=text_format)
