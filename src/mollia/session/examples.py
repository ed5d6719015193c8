"""The labelled texts the LLMs are shown (few-shot), from the task's own seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mollia.annotate.few_shot import Example, fixed, nearest
from mollia.data import duplicates
from mollia.errors import TaskError
from mollia.people.ledger_sync import labels_from_task
from mollia.records import Pool
from mollia.registry import find
from mollia.settings import PanelMember
from mollia.task.config import Examples, Task


def wanted_of(task: Task, member: PanelMember) -> Examples:
    """Return which examples an LLM is shown: its own settings where it has some, else the task's."""
    own = {"number": member.examples, "choose": member.choose}
    return task.examples.model_copy(update={key: value for key, value in own.items() if value is not None})


def shown_examples(task: Task, pool: Pool, wanted: Examples) -> Sequence[Example] | list[list[Example]]:
    """Return the examples for all texts, or a list for each.

    They come from the seed file or draw alone: labels given later, on the web page, would make
    every question a new one. `make_questions` leaves a row's own label out.

    Raises
    ------
    TaskError
        When examples are wanted and there is no seed.
    """
    if not wanted.number:
        return ()
    labels = labels_from_task(task, pool, duplicates.group(pool.texts))
    if not len(labels):
        raise TaskError(
            "examples.number (or a panel member's examples) asks for labelled examples, and the task has no seed to take them from.",
            hint="Give seed.path (or seed.draw), or set examples.number = 0 and no examples in [[panel]].",
        )
    rows, y = pool.rows_of(labels.ids), labels.y
    examples = [
        Example(text_id=pool.ids[row], text=pool.texts[row], label=int(label))
        for row, label in zip(rows.tolist(), y.tolist(), strict=True)
    ]
    if wanted.choose == "fixed":
        return [examples[i] for i in fixed(y, wanted.number).tolist()]
    vectors = find("encoder", "lexical")().fit(pool.texts).encode(pool.texts).astype(np.float64)
    picked = nearest(vectors, rows, y, wanted.number, diverse=wanted.choose == "diverse")
    return [[examples[i] for i in some.tolist()] for some in picked]
