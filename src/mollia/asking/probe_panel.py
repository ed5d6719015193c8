"""A look at the panel's LLMs: what each can do."""

from __future__ import annotations

from itertools import islice

from mollia.errors import DataError
from mollia.records import Probe
from mollia.session.open_task import open_panel
from mollia.session.task_pool import pool_of
from mollia.task.config import Task

SHOWN_TO = 2  # questions a probe needs


def look_at_panel(task: Task) -> list[Probe]:
    """Return what each panel member can do; recorded answers need no look.

    Raises
    ------
    DataError
        When no text has a word in it: a probe asks about two.
    """
    pool = pool_of(task)
    if not any(text.strip() for text in pool.texts):
        raise DataError(f"{pool.source}: all texts are empty, so there is nothing to ask the LLMs about.")
    with open_panel(task, pool) as panel:
        found = [
            annotator.probe(
                list(islice((each for each in panel.questions[annotator.name] if each.prompt.user), SHOWN_TO))
            )
            for annotator in panel.annotators
        ]
    return [each for each in found if each is not None]
