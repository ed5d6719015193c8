"""The rows a task file names, and how the labels of its run are written."""

from __future__ import annotations

from dataclasses import replace

from mollia.data.labels_file import LabelsFormat
from mollia.data.read import read_pool
from mollia.data.table import Say, quiet
from mollia.records import Pool
from mollia.task.config import Task


def pool_of(task: Task, *, say: Say = quiet) -> Pool:
    """Read the task's data file; see `read_pool` for what `say` tells and what is raised."""
    data = task.data
    return read_pool(
        data.path,
        text=data.text,
        id=data.id,
        gold=data.gold,
        classes=task.labels,
        text_format=data.text_format,
        say=say,
    )


def labels_format(task: Task) -> LabelsFormat:
    """Return how the labels file of a task's run is written and read."""
    data = task.data
    text_format = replace(data.text_format, spreadsheet=task.run.spreadsheet)
    return LabelsFormat(text=data.text, id=data.id, classes=task.class_names, text_format=text_format)
