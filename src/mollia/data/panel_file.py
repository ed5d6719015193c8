"""Files that already hold LLM answers: their shape recognised, their cells checked.

Three shapes: one column per LLM with its label (or raw reply); columns `<llm>_probs`,
`<llm>_votes`, `<llm>_answers` (lists, in CSV written as JSON) or `<llm>_prob_<class>`; and long
rows `id, llm, label` (or answers, probs, votes), one per answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mollia.data.answer_cells import Mass, Replies, as_mass, as_replies, joined_mass
from mollia.data.matching import ClassNames, LabelMatcher, match_column
from mollia.data.read import pool_ids, pool_texts, read_table
from mollia.data.table import Say, Table, as_text, fold, is_blank, quiet
from mollia.errors import DataError, did_you_mean
from mollia.records import Pool

MOSTLY = 0.5  # a column is an LLM's if at least this share of its cells names a class
LISTS = {"_probs": "probs", "_votes": "votes", "_answers": "replies"}
PER_CLASS = {"prob": "probs", "vote": "votes"}
LLM_COLUMNS = ("llm", "model", "annotator")
LONG = {
    "label": "label",
    "answer": "label",
    "reply": "label",
    "answers": "replies",
    "probs": "probs",
    "votes": "votes",
}
# Columns of class names that are seldom an LLM's; taking one as an LLM would leak human labels.
HUMAN = frozenset(
    {"gold", "label", "labels", "true_label", "gold_label", "ground_truth", "truth", "target", "class"}
    | {"category", "y", "human"}
)
SHAPES = (
    "Expected one column per LLM with its label (id,text,gemma,llama); or columns gemma_probs, gemma_votes, "
    "gemma_answers; or long rows id,llm,label. If replies are free text, name the LLMs' columns (--llms)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmColumns:
    """What a file holds of one LLM, row by row (n,).

    replies: raw replies, () where there is none. probs, votes: K masses as written (a sum above
    1 is possible), None where a row has none; None altogether where the file has no such column.
    """

    name: str
    replies: Sequence[Replies]
    probs: Sequence[Mass | None] | None = None
    votes: Sequence[Mass | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelColumns:
    """A panel's recorded answers; `pool` has a row for each text, "" as text where `has_text` is False."""

    pool: Pool
    llms: tuple[LlmColumns, ...]
    has_text: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """The columns that are no LLM's."""

    id: str | None
    text: str | None
    gold: str | None

    @property
    def all(self) -> set[str]:
        return {name for name in (self.id, self.text, self.gold) if name is not None}


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
    base = _Base(
        id=table.find("id") if id is None else table.need(id, "the ids", say=say),
        text=table.find("text") if text is None else table.need(text, "the texts", say=say),
        gold=table.find("gold") if gold is None else table.need(gold, "the gold labels", say=say),
    )
    wide = _wide_columns(table, base, matcher)
    llm_column = next((found for name in LLM_COLUMNS if (found := table.find(name))), None)
    if not wide and not llms and llm_column and base.id and _long_kinds(table, base, matcher):
        return _long(table, base, llm_column, matcher)
    if llms:
        wide = {name: _named(table, name, wide) for name in llms}
    elif not wide:
        wide = _label_columns(table, base, matcher, notes)
    for note in notes:
        say(note)
    if not wide:
        listed = ", ".join(f'"{name}"' for name in table.columns)
        raise DataError(f"{table.source} has no column of an LLM among: {listed}.", hint=SHAPES)
    return PanelColumns(
        pool=_pool(table, base, matcher),
        llms=tuple(_llm(table, name, kinds, matcher) for name, kinds in wide.items()),
        has_text=base.text is not None,
        notes=tuple(notes),
    )


# kind ("probs", "votes", "replies", "label") -> a column, or class number -> column
_Kinds = dict[str, str | dict[int, str]]


def _wide_columns(table: Table, base: _Base, matcher: LabelMatcher) -> dict[str, _Kinds]:
    """Find `<llm>_probs` and the like; LLMs in order of their first column."""
    found: dict[str, _Kinds] = {}
    for column in table.columns:
        if column in base.all:
            continue
        for suffix, kind in LISTS.items():
            if column.endswith(suffix) and len(column) > len(suffix):
                found.setdefault(column.removesuffix(suffix), {})[kind] = column
        if (split := _per_class(column, matcher)) is not None:
            llm, kind, number = split
            by_class = found.setdefault(llm, {}).setdefault(kind, {})
            if isinstance(by_class, dict):
                by_class[number] = column
    return found


