"""Panel files with a row for each text: which columns are an LLM's, and why the others are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mollia.data.answer_cells import as_replies, is_mass
from mollia.data.arrow_column import ArrowColumn
from mollia.data.cells import number_of
from mollia.data.label_columns import CLASS, LABEL, MEANING, PREFIX
from mollia.data.matching import LabelMatcher
from mollia.data.panel_columns import Base, Kinds, per_class
from mollia.data.table import Table, fold, is_blank, listed
from mollia.errors import DataError, did_you_mean

# A column is an LLM's if at least this share of its cells, or of its different cells, names a class.
MOSTLY = 0.5
PROSE = 5  # words of a cell
SURELY = 0.8  # texts that differ from row to row are replies if this share of them names a class
WORTH_NAMING = 0.1  # a column is said to be left aside if at least this share of its cells names a class
LOOKED_AT = 1000  # different cells of a column
LISTS = {"_probs": "probs", "_votes": "votes", "_answers": "replies"}
OWN_LABEL = ("", "_label", "_answer", "_reply")  # of an LLM that has probabilities
# Columns of class names that are seldom an LLM's; taking one as an LLM would leak human labels.
HUMAN = frozenset(
    {"gold", LABEL, "labels", "true_label", "gold_label", "ground_truth", "truth", "target", "class"}
    | {"category", "y", "human", "human_label", "expert", "expert_label"}
)


@dataclass(slots=True)
class Wide:
    """Columns by LLM, in the order of their first; `notes` say which others could be one's and why they are not."""

    llms: dict[str, Kinds] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # columns that nothing is read from


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


def every_llm(table: Table, base: Base, matcher: LabelMatcher) -> Wide:
    """Find all columns that are an LLM's: with probabilities, votes and replies, or with labels."""
    masses = wide_columns(table, base, matcher)
    taken = base.all | {column for kinds in masses.values() for column in columns_of(kinds)}
    wide, found = Wide(), dict(masses)
    for column in table.columns:
        if column in taken:
            continue
        owner = next((llm for llm in masses for end in OWN_LABEL if column == llm + end), None)
        if owner is not None:
            _add_label(owner, column, found, wide.notes)
        elif (reason := _not_an_llm(table, column, matcher, wide.notes)) is None:
            found[column] = {"label": column}
        elif reason:
            wide.notes.append(f'{table.source}: column "{column}" {reason}')
        else:
            wide.unread.append(column)
    place = {column: at for at, column in enumerate(table.columns)}
    wide.llms = dict(
        sorted(found.items(), key=lambda item: min(place[column] for column in columns_of(item[1])))
    )
    return wide


def columns_of(kinds: Kinds) -> list[str]:
    """Return the columns of an LLM."""
    nested = [column.values() if isinstance(column, dict) else (column,) for column in kinds.values()]
    return [name for names in nested for name in names]


def _add_label(llm: str, column: str, found: dict[str, Kinds], notes: list[str]) -> None:
    """Take an LLM's label beside its probabilities; where votes or replies say more, say that it is not read."""
    kinds = found[llm]
    better = next((kinds[kind] for kind in ("replies", "label", "votes") if kind in kinds), None)
    if better is None:
        found[llm] = {**kinds, "label": column}
        return
    shown = better if isinstance(better, str) else next(iter(better.values()))
    notes.append(
        f'Column "{column}" was not read: the answers of {llm} are in "{shown}" (--llms {column} takes it instead).'
    )


