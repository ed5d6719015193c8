"""What people said about rows, as the ledger keeps it: append only, each person's newest word counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mollia.records import HumanLabels, Use

TAKEN_BACK, UNSURE = -1, -2  # stand where a class number would
SAID = (
    "SELECT text_id, annotator, y, chance, note, at, batch, batch_size FROM human "
    "WHERE use = ? ORDER BY number"
)
RENUMBER = "UPDATE human SET y = (SELECT value FROM json_each(?) WHERE key = y) WHERE y >= 0"
SAY = (
    "INSERT INTO human (use, text_id, y, chance, annotator, at, note, batch, batch_size) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
Row = tuple[str, str, int, float | None, str, float, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One person's word on one row: a class number or UNSURE, and what they noted beside it.

    `batch` and `size` are as in `HumanLabels`.
    """

    text_id: str
    annotator: str
    y: int
    chance: float  # NaN = unknown
    note: str
    at: float  # seconds since 1970
    batch: int = 0
    size: int = 0


def rows_of(labels: HumanLabels, annotator: str, note: str, at: float) -> list[tuple[object, ...]]:
    """Return the rows for SAY."""
    columns = (labels.y, labels.chance, labels.batch, labels.size)
    return [
        (
            labels.use,
            text_id,
            y,
            None if np.isnan(chance) else chance,
            annotator,
            at,
            note,
            batch,
            size,
        )
        for text_id, y, chance, batch, size in zip(
            labels.ids, *(column.tolist() for column in columns), strict=True
        )
    ]


def newest_words(rows: Iterable[Row]) -> list[Said]:
    """Return each person's newest word on each row from SAID's rows, oldest first, without what was taken back."""
    newest: dict[tuple[str, str], Said] = {}
    for text_id, annotator, y, chance, note, at, batch, size in rows:
        newest.pop((text_id, annotator), None)  # the order is that of the newest words
        known = np.nan if chance is None else chance
        newest[text_id, annotator] = Said(
            text_id=text_id,
            annotator=annotator,
            y=y,
            chance=known,
            note=note,
            at=at,
            batch=batch,
            size=size,
        )
    return [each for each in newest.values() if each.y != TAKEN_BACK]


def labels_of(said: Sequence[Said], first: Iterable[str], use: Use) -> HumanLabels:
    """Return one label per row, the newest where people differ, in the order of the ids `first`."""
    newest = {each.text_id: each for each in said if each.y >= 0}
    kept = [newest[text_id] for text_id in dict.fromkeys(first) if text_id in newest]
    return HumanLabels(
        ids=tuple(each.text_id for each in kept),
        y=np.array([each.y for each in kept], np.int64),
        chance=np.array([each.chance for each in kept], np.float64),
        use=use,
        batch=np.array([each.batch for each in kept], np.int64),
        size=np.array([each.size for each in kept], np.int64),
    )
