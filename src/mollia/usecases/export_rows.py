"""Rows of a run to another labelling tool: all with proposals, the least certain, or a blind random draw."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mollia.arrays import Mask, Rows, Vector
from mollia.content import file_in
from mollia.data import duplicates
from mollia.data.draw import at_random
from mollia.data.labels_file import AS_WRITTEN, LabelsFile, LabelsFormat, read_labels_file
from mollia.data.table import Say, quiet
from mollia.errors import DataError, NotEnoughLabels
from mollia.exchange import argilla, doccano, label_studio, prodigy, textcat
from mollia.exchange.tasks import Tasks
from mollia.invocation import command
from mollia.ledger.sqlite_store import open_store
from mollia.randomness import generator
from mollia.records import Pool, Use
from mollia.session.inputs import files_read
from mollia.session.run_folder import LABELS, LEDGER
from mollia.session.task_pool import content_columns, labels_format, pool_of
from mollia.task.config import Task
from mollia.task.load import load_task
from mollia.task.task_file import is_task
from mollia.version import __version__
from mollia.whole_files import keep_inputs

WRITERS = {
    "labelstudio": label_studio.write_tasks,
    "argilla": argilla.write_tasks,
    "prodigy": prodigy.write_tasks,
    "doccano": doccano.write_tasks,
    "textcat": textcat.write_tasks,
}
SUFFIX = {
    "labelstudio": ".json",
    "argilla": ".json",
    "prodigy": ".jsonl",
    "doccano": ".jsonl",
    "textcat": ".jsonl",
}
USES: tuple[Use, ...] = ("seed", "audit", "review")


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which rows go out; all that nobody labelled, where neither number is given.

    `rows` are the least certain ones, with proposals; `draw` random ones that nobody labelled, without
    (who sees a proposal follows it), each with its inclusion probability. Copies of a text are drawn once.
    """

    rows: int | None = None
    draw: int | None = None
    random_state: int = 0


def export_rows(
    source: Path,
    tool: str,
    out: Path,
    which: Which,
    *,
    how: LabelsFormat = AS_WRITTEN,
    say: Say = quiet,
) -> tuple[int, tuple[Path, ...]]:
    """Write rows of a task or a labels file for a tool (one of WRITERS); return how many, and the paths.

    `how` a labels file is read; a task says that itself.

    Raises
    ------
    MolliaError
        When the source is wrong, both `rows` and `draw` are given, or no row is left.
    """
    rows, draw, random_state = which.rows, which.draw, which.random_state
    if rows is not None and draw is not None:
        raise DataError(
            "Rows are either the least certain ones or drawn at random.",
            hint="Give --rows or --draw, not both.",
        )
    if is_task(source):
        task = load_task(source)
        _check_out(out, tool, (*files_read(task), task.run.out / LABELS, task.run.out / LEDGER))
        tasks, human = _of_task(task, say)
        if task.run.random_state is not None:
            random_state = task.run.random_state
    else:
        _check_out(out, tool, (source,))
        found = read_labels_file(source, how, say=say)
        tasks, human = _tasks(found, ""), found.human
    open_rows = np.flatnonzero(~human)
    if not len(open_rows):
        raise NotEnoughLabels(
            f"Every row of {source} has a human label already.", hint="There is nothing to hand out."
        )
    if draw is not None:
        tasks = _drawn(tasks, open_rows, draw, random_state)
    elif rows is not None:
        if np.isnan(tasks.score[open_rows]).all():
            raise DataError(
                f"{source} has no confidences yet, so no row is the least certain.",
                hint=f"Draw some at random (--draw {min(50, len(open_rows))})"
                + (f", or label the rows first: {command('run', source)}" if is_task(source) else "."),
            )
        least = open_rows[np.argsort(tasks.score[open_rows], kind="stable")[:rows]]
        tasks = _some(tasks, least, np.full(len(least), np.nan))
    if tool == "labelstudio" and (how_to_show := label_studio.how_to_show(tasks)):
        say(how_to_show)
    return len(tasks), WRITERS[tool](tasks, out)


