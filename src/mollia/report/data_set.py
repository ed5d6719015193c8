"""The labelled rows as a Hugging Face data set: every column that came in, the labels, and a card."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mollia.data import hub
from mollia.data.label_columns import CLASS, MEANING, NEGATIVE, NUMBERS, TRUTHS, prefix_in
from mollia.data.labels_file import AS_WRITTEN, LabelsFile, LabelsFormat, pool_columns, read_labels_file
from mollia.data.read import read_pool
from mollia.data.table import Say, Table, is_blank, quiet, shown
from mollia.errors import DataError
from mollia.invocation import command
from mollia.report.card import Labelled, card
from mollia.session.run_folder import LABELS, SUMMARY
from mollia.session.task_pool import content_columns, labels_format
from mollia.task.data_section import Data
from mollia.task.load import load_task
from mollia.task.task_file import is_task


def write_data_set(
    source: Path,
    out: Path,
    *,
    how: LabelsFormat = AS_WRITTEN,
    repository: str = "",
    say: Say = quiet,
) -> int:
    """Write a run's labels (a task file, or a file of labels) as a folder with a card; return the rows.

    Of a task, the columns that came in are read from its data again, so they keep their types. With the name of a `repository`
    the folder is what that repository on the hub is to hold.

    Raises
    ------
    MolliaError
        When the source is wrong, the task has not run, `out` holds anything, or `datasets` is missing.
    """
    task = load_task(source) if is_task(source) else None
    labels = source if task is None else task.run.out / LABELS
    if task is not None and not labels.is_file():
        raise DataError(f"There is no {labels} yet.", hint=f"Label the rows first: {command('run', source)}")
    found = read_labels_file(labels, how if task is None else labels_format(task), say=say)
    prefix = prefix_in(found.table.columns)
    added = {
        name: _typed(found.table, name, name.removeprefix(prefix))
        for name in found.table.columns
        if _is_ours(name, prefix, found)
    }
    kept: Mapping[str, Sequence[object]] = {
        name: cells for name, cells in found.table.columns.items() if name not in added
    }
    if task is not None:
        came = _as_they_came(task.data, found.ids, labels, source)
        kept = came | {name: cells for name, cells in kept.items() if name not in came}  # LLMs' own labels
    summary = read_summary(labels.parent / SUMMARY)
    given = Counter(found.classes[k] for k in found.label.tolist() if k >= 0)
    told = Labelled(
        name=str(summary.get("name") or labels.stem),
        n_rows=len(found.ids),
        labels={name: given[name] for name in found.classes},
        n_human=int(summary.get("human_labels", found.human.sum())),
        kept=tuple(kept),
        added=tuple(added),
        summary=summary,
        repository=repository,
    )
    hub.save(out, kept, added, found.classes, card=card(told), for_hub=bool(repository))
    return len(found.ids)


def _as_they_came(data: Data, ids: Sequence[str], labels: Path, source: Path) -> dict[str, Sequence[object]]:
    """Read the columns of a task's data again."""
    pool = read_pool(
        data.path, text=data.text, id=data.id, text_format=data.text_format, content=content_columns(data)
    )
    if pool.ids != ids:
        raise DataError(
            f"{labels} does not hold the rows of {data.path}.", hint=f"Run again: {command('run', source)}"
        )
    return dict(pool_columns(pool))


def _is_ours(name: str, prefix: str, found: LabelsFile) -> bool:
    if not name.startswith(prefix):
        return False
    bare = name.removeprefix(prefix)
    return bare in MEANING or bare in {CLASS + class_ for class_ in found.classes}


def _typed(table: Table, name: str, bare: str) -> list[object]:
    """Return a column of ours (`bare`: its name without the prefix) with its type: a CSV file holds strings."""
    read = _reader(bare)
    out = []
    for row, cell in enumerate(table.columns[name]):
        try:
            out.append(read(cell))
        except (ValueError, TypeError, RecursionError):
            raise DataError(
                f'{table.where(row, name)}: "{shown(str(cell))}" is not what mollia writes into this column.',
                hint="Correct the cell, or leave the column out.",
            ) from None
    return out


def _reader(bare: str) -> Callable[[object], object]:
    if bare == NEGATIVE:
        return lambda cell: json.loads(cell) if isinstance(cell, str) else cell
    if bare in NUMBERS or bare.startswith(CLASS):
        return lambda cell: None if is_blank(cell) else float(str(cell))
    if bare in TRUTHS:
        return lambda cell: None if is_blank(cell) else str(cell).lower() == "true"
    return lambda cell: None if is_blank(cell) else cell


def read_summary(path: Path) -> Mapping[str, Any]:
    """Return a run's summary.json, {} where there is none.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DataError(f"{path} cannot be read.", hint="Write it again (mollia report), or move it away.")
    return found
