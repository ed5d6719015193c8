"""Files that already hold LLM answers: their shape recognised, their cells checked.

Three shapes: one column per LLM with its label (or raw reply); columns `<llm>_probs`,
`<llm>_votes`, `<llm>_answers` (lists, in CSV written as JSON) or `<llm>_prob_<class>`; and long
rows `id, llm, label` (or answers, probs, votes), one per answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mollia.data.duplicates import group
from mollia.data.matching import ClassNames, LabelMatcher
from mollia.data.panel_columns import Base, LlmColumns, PanelColumns, llm_columns, panel_pool
from mollia.data.panel_long import LLM_NAMES, gather, long_kinds
from mollia.data.panel_wide import label_columns, named, wide_columns
from mollia.data.read import id_column, read_table
from mollia.data.table import Say, quiet
from mollia.errors import DataError
from mollia.records import Pool
from mollia.text_format import UTF_8, TextFormat

__all__ = ["LlmColumns", "PanelColumns", "check_same_rows", "read_panel_columns"]

SHAPES = (
    "Expected one column per LLM with its label (id,text,gemma,llama); or columns gemma_probs, gemma_votes, "
    "gemma_answers; or long rows id,llm,label. If replies are free text, name the LLMs' columns (--llms)."
)


def read_panel_columns(
    source: object,
    *,
    classes: ClassNames,
    text: str | None = None,
    id: str | None = None,  # noqa: A002  # the column's name everywhere
    gold: str | None = None,
    llms: Sequence[str] = (),
    text_format: TextFormat = UTF_8,
    say: Say = quiet,
) -> PanelColumns:
    """Read a file or frame with LLM answers, in any of the module's three shapes.

    `text`, `id` and `gold` name columns; columns of just these names are taken where they are
    not given (without ids, or with "" as `id`, row numbers from "1" serve). `llms` chooses LLMs, by column or prefix;
    otherwise all recognised are taken, of the plain form those whose cells are mostly class names.

    Raises
    ------
    DataError
        When no LLM is recognised (the message lists the columns and the shapes), and on masses
        that are not K non-negative numbers, with row and column.
    """
    table = read_table(source, text_format=text_format)
    for note in table.notes:
        say(note)
    if not len(table):
        raise DataError(f"{table.source} has column names but no rows.")
    notes: list[str] = []
    matcher = LabelMatcher(classes)
    base = Base(
        id=id_column(table, id, say=say),
        text=table.find("text") if text is None else table.need(text, "the texts", say=say),
        gold=table.find("gold") if gold is None else table.need(gold, "the gold labels", say=say),
    )
    wide = wide_columns(table, base, matcher)
    llm_column = next((found for name in LLM_NAMES if (found := table.find(name))), None)
    if llm_column and base.id and not wide and not any(name in table.columns for name in llms):  # noqa: SIM102  # two ideas
        if kinds := long_kinds(table, base, matcher):
            return gather(table, base, llm_column, kinds, matcher, llms=llms)
    if llms:
        wide = {name: named(table, name, wide) for name in llms}
    elif not wide:
        wide = label_columns(table, base, matcher, notes)
    for note in notes:
        say(note)
    if not wide:
        listed = ", ".join(f'"{name}"' for name in table.columns)
        raise DataError(f"{table.source} has no column of an LLM among: {listed}.", hint=SHAPES)
    return PanelColumns(
        pool=panel_pool(table, base, matcher),
        llms=tuple(llm_columns(table, name, kinds, matcher) for name, kinds in wide.items()),
        has_text=base.text is not None,
        notes=tuple(notes),
    )


def check_same_rows(pool: Pool, panel: PanelColumns) -> None:
    """Make sure that ids of a panel file mean the pool's rows, before answers are joined by them.

    Raises
    ------
    DataError
        When no id is shared, or most texts of shared ids differ (NFC, blanks at the ends aside).
    """
    row = {known: at for at, known in enumerate(panel.pool.ids)}
    shared = [(at, row[known]) for at, known in enumerate(pool.ids) if known in row]
    if not shared:
        raise DataError(
            f"{panel.pool.source} and {pool.source} have no id in common "
            f"({', '.join(panel.pool.ids[:3])} … against {', '.join(pool.ids[:3])} …).",
            hint="Name the column with the ids in both, or give one of them the ids of the other.",
        )
    if not panel.has_text:
        return
    ours = [pool.texts[at] for at, _ in shared]
    theirs = [panel.pool.texts[at] for _, at in shared]
    groups = group([*ours, *theirs])
    different = np.flatnonzero(groups[: len(ours)] != groups[len(ours) :])
    if len(different) > len(shared) / 2:
        first = int(different[0])
        raise DataError(
            f'{panel.pool.source} has other texts than {pool.source}: id "{pool.ids[shared[first][0]]}" is '
            f'"{theirs[first][:60]}" there and "{ours[first][:60]}" here ({len(different)} of {len(shared)} differ).',
            hint="Both must use the same ids: name the id column in both (row numbers begin with 1).",
        )
