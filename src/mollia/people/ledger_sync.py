"""The human labels of a run: from a file, from a gold column (benchmarks), from the ledger (web page)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Rows
from mollia.data.human_labels import labels_by_use
from mollia.errors import DataError, NotEnoughLabels, StoreError, TaskError, did_you_mean
from mollia.ledger.sqlite_store import SqliteStore
from mollia.randomness import generator
from mollia.records import HumanLabels, Pool, Use
from mollia.task.config import Task

CLASSES = "classes"
FROM_TASK = "seed labels from the task"
USES: tuple[Use, ...] = ("seed", "audit", "review")
TAKEN_BACK = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSaid:
    """What people said by a moment: the labels by use, and `trains`, those of seed and review as one.

    People may go on labelling while a run works; all of its figures are of one moment.
    """

    by_use: Mapping[Use, HumanLabels]
    trains: HumanLabels


NOBODY = PeopleSaid(by_use={use: HumanLabels.none(use) for use in USES}, trains=HumanLabels.none())


def people_said(task: Task, pool: Pool, groups: Rows, store: SqliteStore) -> PeopleSaid:
    """Bring the ledger up to date with the task's seed and return all that people said.

    Labels that people gave on the web page ("seed" and "review") are in the ledger already; a label
    the task's file no longer holds is taken back.

    Raises
    ------
    MolliaError
        When the seed file is wrong, or the ledger's labels are for other classes.
    """
    _same_classes(task, store)
    given = _from_task(task, pool, groups)
    for use in USES:
        _sync(store, given.get(use, HumanLabels.none(use)))
    by_use = {use: store.human(use) for use in USES}
    trains = HumanLabels.joined(
        [by_use["seed"], by_use["review"]]
    )  # of a row with both the review is the later word
    _check(trains, store, pool, len(task.classes))
    return PeopleSaid(by_use=by_use, trains=trains)


def labels_from_task(task: Task, pool: Pool, groups: Rows) -> HumanLabels:
    """Return the labels of the task's seed file or draw, without rows that were chosen or that audit."""
    return _from_task(task, pool, groups).get("seed", HumanLabels.none())


def _from_task(task: Task, pool: Pool, groups: Rows) -> Mapping[Use, HumanLabels]:
    if task.seed.path is not None:
        return labels_by_use(
            task.seed.path,
            classes=task.labels,
            ids=pool.ids,
            id=task.seed.id,
            label=task.seed.label,
            text_format=task.seed_format,
        )
    if task.seed.draw:
        return {"seed": _drawn(pool, groups, task.seed.draw, task.run.random_state)}
    return {}


def _mark(use: Use) -> str:
    """Return the manifest's key for what the task's file held for a use."""
    return FROM_TASK if use == "seed" else f"{use} labels from the task"


def _drawn(pool: Pool, groups: Rows, size: int, random_state: int | None) -> HumanLabels:
    """Draw rows with gold at random; a larger draw contains the smaller one of the same state."""
    first = np.unique(groups, return_index=True)[1]
    rows = np.sort(first[pool.gold[first] >= 0])
    if not len(rows):
        raise TaskError(
            "seed.draw needs labels to draw from, but no row has one.",
            hint="Name the column that holds them as data.gold, or give people's labels as seed.path.",
        )
    if size > len(rows):
        raise NotEnoughLabels(
            f"seed.draw is {size}, but only {len(rows)} different texts have a label in data.gold.",
            hint=f"Set seed.draw to at most {len(rows)}.",
        )
    drawn = generator(random_state, "seed").permutation(rows)[:size]
    return HumanLabels(
        ids=pool.ids_of(drawn),
        y=pool.gold[drawn],
        chance=np.full(size, size / len(rows)),
    )


def _sync(store: SqliteStore, given: HumanLabels) -> None:
    """Store what is new in the task's labels, take back what it no longer holds."""
    now = dict(zip(given.ids, given.y.tolist(), strict=True))
    before = store.manifest().get(_mark(given.use), {})
    if not isinstance(before, dict):
        return
    gone = [id_ for id_ in before if id_ not in now]
    if gone:
        store.add_human(HumanLabels.of(dict.fromkeys(gone, TAKEN_BACK), use=given.use))
    stored = store.human(given.use)
    there = dict(zip(stored.ids, _draws(stored), strict=True))
    drawn = _draws(given)
    new = [
        i
        for i, (id_, y) in enumerate(now.items())
        if before.get(id_) != y or _drawn_anew(there.get(id_), drawn[i])
    ]
    if new:
        store.add_human(given.some(np.array(new, np.int64)))
    if before != now:
        store.note({_mark(given.use): now})


Drawn = tuple[int, float, int, int]  # class, chance, batch, the batch's size


def _draws(labels: HumanLabels) -> list[Drawn]:
    columns = (labels.y, labels.chance, labels.batch, labels.size)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _drawn_anew(stored: Drawn | None, given: Drawn) -> bool:
    """Tell whether the label stands as stored, but with another chance or batch: the draw was made larger."""
    return stored is not None and stored[0] == given[0] and stored != given and not np.isnan(given[1])


def _check(found: HumanLabels, store: SqliteStore, pool: Pool, n_classes: int) -> None:
    """Raise where the ledger's labels are of other classes or other rows."""
    known = set(pool.ids)
    for id_, y in zip(found.ids, found.y.tolist(), strict=True):
        if y >= n_classes:
            raise StoreError(
                f'The ledger {store.path} is damaged: the human label of row "{id_}" is none of the classes.',
                hint="Restore it from a copy, or take the label back in the table human.",
            )
        if id_ not in known:
            raise DataError(
                f"The ledger {store.path} holds a human label for row {id_!r}, which the data does not have."
                f"{did_you_mean(id_, pool.ids)}",
                hint="Give the new data another output folder (run.out), or restore the row.",
            )


def _same_classes(task: Task, store: SqliteStore) -> None:
    """Keep the ledger's class numbers in step with the task's order of classes."""
    now = list(task.class_names)
    before = store.manifest().get(CLASSES, now)
    if isinstance(before, list) and before != now:
        for use in USES:
            labels = store.human(use)
            lost = {before[y] for y in labels.y.tolist()} - set(now)
            if lost:
                raise TaskError(
                    f"The ledger {store.path} holds human labels of the class {min(lost)!r}, which the "
                    f"task no longer has.{did_you_mean(min(lost), now)}",
                    hint="Restore the class (a new spelling can be its alias), or start with another run.out.",
                )
        numbers = [now.index(name) if name in now else TAKEN_BACK for name in before]
        marks = {_mark(use): _renumbered(store.manifest().get(_mark(use)), before, now) for use in USES}
        store.renumber_human(numbers, {**marks, CLASSES: now})
    else:
        store.note({CLASSES: now})


def _renumbered(labels: object, before: list[str], now: list[str]) -> dict[str, int]:
    if not isinstance(labels, dict):
        return {}
    return {id_: now.index(before[y]) for id_, y in labels.items() if before[y] in now}
