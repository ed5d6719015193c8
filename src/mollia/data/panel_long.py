"""Panel files with a row for each answer: gathered by text and LLM."""

from __future__ import annotations

from collections.abc import Sequence

from mollia.data.answer_cells import Mass, Replies
from mollia.data.matching import LabelMatcher
from mollia.data.panel_columns import (
    Base,
    Kinds,
    LlmColumns,
    PanelColumns,
    in_unit,
    llm_columns,
    panel_pool,
    per_class,
)
from mollia.data.panel_wide import columns_of
from mollia.data.table import Table, as_text, fold, is_blank, listed
from mollia.errors import DataError, did_you_mean

LLM_NAMES = ("llm", "model", "annotator")
LONG = {
    "label": "label",
    "answer": "label",
    "reply": "label",
    "answers": "replies",
    "probs": "probs",
    "votes": "votes",
}


def long_kinds(table: Table, base: Base, matcher: LabelMatcher) -> Kinds:
    """Find the answer columns of long rows."""
    kinds: Kinds = {}
    for column in table.columns:
        if column in base.all:
            continue
        if fold(column) in LONG:
            kinds.setdefault(LONG[fold(column)], column)
        elif (split := per_class(f"x_{column}", matcher)) is not None and split[0] == "x":
            by_class = kinds.setdefault(split[1], {})
            if isinstance(by_class, dict):
                by_class[split[2]] = column
    return kinds


def gather(
    table: Table,
    base: Base,
    llm_column: str,
    kinds: Kinds,
    matcher: LabelMatcher,
    *,
    llms: Sequence[str] = (),
) -> PanelColumns:
    """Gather long rows by id and LLM, both in order of appearance; several rows are several replies.

    Raises
    ------
    DataError
        On rows without id or LLM, two different masses or texts for one, and an unknown name in `llms`.
    """
    every = llm_columns(table, "the LLMs", kinds, matcher)
    first, texts_of = _first_rows(table, base.id or "")
    n = len(first)
    replies: dict[str, list[Replies]] = {}
    masses: dict[tuple[str, str], list[Mass | None]] = {}
    for row, cell in enumerate(table.columns[llm_column]):
        if is_blank(cell):
            raise DataError(f"{table.where(row, llm_column)}: an answer without the name of its LLM.")
        name, at = as_text(cell) or str(cell), texts_of[row]
        replies.setdefault(name, [()] * n)[at] += every.replies[row]
        for kind, given in (("probs", every.probs), ("votes", every.votes)):
            if given is None or given[row] is None:
                continue
            kept = masses.setdefault((name, kind), [None] * n)
            if kept[at] not in {None, given[row]}:
                raise DataError(
                    f"{table.where(row, llm_column)}: a second row of {kind} of {name} for the same text, "
                    "different from the first.",
                    hint="Give one row of probabilities or votes for each text and LLM.",
                )
            kept[at] = given[row]
    answers = {llm_column, *columns_of(kinds)}
    per_text = _per_text(table, base, first, texts_of, answers)
    left = [name for name in table.columns if name not in {*per_text.columns, *answers}]
    notes = [f"Columns that differ between a text's answers are not in the output: {listed(left)}."]
    return PanelColumns(
        pool=panel_pool(per_text, base, matcher),
        llms=tuple(
            in_unit(
                LlmColumns(
                    name=name,
                    replies=replies[name],
                    probs=masses.get((name, "probs")),
                    votes=masses.get((name, "votes")),
                ),
                per_text.where,
            )
            for name in _chosen(list(replies), llms, table.source)
        ),
        has_text=base.text is not None,
        notes=tuple(notes if left else ()),
    )


def _chosen(found: Sequence[str], llms: Sequence[str], source: str) -> Sequence[str]:
    for name in llms:
        if name not in found:
            raise DataError(
                f'{source} has no answers of an LLM "{name}".{did_you_mean(name, found)}',
                hint=f"LLMs: {listed(found)}.",
            )
    return llms or found


def _first_rows(table: Table, id_column: str) -> tuple[list[int], list[int]]:
    """Return each id's first row, and for each row the number of its id."""
    numbers: dict[str, int] = {}
    first: list[int] = []
    number_of: list[int] = []
    for row, cell in enumerate(table.columns[id_column]):
        written = as_text(cell)
        if not written or is_blank(cell):
            raise DataError(f"{table.where(row, id_column)}: an answer without the id of its text.")
        if written not in numbers:
            numbers[written] = len(first)
            first.append(row)
        number_of.append(numbers[written])
    return first, number_of


def _per_text(
    table: Table, base: Base, first: Sequence[int], number_of: Sequence[int], answers: set[str]
) -> Table:
    """Return one row per id, with the columns that do not change from answer to answer."""
    columns = {}
    for name, cells in table.columns.items():
        if name in answers:
            continue
        changed = next(
            (row for row, number in enumerate(number_of) if not _same(cells[row], cells[first[number]])), None
        )
        if changed is None:
            columns[name] = [cells[row] for row in first]
        elif name in base.all:
            raise DataError(
                f"{table.where(changed, name)}: differs from {table.where(first[number_of[changed]])} "
                "though the id is the same.",
                hint="Rows of one id must have one text and one gold label.",
            )
    places = [table.places[row] for row in first]
    return Table(columns=columns, source=table.source, places=places, unit=table.unit)


def _same(cell: object, other: object) -> bool:
    return cell == other or (is_blank(cell) and is_blank(other))
