"""Which of two labellings of the same rows is better, and by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Mask, Rows
from mollia.data.human_labels import read_labels
from mollia.data.label_columns import BY_PEOPLE, CLASS, LABEL, SOURCE, prefix_in
from mollia.data.matching import UNKNOWN, LabelMatcher, match_column
from mollia.data.read import id_column, pool_ids, read_table
from mollia.data.same_ids import same_ids
from mollia.data.table import Table, as_text, fold, shown
from mollia.errors import DataError, NotEnoughLabels
from mollia.honest.compare import Comparison, compare
from mollia.quality.judging import is_nearly_even
from mollia.records import HumanLabels
from mollia.session.run_folder import LABELS
from mollia.text_format import UTF_8, TextFormat


def compare_files(
    first: Path,
    second: Path,
    *,
    labels: Path | None,
    gold: str | None,
    id_name: str,
    text_format: TextFormat = UTF_8,
    level: float,
) -> Comparison:
    """Join two label files by id, and compare them by the human labels or the gold column.

    Raises
    ------
    DataError
        When the files do not hold the same rows.
    NotEnoughLabels
        When no truth is given, or none is left outside the rows that trained.
    """
    if (labels is None) == (gold is None):
        raise NotEnoughLabels(
            "A comparison needs rows whose true label is known.",
            hint="Give human labels of random rows (--labels audit.csv) or a column (--gold label), one of them.",
        )
    files = [path / LABELS if path.is_dir() else path for path in (first, second)]
    tables = [read_table(path, text_format=text_format) for path in files]
    ids = [pool_ids(table, id_column(table, id_name)) for table in tables]
    place = _same_rows(tables[0], ids, str(first), str(second))
    matcher, (mine, *truth, other) = _labels(tables, gold)
    other = other[place]
    y: Classes = truth[0] if truth else np.full(len(mine), -1)
    if labels is not None:
        read = partial(
            read_labels,
            labels,
            classes=matcher.names,
            ids=ids[0],
            id=id_name or "id",
            text_format=text_format,
        )
        given = read(use="audit")
        if not len(given):
            given = read()
        _refuse_unequal(given, labels)
        row_of = {name: row for row, name in enumerate(ids[0])}
        y[[row_of[name] for name in given.ids]] = given.y
    trained = _by_people(tables[0]) | _by_people(tables[1])[place]
    if labels is None:
        y = np.where(trained, -1, y)
    if not (y >= 0).any():
        raise NotEnoughLabels(
            "No row with a known label lies outside the rows that trained.",
            hint="Label an audit sample drawn at random.",
        )
    found = compare(mine, other, y, trained=trained, level=level)
    blank = _blank({first: mine[~trained], second: other[~trained]})
    return replace(found, difference=replace(found.difference, caveats=(*found.difference.caveats, *blank)))


def _blank(labels: Mapping[Path, Classes]) -> list[str]:
    """Say of each file how many of its labels are blank."""
    return [
        f"{path} has no label in {int((y < 0).sum())} of these rows, which counts as a wrong one"
        for path, y in labels.items()
        if (y < 0).any()
    ]


def _refuse_unequal(given: HumanLabels, path: Path) -> None:
    """Refuse rows that were drawn with unequal chances: the interval for two labellings supposes equal ones."""
    known = given.chance[np.isfinite(given.chance)]
    if not is_nearly_even(1 / known):
        raise NotEnoughLabels(
            f"The rows of {path} were drawn with unequal chances ({known.min():.3g} to {known.max():.3g}); the exact "
            "comparison of two labellings needs rows that were equally likely to be drawn.",
            hint="Label an audit sample drawn at random, for example with --audit of the command seed.",
        )


def sentence(found: Comparison, first: str, second: str) -> str:
    """Say the comparison in four lines."""
    d = found.difference
    better = {"first": first, "second": second}.get(found.verdict)
    return "\n".join(
        [
            (
                f"They differ in {found.n_differ} of {found.n_rows} rows that did not train; {found.n_seen} of these "
                "have a known label."
            ),
            f"Right there: {first} in {found.first_right}, {second} in {found.second_right}.",
            (
                f"Accuracy of the first minus the second: {100 * d.value:+.1f} points ({d.level:.0%} interval "
                f"{100 * d.low:+.1f} to {100 * d.high:+.1f})."
            ),
            f"Better: {better}." if better else "Neither is shown to be better.",
            *(f"Note: {caveat}." for caveat in d.caveats),
        ]
    )


def _labels(tables: Sequence[Table], gold: str | None) -> tuple[LabelMatcher, list[Classes]]:
    """Return the classes, and each file's labels (n,), between them those of the column `gold` where one is named.

    Raises
    ------
    DataError
        When a file has probabilities of its classes, and a label that is not one of them.
    """
    columns = [(table, table.need(prefix_in(table.columns) + LABEL, "the labels")) for table in tables]
    for table, column in columns:
        if own := _own_classes(table, column):
            match_column(table, column, LabelMatcher(own))
    if gold is not None:
        columns.insert(1, (tables[0], tables[0].need(gold, "the true labels")))
    known: list[str] = []  # each class as it is written first: `1.0` is not a class beside `1`
    for table, column in columns:
        cells = [*_own_classes(table, column), *(as_text(cell) or "" for cell in table.columns[column])]
        matcher = LabelMatcher(known)
        new = (word for word in cells if matcher(word) == UNKNOWN)
        known += {fold(word): word for word in reversed(list(dict.fromkeys(new)))}.values()
    matcher = LabelMatcher(known)
    return matcher, [match_column(table, column, matcher) for table, column in columns]


def _own_classes(table: Table, column: str) -> list[str]:
    """Return the classes that a file has probabilities of, beside its column of labels."""
    start = column.removesuffix(LABEL) + CLASS
    return [name.removeprefix(start) for name in table.columns if name.startswith(start)]


def _by_people(table: Table) -> Mask:

    name = prefix_in(table.columns) + SOURCE
    if name not in table.columns:
        return np.zeros(len(table), bool)
    return np.array([as_text(cell) in BY_PEOPLE for cell in table.columns[name]], bool)


def _same_rows(table: Table, ids: Sequence[Sequence[str]], first: str, second: str) -> Rows:
    """Return where each id of the first, whose table this is, stands in the second."""
    mine, others = ids
    found = same_ids(mine, others)
    if len(found.lost) or len(mine) != len(others):
        row = int(found.lost[0]) if len(found.lost) else -1
        lone = f'; the id "{shown(mine[row])}" ({table.where(row)}) is only in the first' if row >= 0 else ""
        cause = f" {found.cause}" if found.cause else ""
        raise DataError(
            f"{first} has {len(mine)} rows and {second} {len(others)}, which are not the same ones{lone}.{cause}",
            hint="Compare two labellings of the same pool.",
        )
    return found.at
