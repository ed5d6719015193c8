"""What would help the labels that `mollia fuse` wrote: the advice of a task, from a file of labels and its summary."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from mollia.arrays import Classes
from mollia.asking.advise import LEAST_ROWS, quick_look
from mollia.asking.advise_from import would_help
from mollia.asking.costs import readings
from mollia.asking.outlook import LEAST_LABELS
from mollia.data.label_columns import HUMAN, LABEL, SOURCE
from mollia.data.table import Say
from mollia.data.table import quiet as silent
from mollia.errors import DataError
from mollia.progress import Progress, doing, quiet
from mollia.session.panel_file import Panel, PanelFile
from mollia.session.run_folder import SUMMARY


def outlook_of_file(
    file: Path, *, text: str | None = None, say: Say = silent, progress: Progress = quiet
) -> tuple[str, ...]:
    """Return what would help fused labels most, in sentences.

    `text` is its column with the texts, where it is not found. The file holds all columns that `mollia fuse` or a run wrote; the classes and the LLMs come from the summary beside it.

    Raises
    ------
    DataError
        When the file or its summary is missing or wrong, or too little is known yet to forecast anything.
    """
    classes, llms = _told(file)
    read = PanelFile(path=file, classes=classes, llms=llms, text=text).read(say=say)
    y = _said_by_people(read, file)
    X, texts = read.answers, read.texts
    with doing(progress, "looking ahead"):
        glance = quick_look(X, y, texts, classes=read.classes, asking=readings(X))
        said = would_help(glance, read.classes, len(X))
    if not said:
        answered = int(X.asked.all(1).sum())
        raise DataError(
            f"Nothing can be forecast from {int((y >= 0).sum())} human labels and {answered} rows that every LLM answered.",
            hint=f"At least {LEAST_LABELS} labels, {LEAST_ROWS} rows and two LLMs are needed.",
        )
    return said


def _told(file: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of classes and LLMs from the summary beside a file of labels."""
    beside = (file.with_name(f"{file.stem}.{SUMMARY}"), file.with_name(SUMMARY))
    path = next((each for each in beside if each.is_file()), None)
    if path is None:
        raise DataError(
            f"There is no {beside[0].name} beside {file}.",
            hint="Give the file that mollia fuse wrote with its summary (without --only-labels), or a task.",
        )
    try:
        told = json.loads(path.read_text("utf-8"))
        return tuple(map(str, told["classes"])), tuple(map(str, told["panel"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise DataError(
            f"{path} cannot be read.", hint="Write it again with the command that made the labels."
        ) from None


def _said_by_people(read: Panel, file: Path) -> Classes:
    """Return the class numbers (n,) that people gave, -1 where they gave none."""
    columns = read.pool.columns
    for name in (LABEL, SOURCE):
        if name not in columns:
            raise DataError(
                f"{file}: there is no column {name}, so the human labels are not known.",
                hint="Write the labels with all columns (mollia fuse without --columns).",
            )
    number = {name: k for k, name in enumerate(read.classes)}
    return np.array(
        [
            number.get(str(label), -1) if source == HUMAN else -1
            for label, source in zip(columns[LABEL], columns[SOURCE], strict=True)
        ],
        np.int64,
    )