def _check_out(out: Path, tool: str, read: Sequence[Path]) -> None:
    """Refuse a name that the tool does not read, and one of a file that this command reads."""
    if out.suffix.lower() != SUFFIX[tool]:
        raise DataError(
            f'{out}: this tool reads files that end in "{SUFFIX[tool]}".',
            hint=f"Call it {out.with_suffix(SUFFIX[tool])}.",
        )
    for written in (out, out.with_suffix(".xml")) if tool == "labelstudio" else (out,):
        keep_inputs(written, read)


def _of_task(task: Task, say: Say) -> tuple[Tasks, Mask]:
    """Return the task's rows, with the last run's labels where there was one, and which rows people labelled."""
    data, labels = task.data, task.run.out / LABELS
    if labels.is_file():
        found = read_labels_file(labels, labels_format(task), say=say)
        tasks, human = _tasks(found, task.instruction), np.array(found.human)
        if content_columns(data) is not None:  # what stands for a row is more than one column, or a reference
            tasks = _with_content(tasks, task, pool_of(task))
    else:
        say(f"There is no {labels} yet, so the rows have no proposals.")
        pool = pool_of(task, say=say)
        nothing = np.full(len(pool), np.nan)
        tasks = Tasks(
            ids=pool.ids,
            texts=pool.shown,
            classes=task.class_names,
            label=np.full(len(pool), -1),
            score=nothing,
            chance=nothing,
            model=_model(),
            instruction=task.instruction,
        )
        tasks = _with_content(tasks, task, pool)
        human = np.zeros(len(pool), bool)
    return tasks, human | _labelled(task, tasks.ids)


def _with_content(tasks: Tasks, task: Task, pool: Pool) -> Tasks:
    """Return the tasks with what the data shows of each row, and the files of images and sound."""
    own = dict(zip(pool.ids, pool.shown, strict=True))
    texts = tuple(own.get(id_, "") for id_ in tasks.ids)
    if pool.content not in {"image", "audio"}:
        return replace(tasks, texts=texts)
    root = Path(os.path.realpath(task.data.media_folder))
    file_of = {id_: file_in(root, each) for id_, each in zip(pool.ids, pool.texts, strict=True)}
    files = tuple(file_of.get(id_, "") for id_ in tasks.ids)
    return replace(tasks, texts=texts, kind=pool.content, files=files, folder=root)


def _labelled(task: Task, ids: Sequence[str]) -> Mask:
    """Return the rows (n,) that the ledger holds a person's label of."""
    ledger = task.run.out / LEDGER
    if not ledger.is_file():
        return np.zeros(len(ids), bool)
    with open_store(ledger, read_only=True) as store:
        known = {id_ for use in USES for id_ in store.human(use).ids}
    return np.array([id_ in known for id_ in ids], bool)


def _tasks(found: LabelsFile, instruction: str) -> Tasks:
    return Tasks(
        ids=found.ids,
        texts=found.texts,
        classes=found.classes,
        label=found.label,
        score=found.confidence,
        chance=np.full(len(found.ids), np.nan),
        model=_model(),
        instruction=instruction,
    )


def _model() -> str:
    return f"mollia {__version__}"


def _drawn(tasks: Tasks, open_rows: Rows, size: int, random_state: int) -> Tasks:
    held = tasks.files or tasks.texts  # equal images have one file, whatever they are called
    groups = duplicates.group([held[row] for row in open_rows.tolist()])
    rows, chance = at_random(len(open_rows), size, generator(random_state, "hand out"), groups=groups)
    drawn = _some(tasks, open_rows[rows], chance)
    return replace(drawn, label=np.full(size, -1), score=np.full(size, np.nan))


def _some(tasks: Tasks, rows: Rows, chance: Vector) -> Tasks:
    return replace(
        tasks,
        ids=tuple(tasks.ids[row] for row in rows),
        texts=tuple(tasks.texts[row] for row in rows),
        files=tuple(tasks.files[row] for row in rows) if tasks.files else (),
        label=tasks.label[rows],
        score=tasks.score[rows],
        chance=chance,
    )
