"""The review page's queues: which rows, in which order, from what the last fit says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mollia.arrays import Mask, Rows, Vector
from mollia.ledger.human_table import Said
from mollia.query.review_order import doubt, review_order
from mollia.web.desk import Desk
from mollia.web.draw import Draw
from mollia.web.fit import Standing

LONGEST = 500  # rows of a queue
BATCH = 100  # rows whose order minds how alike their texts are; the rest go by doubt alone
RARE = 5  # human labels below which a class counts as rare
TIE = 1e-6  # weight of doubt among rows that are equally split
LIKELY = 0.2  # posterior of a rare class from which a row belongs to its queue


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueName:
    """A queue as the page names it; `blind` hides what the panel said until the label is given."""

    id: str
    name: str
    about: str
    blind: bool = False


QUEUES = (
    QueueName(
        id="useful",
        name="Most useful",
        about="Close calls first, skipping texts similar to ones already listed.",
    ),
    QueueName(
        id="split", name="Panel disagrees", about="Rows on which the most LLMs contradict the fused label."
    ),
    QueueName(id="unsure", name="Low confidence", about="Rows with the least confident fused label."),
    QueueName(
        id="slips",
        name="People and panel differ",
        about="Human labels that the panel and all other labels speak against: slips, or rows worth a rule.",
    ),
    QueueName(
        id="conflicts",
        name="People disagree",
        about="Rows that people labelled differently. Your label settles the row; it counts in no figure of agreement.",
        blind=True,
    ),
    QueueName(
        id="rare",
        name="Rare classes",
        about=f"Rows that may belong to a class with fewer than {RARE} human labels.",
    ),
    QueueName(
        id="audit",
        name="Audit sample",
        about="Drawn at random and labelled blind: these rows train nothing and say how accurate the labels are.",
        blind=True,
    ),
)
BY_ID = {queue.id: queue for queue in QUEUES}


@lru_cache(maxsize=2)
def orders(desk: Desk, standing: Standing) -> Mapping[str, Rows]:
    """Return each queue's rows as the fit ranks them, best first; made once a fit."""
    open_rows: Mask = standing.labels.usable & ~standing.known.known & first_of_group(desk)
    return {
        "useful": _useful(standing, open_rows),
        "split": _split(standing, open_rows),
        "unsure": _sorted(open_rows, standing.posterior.max(1)),
        "slips": _slips(standing),
        "rare": _rare(standing, open_rows, len(desk.task.classes)),
    }


def still_waiting(rows: Rows, desk: Desk, words: Sequence[Said]) -> list[int]:
    """Return the rows whose text none of `words` is about, in order, at most LONGEST."""
    said = np.zeros(len(desk.pool), bool)
    said[[desk.position[each.text_id] for each in words]] = True
    fresh = rows[~np.isin(desk.groups[rows], desk.groups[said])]
    return [int(row) for row in fresh[:LONGEST]]


def first_of_group(desk: Desk) -> Mask:
    """Mark one row of each text (n,)."""
    first = np.zeros(len(desk.pool), bool)
    first[np.unique(desk.groups, return_index=True)[1]] = True
    return first


def audit_draw(desk: Desk, standing: Standing | None, words: Sequence[Said]) -> Draw:
    """Return the audit's draw: texts that no label of a person trains on."""
    # the words themselves, not the standing's: a row that trains from now on cannot be audited
    trains = {desk.position[each.text_id] for each in words if each.y >= 0}
    if standing is not None:
        trains |= {int(row) for row in np.flatnonzero(standing.known.known)}
    return desk.draw("audit page").without(trains, desk.groups)


def _useful(standing: Standing, open_rows: Mask) -> Rows:
    first = review_order(standing.posterior, standing.vectors, open_rows, BATCH).rows
    rest = open_rows.copy()
    rest[first] = False
    return np.concatenate([first, _sorted(rest, -doubt(standing.posterior))])


def _split(standing: Standing, open_rows: Mask) -> Rows:
    usable = standing.own >= 0
    against = (usable & (standing.own != standing.label[:, None])).sum(1) / np.maximum(usable.sum(1), 1)
    return _sorted(open_rows & (against > 0), -against - TIE * doubt(standing.posterior))


def _slips(standing: Standing) -> Rows:
    if standing.checked is None:
        return np.zeros(0, np.int64)
    y = standing.known.y
    held_out: Mask = standing.known.labelled & np.isfinite(standing.checked[:, 0])
    checked = np.where(held_out[:, None], standing.checked, 0.0)
    own = checked[np.arange(len(y)), np.maximum(y, 0)]
    return _sorted(held_out & (checked.argmax(1) != y), own)


def _rare(standing: Standing, open_rows: Mask, n_classes: int) -> Rows:
    counts = np.bincount(standing.known.y[standing.known.labelled], minlength=n_classes)
    rare = np.flatnonzero(counts < RARE)
    if not len(rare):
        return np.zeros(0, np.int64)
    likely = standing.posterior[:, rare].max(1)
    return _sorted(open_rows & (likely >= LIKELY), -likely)


def _sorted(rows: Mask, by: Vector) -> Rows:
    kept = np.flatnonzero(rows)
    return kept[np.argsort(by[kept], kind="stable")]