def _not_an_llm(table: Table, column: str, matcher: LabelMatcher, notes: list[str]) -> str | None:
    """Return why a column is not taken as an LLM's, "" where nothing suggests that it is one, None where it is."""
    written = _written(table.columns[column])
    cells = sum(times for _, times in written)
    if not cells:
        return ""
    exactly = sum(times for cell, times in written if matcher(cell) >= 0) / cells
    named = [times for cell, times in written if _names_a_class(cell, matcher)]
    share = sum(named) / cells
    mostly = max(exactly, share, len(named) / len(written)) >= MOSTLY
    take = f"(--llms {column} takes it)."
    if mostly and fold(column) in HUMAN:
        use = " (the same file as --seed-labels gives them)" if column == LABEL else ""
        return f"looks like human labels{use} and was not taken as an LLM {take}"
    if mostly and _bare(column) in MEANING:
        return f"was written by mollia and was not taken as an LLM {take}"
    if mostly and (exactly >= MOSTLY or share >= SURELY or not _prose(written, cells)):
        if exactly < MOSTLY:
            notes.append(
                f'{table.source}: column "{column}" was taken as an LLM\'s replies: a class is named in '
                f"{share:.0%} of them (--llms names the LLMs, if it is not one)."
            )
        return None
    if share >= WORTH_NAMING:
        return f"was not taken as an LLM: a class is named in only {share:.0%} of its cells {take}"
    return _almost(column, [cell for cell, _ in written], matcher)


def _almost(column: str, cells: Sequence[object], matcher: LabelMatcher) -> str:
    """Return what a column would need to be read as an LLM's, "" where it holds nothing of the kind."""
    if _bare(column).startswith(CLASS):
        return ""
    if all(is_mass(cell, len(matcher.names)) for cell in cells):
        return f'holds {len(matcher.names)} numbers in each cell and was not read: call it "{column}_probs".'
    for end in range(2, len(column)):
        number = matcher(column[end:]) if column[end - 1] in "_-. :" else -1
        if number >= 0 and all(number_of(cell) is not None for cell in cells):
            llm = column[: end - 1].removesuffix("_probability").removesuffix("_p")
            return f'was not read: if it is a probability, call it "{llm}_prob_{matcher.names[number]}".'
    return ""


def _written(cells: Sequence[object]) -> list[tuple[object, int]]:
    """Return up to LOOKED_AT different cells, spread over the column, with how often each occurs."""
    if isinstance(cells, ArrowColumn) and cells.is_text:
        number, distinct = cells.distinct()
        counts = np.bincount(number[number >= 0], minlength=len(distinct)).tolist()
        found = [(cell, count) for cell, count in zip(distinct, counts, strict=True) if not is_blank(cell)]
        return found[:: max(1, -(-len(found) // LOOKED_AT))]
    times: dict[object, list[object]] = {}
    for cell in cells:
        if not is_blank(cell):
            times.setdefault(cell if isinstance(cell, str) else repr(cell), []).append(cell)
    found = [(same[0], len(same)) for same in times.values()]
    return found[:: max(1, -(-len(found) // LOOKED_AT))]


def _names_a_class(cell: object, matcher: LabelMatcher) -> bool:
    if matcher(cell) >= 0:
        return True
    try:
        replies = as_replies(cell, matcher, "")
    except DataError:
        return False
    return any(matcher(reply) >= 0 or matcher.finds(reply) for reply in replies)


def _prose(written: Sequence[tuple[object, int]], cells: int) -> bool:
    """Tell whether cells are sentences that hardly repeat."""
    words = sum(len(str(cell).split()) for cell, _ in written) / len(written)
    return len(written) > MOSTLY * cells and words > PROSE


def _bare(column: str) -> str:
    while column.startswith(PREFIX):
        column = column.removeprefix(PREFIX)
    return column


def named(table: Table, name: str, wide: Mapping[str, Kinds]) -> Kinds:
    """Return the columns of an LLM given by prefix or column name.

    Raises
    ------
    DataError
        When the table has neither.
    """
    if name in wide:
        own = next((name + end for end in OWN_LABEL if name + end in table.columns), None)
        plain = own is not None and not {"replies", "votes"} & wide[name].keys()
        return {**wide[name], "label": own} if plain and own is not None else wide[name]
    column = table.find(name)
    if column is None:
        known = [*wide, *table.columns]
        raise DataError(
            f'{table.source} has no answers of an LLM "{name}".{did_you_mean(name, known)}',
            hint=f"LLMs and columns: {listed(known)}.",
        )
    return {"label": column}
