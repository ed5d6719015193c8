"""A file's panel without the columns that are the human labels themselves."""

from __future__ import annotations

from dataclasses import replace

from mollia.arrays import Classes
from mollia.errors import DataError
from mollia.ledger.panel_matrix import without_llms
from mollia.quality.labels_in_panel import of_people
from mollia.session.panel_file import Panel


def without_people(read: Panel, y: Classes) -> tuple[Panel, tuple[str, ...]]:
    """Return the panel without columns that are the human labels of y (n,) themselves, and a sentence on each.

    Raises
    ------
    DataError
        When no other is left.
    """
    people = of_people(read.answers, y)
    if not people:
        return read, ()
    if len(people) == len(read.answers.llms):
        raise DataError(
            f"{read.pool.source} has no answers of an LLM: {', '.join(people)} holds the human labels and nothing else.",
            hint="Give a file with a column for each LLM.",
        )
    said = (
        f"{name} is not on the panel: it answers only rows that people labelled, always with their label, so it is taken for them."
        for name in people
    )
    return replace(read, read=without_llms(read.read, people)), tuple(said)
