"""The file in which a person labels the seed: id, text, label, and how each row was drawn; read, made longer, written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Mask, Rows, read_only
from mollia.data.human_labels import BATCH, BATCH_SIZE, known_ids, uses_of, whole_numbers
from mollia.data.matching import ClassNames, LabelMatcher, match_column
from mollia.data.read import read_table
from mollia.data.table import Say, Table, is_blank, quiet, shown
from mollia.data.write_table import write_columns
from mollia.errors import DataError
from mollia.people.seed_rows import SeedRows
from mollia.records import Pool, Use
from mollia.text_format import UTF_8, TextFormat

COLUMNS = ("id", "text", "label", "chance", "use", BATCH, BATCH_SIZE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedFile:
    """A seed file's m rows: positions in the pool, class numbers (-1 = waits for a label), uses, draws, cells.

    `batch` (m,) numbers the draw each row came in, 0 = unknown. `columns` are all the file's columns as read;
    those a person added are kept.
    """

    rows: Rows
    y: Classes
    uses: tuple[Use, ...] = ()
    batch: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    columns: dict[str, list[object]] = field(default_factory=dict)
    delimiter: str | None = None  # of a CSV file that was read

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", read_only(self.rows, np.int64))
        object.__setattr__(self, "y", read_only(self.y, np.int64))
        batch = self.batch if len(self.batch) else np.zeros(len(self.rows), np.int64)
        object.__setattr__(self, "batch", read_only(batch, np.int64))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def trains(self) -> Mask:
        """Rows (m,) that train once they are labelled."""
        return np.array([use != "audit" for use in self.uses], bool)

    @property
    def waiting(self) -> Mask:
        """Rows (m,) without a label."""
        waiting: Mask = self.y < 0
        return waiting

    @property
    def drawn(self) -> Mask:
        """Rows (m,) that came by chance: their inclusion probability is written."""
        return np.array([not is_blank(cell) for cell in self.columns.get("chance", [None] * len(self))], bool)

    def labels(self, n: int) -> Classes:
        """Return y (n,) over the pool: the labels that train."""
        y = np.full(n, -1)
        y[self.rows[self.trains]] = self.y[self.trains]
        return y

    def with_rows(self, more: SeedRows, pool: Pool, *, has_text: bool) -> SeedFile:
        """Return the file with further rows to label; rows it holds already take the new chance, use and batch."""
        at = {row: place for place, row in enumerate(self.rows.tolist())}
        columns = {name: list(cells) for name, cells in self.columns.items()}
        names = [name for name in COLUMNS if has_text or name != "text"]
        columns |= {name: [None] * len(self) for name in names if name not in columns}
        uses, rows, batch = list(self.uses), self.rows.tolist(), self.batch.tolist()
        for row, chance in zip(more.rows.tolist(), more.chance.tolist(), strict=True):
            if row not in at:
                at[row] = len(rows)
                rows.append(row)
                uses.append(more.use)
                batch.append(more.batch)
                new = {"id": pool.ids[row], "text": pool.shown[row]}
                for name, cells in columns.items():
                    cells.append(new.get(name))
            uses[at[row]] = columns["use"][at[row]] = more.use
            columns["chance"][at[row]] = None if np.isnan(chance) else chance
            batch[at[row]] = more.batch
            columns[BATCH][at[row]] = more.batch or None
            columns[BATCH_SIZE][at[row]] = len(more.rows) if more.batch and not np.isnan(chance) else None
        y = np.concatenate([self.y, np.full(len(rows) - len(self), -1)])
        return replace(
            self,
            rows=np.array(rows, np.int64),
            y=y,
            uses=tuple(uses),
            batch=np.array(batch, np.int64),
            columns=columns,
        )


def read_seed_file(
    path: Path,
    pool: Pool,
    classes: ClassNames,
    *,
    id: str = "id",  # noqa: A002  # the column's name everywhere
    label: str = "label",
    text_format: TextFormat = UTF_8,
    say: Say = quiet,
) -> SeedFile:
    """Read a seed file, rows without a label too; one that does not exist has no rows.

    `id` and `label` name its columns; in `SeedFile.columns` they have these names.

    Raises
    ------
    DataError
        On a label that is not a class, an id that the data does not have, and an id that comes twice.
    """
    if not path.exists():
        return SeedFile(rows=np.zeros(0, np.int64), y=np.zeros(0, np.int64))
    table = read_table(path, text_format=replace(text_format, delimiter=None, spreadsheet=True))
    id_column = table.need(id, "the ids of the rows to label", say=say)
    label_column = table.need(label, "the labels", say=say)
    y = match_column(table, label_column, LabelMatcher(classes))
    ids = known_ids(table, id_column, range(len(table)), pool.ids)
    rows = pool.rows_of(ids)
    _once(ids, table)
    columns = _renamed({name: list(cells) for name, cells in table.columns.items()}, id_column, label_column)
    columns["id"] = list(ids)  # as the data writes them: rows that are added have the same type
    return SeedFile(
        rows=rows,
        y=y,
        uses=tuple(uses_of(table)),
        batch=whole_numbers(table, BATCH),
        columns=columns,
        delimiter=table.delimiter,
    )


def waiting_rows(
    path: Path,
    pool: Pool,
    *,
    id: str = "id",  # noqa: A002  # the column's name everywhere
    label: str = "label",
    text_format: TextFormat = UTF_8,
) -> tuple[Rows, int]:
    """Return the rows (positions) that a seed file asks about and nobody has labelled, and its last batch's number.

    Raises
    ------
    DataError
        On an id that the data does not have.
    """
    table = read_table(path, text_format=replace(text_format, delimiter=None, spreadsheet=True))
    id_column, label_column = table.need(id, "the ids of the rows to label"), table.need(label, "the labels")
    blank = [row for row, cell in enumerate(table.columns[label_column]) if is_blank(cell)]
    rows = pool.rows_of(known_ids(table, id_column, blank, pool.ids))
    return rows, int(whole_numbers(table, BATCH).max(initial=0))


def write_seed_file(
    path: Path,
    file: SeedFile,
    *,
    id: str = "id",  # noqa: A002  # the column's name everywhere
    label: str = "label",
    text_format: TextFormat = UTF_8,
) -> None:
    """Write a seed file by its suffix, with its columns' names; it appears whole or not at all.

    A CSV file is separated as it was, and its cells are safe for spreadsheet programs.
    """
    names = {"id": id, "label": label}
    columns = {names.get(name, name): cells for name, cells in file.columns.items()}
    delimiter = file.delimiter or text_format.delimiter
    write_columns(path, columns, text_format=replace(text_format, delimiter=delimiter, spreadsheet=True))


def _renamed(columns: dict[str, list[object]], id_column: str, label_column: str) -> dict[str, list[object]]:
    """Return columns in which the two that are needed have their plain names."""
    names = {id_column: "id", label_column: "label"}
    return {names.get(name, name): cells for name, cells in columns.items()}


def _once(ids: Sequence[str], table: Table) -> None:
    seen: dict[str, int] = {}
    for row, id_ in enumerate(ids):
        first = seen.setdefault(id_, row)
        if first != row:
            raise DataError(
                f'{table.where(row)}: the id "{shown(id_)}" was already used in {table.where(first)}.',
                hint="Keep one line for each id.",
            )
