"""From the task's panel to annotators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from mollia.data.panel_file import LlmColumns, read_panel_columns, same_rows
from mollia.data.table import Say, quiet
from mollia.protocols import Annotator, Engine
from mollia.records import Pool, Recording
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
        opened = kind.open_all(members, partial(_recordings, task, pool, say))
        made.update(zip((member.name for member in members), opened, strict=True))
    if engine is not None:
        made = {member.name: engine.place(made[member.name], member) for member in task.panel}
    return [made[member.name] for member in task.panel]


def recording(columns: LlmColumns, ids: Sequence[str]) -> Recording:
    """Return one LLM's columns with the ids of their rows."""
    return Recording(ids=ids, replies=columns.replies, probs=columns.probs, votes=columns.votes)


def _recordings(task: Task, pool: Pool, say: Say, path: Path, llms: Sequence[str]) -> Mapping[str, Recording]:
    """Read recorded answers, whose rows must be the task's."""
    same = path == task.data.path
    panel = read_panel_columns(
        path,
        classes=task.labels,
        id=task.data.id if same else None,
        text=task.data.text if same else None,
        llms=llms,
        text_format=task.data.text_format,
    )
    ids, notes = same_rows(pool, panel)
    for note in (*panel.notes, *notes):
        say(note)
    return {each.name: recording(each, ids) for each in panel.llms}
