"""Files that already hold LLM answers: their shape recognised, their cells checked.

Three shapes: one column per LLM with its label (or raw reply); columns `<llm>_probs`,
`<llm>_votes`, `<llm>_answers` (lists, in CSV written as JSON) or `<llm>_prob_<class>`; and long
rows `id, llm, label` (or answers, probs, votes), one per answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mollia.arrays import MANY
from mollia.data.duplicates import normal
from mollia.data.guess import TEXTS, prose_among, took_text
from mollia.data.matching import ClassNames, LabelMatcher
from mollia.data.panel_columns import Base, LlmColumns, PanelColumns, in_unit, llm_columns, panel_pool
from mollia.data.panel_long import LLM_NAMES, gather, long_kinds
from mollia.data.panel_wide import Wide, every_llm, named, wide_columns
from mollia.data.read import id_column, read_table
from mollia.data.same_ids import same_ids
from mollia.data.table import Say, Table, fold, is_blank, listed, listed_in_quotes, quiet, shown
from mollia.errors import DataError
from mollia.records import Pool
from mollia.text_format import UTF_8, TextFormat
from mollia.threads import at_once

__all__ = ["LlmColumns", "PanelColumns", "read_panel_columns", "same_rows"]

SHAPES = (
    "Expected one column per LLM with its label (id,text,gemma,llama); or columns gemma_probs, gemma_votes, "
    "gemma_answers; or long rows id,llm,label. If replies are free text, name the LLMs' columns (--llms)."
)


def read_panel_columns(
    source: object,
    *,
    classes: ClassNames | LabelMatcher,
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
    otherwise all recognised are taken, of the plain form those whose cells mostly name a class, by themselves or
    as a LabelMatcher's parser of replies finds it. Columns that could be an LLM's and are not taken are told.

    Raises
    ------
    DataError
        When no LLM is recognised (the message lists the columns and the shapes), and on masses
        that are not K non-negative numbers, with row and column.
    """
    table = read_table(source, text_format=text_format)
    for note in (*table.notes, *table.left_out):
        say(note)
    if not len(table):
        raise DataError(f"{table.source} has column names but no rows.")
    matcher = classes if isinstance(classes, LabelMatcher) else LabelMatcher(classes)
    base = Base(
        id=id_column(table, id, say=say),
        text=table.find("text") if text is None else table.need(text, "the texts", say=say),
        gold=table.find("gold") if gold is None else table.need(gold, "the gold labels", say=say),
    )
    if text is None and base.text is None:
        base = replace(base, text=_named_as_texts(table, base, matcher, say))
    panel = _long(table, base, matcher, llms) or _wide(table, base, matcher, llms)
    said = [each.said for each in panel.llms if each.said]
    panel = replace(panel, notes=(*panel.notes, *said))
    for note in panel.notes:
        say(note)
    return panel


def _named_as_texts(table: Table, base: Base, matcher: LabelMatcher, say: Say) -> str | None:
    """Return the column that `mollia init` would take as the texts by its name, unless its cells are class names."""
    others = [name for name in table.columns if name not in base.all and fold(name) in TEXTS]
    found = prose_among(table, others) if others else None
    if found is None:
        return None
    cells = [cell for cell in table.columns[found] if not is_blank(cell)]
    if sum(matcher(cell) >= 0 for cell in cells) * 2 >= len(cells):
        return None
    say(took_text(table.source, found))
    return found


def _long(table: Table, base: Base, matcher: LabelMatcher, llms: Sequence[str]) -> PanelColumns | None:
    """Return the answers of a file with a row for each, None where it is not one.

    Raises
    ------
    DataError
        When it looks like one but has no ids.
    """
    column = next((found for name in LLM_NAMES if (found := table.find(name))), None)
    if column is None or wide_columns(table, base, matcher) or any(name in table.columns for name in llms):
        return None
    kinds = long_kinds(table, base, matcher)
    if not kinds:
        return None
    if base.id is None:
        raise DataError(
            f'{table.source} has a row for each answer (its column "{column}" names the LLM) but no ids, so the '
            "answers to one text cannot be gathered.",
            hint="Give each text an id, the same in all its rows, in a column id (or name it: --id).",
        )
    return gather(table, base, column, kinds, matcher, llms=llms)