def _per_class(column: str, matcher: LabelMatcher) -> tuple[str, str, int] | None:
    """Split `<llm>_prob_<class>` into LLM, kind and class number."""
    for word, kind in PER_CLASS.items():
        start = column.find(f"_{word}_", 1)
        while start > 0:
            number = matcher(column[start + len(word) + 2 :])
            if number >= 0:
                return column[:start], kind, number
            start = column.find(f"_{word}_", start + 1)
    return None


def _label_columns(table: Table, base: _Base, matcher: LabelMatcher, notes: list[str]) -> dict[str, _Kinds]:
    found: dict[str, _Kinds] = {}
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


def _named(table: Table, name: str, wide: Mapping[str, _Kinds]) -> _Kinds:
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


def _llm(table: Table, name: str, kinds: _Kinds, matcher: LabelMatcher) -> LlmColumns:
    nothing: tuple[Replies, ...] = ((),) * len(table)
    replies: Sequence[Replies] = nothing
    masses: dict[str, Sequence[Mass | None]] = {}
    for kind, column in kinds.items():
        if isinstance(column, dict):
            masses[kind] = _joined(table, name, column, matcher)
        elif kind == "label":
            replies = [_reply(cell, matcher) for cell in table.columns[column]]
        elif kind == "replies":
            cells = table.columns[column]
            replies = [as_replies(cell, table.where(row, column)) for row, cell in enumerate(cells)]
        else:
            masses[kind] = [
                as_mass(cell, matcher, table.where(row, column))
                for row, cell in enumerate(table.columns[column])
            ]
    return LlmColumns(name=name, replies=replies, **{k: _or_none(m) for k, m in masses.items()})


def _or_none(masses: Sequence[Mass | None]) -> Sequence[Mass | None] | None:
    """Return None for a column without a single mass."""
    return None if all(mass is None for mass in masses) else masses


def _reply(cell: object, matcher: LabelMatcher) -> Replies:
    """Return the one reply of a plain cell; a typed one becomes the class it means."""
    if is_blank(cell):
        return ()
    if isinstance(cell, str):
        return (cell,)
    number = matcher(cell)
    return (matcher.names[number] if number >= 0 else as_text(cell) or str(cell),)


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


def _pool(table: Table, base: _Base, matcher: LabelMatcher) -> Pool:
    return Pool(
        ids=pool_ids(table, base.id),
        texts=("",) * len(table) if base.text is None else pool_texts(table, base.text),
        gold=np.full(len(table), -1) if base.gold is None else match_column(table, base.gold, matcher),
        columns=table.columns,
        source=table.source,
        places=tuple(table.places),
    )


def _long_kinds(table: Table, base: _Base, matcher: LabelMatcher) -> _Kinds:
    """Find the answer columns of long rows."""
    kinds: _Kinds = {}
    for column in table.columns:
        if column in base.all:
            continue
        if fold(column) in LONG:
            kinds.setdefault(LONG[fold(column)], column)
        elif (split := _per_class(f"x_{column}", matcher)) is not None and split[0] == "x":
            by_class = kinds.setdefault(split[1], {})
            if isinstance(by_class, dict):
                by_class[split[2]] = column
    return kinds


def _long(table: Table, base: _Base, llm_column: str, matcher: LabelMatcher) -> PanelColumns:
    """Gather long rows by id and LLM, both in order of appearance."""
    kinds = _long_kinds(table, base, matcher)
    every = _llm(table, "the LLMs", kinds, matcher)
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
    answers = {llm_column, *_names(kinds)}
    return PanelColumns(
        pool=_pool(_per_text(table, base, first, texts_of, answers), base, matcher),
        llms=tuple(
            LlmColumns(
                name=name,
                replies=replies[name],
                probs=masses.get((name, "probs")),
                votes=masses.get((name, "votes")),
            )
            for name in replies
        ),
        has_text=base.text is not None,
    )


def _names(kinds: _Kinds) -> set[str]:
    nested = [column.values() if isinstance(column, dict) else (column,) for column in kinds.values()]
    return {name for names in nested for name in names}


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
    table: Table, base: _Base, first: Sequence[int], number_of: Sequence[int], answers: set[str]
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
