"""What a file holds of a panel: the values, and the columns of one LLM read into them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mollia.data.answer_cells import ONE, Mass, Replies, as_mass, as_probabilities, joined_mass
from mollia.data.masses import Masses, plain_masses
from mollia.data.matching import LabelMatcher, match_column
from mollia.data.read import pool_ids, pool_texts
from mollia.data.replies_column import RepliesColumn, list_replies, no_replies, replies_column
from mollia.data.table import Table
from mollia.errors import DataError
from mollia.records import Pool

PER_CLASS = {"prob": "probs", "vote": "votes"}

# kind ("probs", "votes", "replies", "label") -> a column, or class number -> column
Kinds = dict[str, str | dict[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmColumns:
    """What a file holds of one LLM, row by row (n,).

    replies: raw replies, () where there is none. probs, votes: K masses as written (a sum above
    1 is possible), None where a row has none; None altogether where the file has no such column.
    said: a sentence about how the numbers were read, "" where there is nothing to say.
    """

    name: str
    replies: Sequence[Replies]
    probs: Sequence[Mass | None] | None = None
    votes: Sequence[Mass | None] | None = None
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelColumns:
    """A panel's recorded answers; `pool` has a row for each text, "" as text where `has_text` is False."""

    pool: Pool
    llms: tuple[LlmColumns, ...]
    has_text: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The columns that are no LLM's."""

    id: str | None
    text: str | None
    gold: str | None

    @property
    def all(self) -> set[str]:
        """Their names."""
        return {name for name in (self.id, self.text, self.gold) if name is not None}


def per_class(column: str, matcher: LabelMatcher) -> tuple[str, str, int] | None:
    """Split `<llm>_prob_<class>` into LLM, kind and class number."""
    for word, kind in PER_CLASS.items():
        start = column.find(f"_{word}_", 1)
        while start > 0:
            number = matcher(column[start + len(word) + 2 :])
            if number >= 0:
                return column[:start], kind, number
            start = column.find(f"_{word}_", start + 1)
    return None


def llm_columns(table: Table, name: str, kinds: Kinds, matcher: LabelMatcher) -> LlmColumns:
    """Read the cells of one LLM's columns.

    Raises
    ------
    DataError
        On a cell that is not what its column's kind says, with its place.
    """
    replies = no_replies(len(table))
    masses: dict[str, Sequence[Mass | None]] = {}
    for kind, column in kinds.items():
        if isinstance(column, dict):
            masses[kind] = _joined(table, name, column, matcher)
        elif kind in {"label", "replies"}:
            replies = _replies(table, column, matcher)
        else:
            masses[kind] = _masses(table, column, matcher)
    probs, votes = (_or_none(masses.get(kind)) for kind in ("probs", "votes"))
    return LlmColumns(name=name, replies=replies, probs=probs, votes=votes)


def _replies(table: Table, column: str, matcher: LabelMatcher) -> RepliesColumn:
    cells = table.columns[column]
    listed = list_replies(cells, matcher)
    return replies_column(cells, matcher, lambda row: table.where(row, column)) if listed is None else listed


def _masses(table: Table, column: str, matcher: LabelMatcher) -> Masses:
    cells = table.columns[column]
    found = plain_masses(cells, len(matcher.names))
    if found is None:
        masses = [as_mass(cell, matcher, table.where(row, column)) for row, cell in enumerate(cells)]
        found = Masses.of(masses, len(matcher.names))
    return found


def in_unit(llm: LlmColumns, where: Callable[[int], str]) -> LlmColumns:
    """Return an LLM with probabilities from 0 to 1, however they were written; see `as_probabilities`."""
    if llm.probs is None or (isinstance(llm.probs, Masses) and not (llm.probs.values > ONE).any()):
        return llm
    probs, said = as_probabilities(llm.probs, where, llm.name)
    return replace(llm, probs=probs, said=said)


def _or_none(masses: Sequence[Mass | None] | None) -> Sequence[Mass | None] | None:
    """Return None for a column without a single mass."""
    if isinstance(masses, Masses):
        return None if np.isnan(masses.values[:, :1]).all() else masses
    return None if masses is None or all(mass is None for mass in masses) else masses


def _joined(table: Table, llm: str, by_class: Mapping[int, str], matcher: LabelMatcher) -> list[Mass | None]:
    missing = [name for number, name in enumerate(matcher.names) if number not in by_class]
    if missing:
        raise DataError(
            f"{table.source} has probabilities of {llm} for {len(by_class)} classes, but none for: "
            f"{', '.join(missing)}.",
            hint=f"Give one column for each class, as {by_class[min(by_class)]}.",
        )
    columns = [by_class[number] for number in range(len(matcher.names))]
    return [
        joined_mass(cells, table.where(row, columns[0]))
        for row, cells in enumerate(zip(*(table.columns[column] for column in columns), strict=True))
    ]


def panel_pool(table: Table, base: Base, matcher: LabelMatcher) -> Pool:
    """Return the table's rows as a pool, "" as text without a text column."""
    return Pool(
        ids=pool_ids(table, base.id),
        texts=("",) * len(table) if base.text is None else pool_texts(table, base.text),
        gold=np.full(len(table), -1) if base.gold is None else match_column(table, base.gold, matcher),
        columns=table.columns,
        source=table.source,
        places=table.kept_places,
        delimiter=table.delimiter,
        notes=table.left_out,
    )
