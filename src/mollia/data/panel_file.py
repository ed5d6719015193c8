"""Files that already hold LLM answers: their shape recognised, their cells checked.

Three shapes: one column per LLM with its label (or raw reply); columns `<llm>_probs`,
`<llm>_votes`, `<llm>_answers` (lists, in CSV written as JSON) or `<llm>_prob_<class>`; and long
rows `id, llm, label` (or answers, probs, votes), one per answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from mollia.data.matching import ClassNames, LabelMatcher
from mollia.data.panel_columns import Base, LlmColumns, PanelColumns, llm_columns, panel_pool
from mollia.data.panel_long import LLM_NAMES, gather, long_kinds
from mollia.data.panel_wide import label_columns, named, wide_columns
from mollia.data.read import read_table
from mollia.data.table import Say, quiet
from mollia.errors import DataError

__all__ = ["LlmColumns", "PanelColumns", "read_panel_columns"]

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
    encoding: str = "utf-8",
    delimiter: str | None = None,
    say: Say = quiet,
) -> PanelColumns:
    """Read a file or frame with LLM answers, in any of the module's three shapes.

    `text`, `id` and `gold` name columns; columns of just these names are taken where they are
    not given (without ids, row numbers from "1" serve). `llms` chooses LLMs, by column or prefix;
    otherwise all recognised are taken, of the plain form those whose cells are mostly class names.

    Raises
    ------
    DataError
        When no LLM is recognised (the message lists the columns and the shapes), and on masses
        that are not K non-negative numbers, with row and column.
    """
    table = read_table(source, encoding=encoding, delimiter=delimiter)
    for note in table.notes:
        say(note)
    if not len(table):
        raise DataError(f"{table.source} has column names but no rows.")
    notes: list[str] = []
    matcher = LabelMatcher(classes)
    base = Base(
        id=table.find("id") if id is None else table.need(id, "the ids", say=say),
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
