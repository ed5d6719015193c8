"""Panel files with a row for each text: which columns are an LLM's."""

from __future__ import annotations

from collections.abc import Mapping

from mollia.data.matching import LabelMatcher
from mollia.data.panel_columns import Base, Kinds, per_class
from mollia.data.table import Table, fold, is_blank
from mollia.errors import DataError, did_you_mean

MOSTLY = 0.5  # a column is an LLM's if at least this share of its cells names a class
LISTS = {"_probs": "probs", "_votes": "votes", "_answers": "replies"}
# Columns of class names that are seldom an LLM's; taking one as an LLM would leak human labels.
HUMAN = frozenset(
    {"gold", "label", "labels", "true_label", "gold_label", "ground_truth", "truth", "target", "class"}
    | {"category", "y", "human"}
)


def wide_columns(table: Table, base: Base, matcher: LabelMatcher) -> dict[str, Kinds]:
    """Find `<llm>_probs` and the like; LLMs in order of their first column."""
    found: dict[str, Kinds] = {}
    for column in table.columns:
        if column in base.all:
            continue
        for suffix, kind in LISTS.items():
            if column.endswith(suffix) and len(column) > len(suffix):
                found.setdefault(column.removesuffix(suffix), {})[kind] = column
        if (split := per_class(column, matcher)) is not None:
            llm, kind, number = split
            by_class = found.setdefault(llm, {}).setdefault(kind, {})
            if isinstance(by_class, dict):
                by_class[number] = column
    return found


def label_columns(table: Table, base: Base, matcher: LabelMatcher, notes: list[str]) -> dict[str, Kinds]:
    """Find columns whose cells are mostly class names; `notes` takes what was left aside."""
    found: dict[str, Kinds] = {}
    for column, cells in table.columns.items():
        if column in base.all:
            continue
        written = [cell for cell in cells if not is_blank(cell)]
        if not written or sum(matcher(cell) >= 0 for cell in written) < MOSTLY * len(written):
            continue
        if fold(column) in HUMAN:
            notes.append(
                f'{table.source}: column "{column}" looks like human labels and was not taken as an LLM.'
            )
        else:
            found[column] = {"label": column}
    return found


def named(table: Table, name: str, wide: Mapping[str, Kinds]) -> Kinds:
    """Return the columns of an LLM given by prefix or column name.

    Raises
    ------
    DataError
        When the table has neither.
    """
    if name in wide:
        return wide[name]
    column = table.find(name)
    if column is None:
        known = [*wide, *table.columns]
        raise DataError(
            f'{table.source} has no answers of an LLM "{name}".{did_you_mean(name, known)}',
            hint=f"LLMs and columns: {', '.join(known)}.",
        )
    return {"label": column}
