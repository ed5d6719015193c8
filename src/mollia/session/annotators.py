"""From the task's panel to annotators."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from mollia.annotate.recorded import RecordedAnnotator
from mollia.data.panel_file import LlmColumns, PanelColumns, check_same_rows, read_panel_columns
from mollia.protocols import Annotator
from mollia.records import Pool
from mollia.registry import find
from mollia.task.config import Llm, Task


def build_annotators(task: Task, pool: Pool) -> list[Annotator]:
    """Return one annotator for each panel member, in the task's order.

    Raises
    ------
    MolliaError
        When a recorded file is wrong or a member's kind is not to be had.
    """
    recorded = _recorded_columns(task)
    for columns in recorded.values():
        check_same_rows(pool, columns)
    out: list[Annotator] = []
    for member in task.panel:
        if member.kind == "recorded":
            columns = recorded[str(member.path)]
            found = next(each for each in columns.llms if each.name == member.column)
            out.append(recorded_annotator(found, columns.pool.ids, name=member.name))
        else:
            out.append(find("annotator", member.kind)(member))
    return out


def recorded_annotator(columns: LlmColumns, ids: tuple[str, ...], *, name: str) -> RecordedAnnotator:
    """Return one LLM's recorded answers as an annotator."""
    return RecordedAnnotator(name, ids, replies=columns.replies, probs=columns.probs, votes=columns.votes)


def _recorded_columns(task: Task) -> dict[str, PanelColumns]:
    """Read each recorded file once."""
    members: dict[str, list[Llm]] = defaultdict(list)
    for member in task.panel:
        if member.kind == "recorded":
            members[str(member.path)].append(member)
    same = str(task.data.path)
    return {
        path: read_panel_columns(
            Path(path),
            classes=task.labels,
            id=task.data.id if path == same else None,
            text=task.data.text if path == same else None,
            llms=tuple(dict.fromkeys(member.column for member in those)),
            encoding=task.data.encoding,
            delimiter=task.data.delimiter,
        )
        for path, those in members.items()
    }
