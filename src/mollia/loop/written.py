"""A file of labels that mollia wrote, read back: what it proposed for each row, and how surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Mask, Vector
from mollia.data.matching import LabelMatcher, match_column
from mollia.data.read import id_column, pool_ids, pool_texts, read_table
from mollia.data.table import Say, Table, as_text, is_blank, quiet
from mollia.data.write import prefix_in
from mollia.errors import DataError
from mollia.loop.sources import COPY, HUMAN

UNCALIBRATED = "confidence_uncalibrated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`label` (n,) -1 where blank, `confidence` (n,) NaN where blank; `human` (n,) rows people labelled."""

    table: Table
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    classes: tuple[str, ...]
    label: Classes
    confidence: Vector
    human: Mask


def read_written(
    path: Path,
    *,
    text: str = "text",
    id: str | None = None,  # noqa: A002  # the column's name everywhere
    classes: Sequence[str] = (),
    encoding: str = "utf-8",
    delimiter: str | None = None,
    say: Say = quiet,
) -> Written:
    """Read labels.csv or the like; the classes are those it has probabilities of, unless given.

    Raises
    ------
    DataError
        When a column is missing, or a label is none of the classes.
    """
    table = read_table(path, encoding=encoding, delimiter=delimiter)
    prefix = prefix_in(table.columns)
    known = tuple(classes) or _classes(table, prefix)
    if len(known) < 2:  # noqa: PLR2004  # a choice needs two
        raise DataError(
            f"{path} has no columns p_<class>, so its classes are not known.",
            hint="Name them: --labels refund,delivery,other",
        )
    n = len(table)
    named = prefix + "label"
    label = match_column(table, named, LabelMatcher(known)) if named in table.columns else np.full(n, -1)
    sources = table.columns.get(prefix + "source", [""] * n)
    return Written(
        table=table,
        ids=pool_ids(table, id_column(table, id, say=say)),
        texts=pool_texts(table, table.need(text, "the texts", say=say)),
        classes=known,
        label=label,
        confidence=_numbers(table, (prefix + "confidence", prefix + UNCALIBRATED)),
        human=np.array([(as_text(cell) or "") in {HUMAN, COPY} for cell in sources], bool),
    )


def _classes(table: Table, prefix: str) -> tuple[str, ...]:
    """Return the classes of the columns p_<class>; they stand between the confidence and the negative labels."""
    start = prefix + "p_"
    return tuple(name.removeprefix(start) for name in table.columns if name.startswith(start))


def _numbers(table: Table, names: Sequence[str]) -> Vector:
    name = next((each for each in names if each in table.columns), None)
    if name is None:
        return np.full(len(table), np.nan)
    return np.array(
        [np.nan if is_blank(cell) else float(str(cell)) for cell in table.columns[name]], np.float64
    )
