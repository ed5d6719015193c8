"""The answers and human labels of another ledger, taken over into one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np

from mollia.errors import StoreError, did_you_mean
from mollia.ledger.human_table import Said
from mollia.ledger.sqlite_store import SqliteStore
from mollia.people.ledger_sync import CLASSES, USES
from mollia.records import HumanLabels, Use


def take_over(store: SqliteStore, other: SqliteStore) -> tuple[int, int]:
    """Copy answers the store lacks and what people said of rows it knows nothing of; return both counts.

    Class numbers are those of the store: classes are told apart by their names. Who labelled, and what they noted, is kept.

    Raises
    ------
    StoreError
        When the other ledger has human labels of a class that the store's task lacks, or is damaged; nothing is copied then.
    """
    said = {
        use: other.said(use) for use in USES
    }  # before anything is copied: the other ledger may be damaged
    number = _numbers(store, other, said)
    new = store.add(other.all_answers())
    people = 0
    for use, all_words in said.items():
        known = {each.text_id for each in store.said(use)}
        words = [each for each in all_words if each.text_id not in known]
        for (who, note), some in groupby(words, key=lambda each: (each.annotator, each.note)):
            store.add_human(_labels([*some], use, number), annotator=who, note=note)
        people += len({each.text_id for each in words if each.y >= 0})
    return new, people


def _numbers(store: SqliteStore, other: SqliteStore, said: Mapping[Use, Sequence[Said]]) -> dict[int, int]:
    """Return the store's number of each class of the other ledger that people used; empty = they are the same."""
    theirs, ours = other.manifest().get(CLASSES), store.manifest().get(CLASSES)
    if not isinstance(theirs, list):
        return {}
    used = sorted({each.y for words in said.values() for each in words if each.y >= 0})
    if used and used[-1] >= len(theirs):
        raise StoreError(
            f"The ledger {other.path} is damaged: a human label is none of its {len(theirs)} classes.",
            hint="Restore it from a copy, or take the label back in the table human.",
        )
    if not isinstance(ours, list):
        store.note({CLASSES: theirs})
        return {}
    if missing := [theirs[y] for y in used if theirs[y] not in ours]:
        raise StoreError(
            f'{other.path} has human labels of the class "{missing[0]}", which {store.path} does not have.'
            f"{did_you_mean(missing[0], ours)}",
            hint="Give both tasks the same classes, or take over with a ledger of a task that has them.",
        )
    return {y: ours.index(theirs[y]) for y in used}


def _labels(words: Sequence[Said], use: Use, number: dict[int, int]) -> HumanLabels:
    return HumanLabels(
        ids=tuple(each.text_id for each in words),
        y=np.array([number.get(each.y, each.y) for each in words], np.int64),
        chance=np.array([each.chance for each in words]),
        use=use,
        batch=np.array([each.batch for each in words], np.int64),
        size=np.array([each.size for each in words], np.int64),
    )
