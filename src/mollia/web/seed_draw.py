"""The rows that the seed page hands out: batches with known chances, or one random order.

A batch is drawn when the one before has no free row left, after a fit on all labels so far, and kept in the
ledger: every server and every person works on the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Mask
from mollia.people.known_rows import known_rows
from mollia.people.seed_rows import BATCH, doubt_rows
from mollia.records import HumanLabels
from mollia.web.desk import USES, Desk

KEY = "seed batch {number} of the page"  # in the ledger's manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBatch:
    """One batch: positions in the pool with their chances, in the order in which they are handed out."""

    number: int
    rows: Sequence[int]
    chance: Sequence[float]
    size: int


def page_batches(desk: Desk) -> list[PageBatch]:
    """Return the batches drawn so far, without rows that the data no longer has."""
    out = []
    for key, held in desk.store.manifest().items():
        if not (isinstance(held, dict) and key == KEY.format(number=held.get("number"))):
            continue
        pairs = [
            (desk.position[id_], chance)
            for id_, chance in zip(held["ids"], held["chance"], strict=True)
            if id_ in desk.position
        ]
        out.append(
            PageBatch(
                number=held["number"],
                rows=[row for row, _ in pairs],
                chance=[chance for _, chance in pairs],
                size=len(held["ids"]),
            )
        )
    return sorted(out, key=lambda batch: batch.number)


def last_batch(desk: Desk, batches: Sequence[PageBatch]) -> int:
    """Return the number of the newest batch, drawn here or in the seed file; 0 without any."""
    labelled = [each.batch for use in USES for each in desk.store.said(use)]
    return max([desk.last_in_file, *labelled, *(batch.number for batch in batches)])


def open_texts(desk: Desk, batches: Sequence[PageBatch]) -> Mask:
    """Mark the rows (n,) whose text nobody has been given or has said anything about."""
    taken = np.zeros(len(desk.pool), bool)
    taken[desk.waiting_in_file] = True
    for batch in batches:
        taken[list(batch.rows)] = True
    for use in USES:
        taken[
            [desk.position[each.text_id] for each in desk.store.said(use) if each.text_id in desk.position]
        ] = True
    free: Mask = ~np.isin(desk.groups, desk.groups[taken])
    return free


def draw_batch(desk: Desk, batches: Sequence[PageBatch], most: int) -> None:
    """Draw up to `most` more rows, one batch at most, those the panel is unsure of more often; keep them in the ledger."""
    free = open_texts(desk, batches)
    n = min(BATCH, most, len(np.unique(desk.groups[free])))
    if n <= 0:
        return
    labels = HumanLabels.joined(desk.store.human(use) for use in ("seed", "review"))
    here = np.flatnonzero([id_ in desk.position for id_ in labels.ids])
    y = known_rows(desk.pool, labels.some(here), desk.groups).y
    number = last_batch(desk, batches) + 1
    drawn = doubt_rows(desk.seed_pool(), n, y, np.flatnonzero(~free), batch=number)
    held = {"number": number, "ids": desk.pool.ids_of(drawn.rows), "chance": drawn.chance.tolist()}
    desk.store.note({KEY.format(number=number): held}, first=True)
