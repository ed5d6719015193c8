"""From the task's panel to annotators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from mollia.annotate.recorded import RecordedMember
from mollia.arrays import MANY, Rows
from mollia.data.panel_file import LlmColumns, PanelColumns, read_panel_columns, same_rows
from mollia.data.table import Say, quiet
from mollia.protocols import Annotator, Engine
from mollia.records import Pool, Recording
from mollia.session.recorded_columns import RecordedColumns
from mollia.session.task_pool import content_columns
from mollia.settings import PanelMember
from mollia.task.config import Task


def build_annotators(
    task: Task, pool: Pool, *, say: Say = quiet, engine: Engine | None = None
) -> list[Annotator]:
    """Return one annotator for each panel member, in the task's order; `say` is told how recorded files were read.

    An `engine` places them where it works; without one they ask from here.

    Raises
    ------
    MolliaError
        When a recorded file is wrong or a member's kind is not to be had.
    """
    of_kind: dict[type[PanelMember], list[PanelMember]] = {}
    for member in task.panel:
        of_kind.setdefault(type(member), []).append(member)
    made: dict[str, Annotator] = {}
    for kind, members in of_kind.items():
        opened = (
            _columns(task, pool, say, [each for each in members if isinstance(each, RecordedMember)])
            if kind is RecordedMember and stays_in_file(task, len(pool))
            else kind.open_all(members, partial(_recordings, task, pool, say))
        )
        made.update(zip((member.name for member in members), opened, strict=True))
    if engine is not None:
        made = {member.name: engine.place(made[member.name], member) for member in task.panel}
    return [made[member.name] for member in task.panel]


def stays_in_file(task: Task, n: int) -> bool:
    """Whether recorded answers to n rows are read where they lie instead of being copied into the ledger.

    A cascade asks some LLMs about some rows: which, only a ledger says.
    """
    return n > MANY and not task.run.cascade


def _columns(
    task: Task, pool: Pool, say: Say, members: Sequence[RecordedMember]
) -> Sequence[RecordedColumns]:
    """Read the members' files, each once, into columns in the pool's order."""
    named: dict[Path, dict[str, None]] = {}
    for member in members:
        named.setdefault(member.path, {})[member.column] = None
    made: dict[tuple[Path, str], tuple[LlmColumns, Rows | None]] = {}
    for path, columns in named.items():
        panel, ids = _read(task, pool, say, path, tuple(columns))
        rows = None
        if ids is not pool.ids:
            place = {id_: row for row, id_ in enumerate(ids)}
            rows = np.array([place.get(id_, -1) for id_ in pool.ids], np.int64)
        made |= {(path, each.name): (each, rows) for each in panel.llms}
    return [
        RecordedColumns(
            replace(made[each.path, each.column][0], name=each.name),
            pool.ids,
            made[each.path, each.column][1],
            n_classes=len(task.classes),
            path=each.path,
        )
        for each in members
    ]


def recording(columns: LlmColumns, ids: Sequence[str]) -> Recording:
    """Return one LLM's columns with the ids of their rows."""
    return Recording(ids=ids, replies=columns.replies, probs=columns.probs, votes=columns.votes)


def _recordings(task: Task, pool: Pool, say: Say, path: Path, llms: Sequence[str]) -> Mapping[str, Recording]:
    """Read recorded answers, whose rows must be the task's."""
    panel, ids = _read(task, pool, say, path, llms)
    return {each.name: recording(each, ids) for each in panel.llms}


def _read(
    task: Task, pool: Pool, say: Say, path: Path, llms: Sequence[str]
) -> tuple[PanelColumns, Sequence[str]]:
    """Return a file's answers, and the ids of its rows as the pool writes them; the pool's own where the rows are the same."""
    same = path == task.data.path
    panel = read_panel_columns(
        path,
        classes=task.labels,
        id=task.data.id if same else None,
        text=task.data.text if same and content_columns(task.data) is None else None,
        llms=llms,
        text_format=task.data.text_format,
    )
    if content_columns(task.data) is not None:  # texts there are not these rows' contents
        panel = replace(panel, has_text=False)
    ids, notes = same_rows(pool, panel)
    for note in (*panel.notes, *notes):
        say(note)
    return panel, ids