def _wide(table: Table, base: Base, matcher: LabelMatcher, llms: Sequence[str]) -> PanelColumns:
    if llms:
        known = wide_columns(table, base, matcher)
        wide = Wide(llms={name: named(table, name, known) for name in llms})
    else:
        wide = every_llm(table, base, matcher)
    if not wide.llms:
        names = listed_in_quotes(table.columns)
        raise DataError(
            " ".join([f"{table.source} has no column of an LLM among: {names}.", *wide.notes]), hint=SHAPES
        )
    notes, unread = list(wide.notes), wide.unread
    if base.text is None and (found := prose_among(table, unread)) is not None:
        base = replace(base, text=found)
        unread = [name for name in unread if name != found]
        notes.append(took_text(table.source, found))
    if unread:
        notes.append(f"Columns that nothing was read from: {listed(unread)}.")
    return PanelColumns(
        pool=panel_pool(table, base, matcher),
        llms=tuple(
            at_once(
                lambda llm: in_unit(llm_columns(table, *llm, matcher), table.where),
                wide.llms.items(),
                many=len(table) > MANY,
            )
        ),
        has_text=base.text is not None,
        notes=tuple(notes),
    )


def same_rows(pool: Pool, panel: PanelColumns) -> tuple[Sequence[str], tuple[str, ...]]:
    """Return a panel file's ids as the pool writes them, and sentences on rows that the pool does not have.

    The ids are the pool's own sequence where both have the same rows in the same order.

    Raises
    ------
    DataError
        When no id is shared, or most texts of shared ids differ (NFC, blanks at the ends aside).
    """
    ids, theirs = panel.pool.ids, panel.pool
    if ids == pool.ids and (not panel.has_text or theirs.texts == pool.texts):
        return pool.ids, ()
    found = same_ids(ids, pool.ids)
    shared = [(int(at), row) for row, at in enumerate(found.at) if at >= 0]
    cause = f" {found.cause}" if found.cause else ""
    if not shared:
        raise DataError(
            f"{theirs.source} and {pool.source} have no id in common "
            f"({listed(ids[:3])} … against {listed(pool.ids[:3])} …).{cause}",
            hint="Name the column with the ids in both, or give one of them the ids of the other.",
        )
    if panel.has_text:
        _check_same_texts(pool, theirs, shared)
    lost = found.lost
    notes = []
    if len(lost):
        first = int(lost[0])
        rows = "1 row has an id" if len(lost) == 1 else f"{len(lost)} rows have ids"
        notes.append(
            f'{theirs.source}: {rows} that {pool.source} does not have; the first is "{shown(ids[first])}".{cause}'
        )
    return tuple(pool.ids[at] if at >= 0 else ids[row] for row, at in enumerate(found.at)), tuple(notes)


def _check_same_texts(pool: Pool, panel: Pool, shared: Sequence[tuple[int, int]]) -> None:
    ours = [pool.texts[at] for at, _ in shared]
    theirs = [panel.texts[row] for _, row in shared]
    different = np.flatnonzero([normal(a) != normal(b) for a, b in zip(ours, theirs, strict=True)])
    if len(different) > len(shared) / 2:
        first = int(different[0])
        raise DataError(
            f'{panel.source} has other texts than {pool.source}: id "{pool.ids[shared[first][0]]}" is '
            f'"{theirs[first][:60]}" there and "{ours[first][:60]}" here ({len(different)} of {len(shared)} differ).',
            hint="Both must use the same ids: name the id column in both (row numbers begin with 1).",
        )
